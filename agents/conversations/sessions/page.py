"""What a member of a shared session is shown: the owner's page without what is not theirs to see or change."""

from __future__ import annotations

from django.urls import reverse

from accounts.models import User
from agents.conversations.page import ConversationPage
from agents.models import Member, Session, Turn


class MemberPage(ConversationPage):
    member: Member

    def __init__(self, member: Member, *, opened: str | None = None) -> None:
        super().__init__(member.session.conversation, shared=True, opened=opened)
        self.member = member

    @property
    def session(self) -> Session | None:
        return self.member.session

    @property
    def viewer(self) -> User | None:
        return self.member.person

    @property
    def turns(self) -> list[Turn]:
        """What was said from the opening on."""
        said = self.conversation.turns.select_related("picture").prefetch_related("further__picture")
        return list(said.filter(created__gte=self.member.session.opened))

    @property
    def url(self) -> str:
        return self._url("together")

    @property
    def _pictured(self) -> Turn | None:
        return self.conversation.pictured()

    def _photo_at(self, number: int, size: str) -> str:
        return reverse("together_picture", args=[self.member.session.token, number, size])

    @property
    def post_url(self) -> str:
        return self._url("together_say")

    def _url(self, name: str) -> str:
        return reverse(name, args=[self.member.session.token])
