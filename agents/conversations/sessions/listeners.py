"""Who listens along in a conversation, and who may."""

from __future__ import annotations

from uuid import UUID

from accounts.models import User
from agents.models import Conversation, Member

USUAL = "fair"


def listeners_of(conversation: Conversation) -> tuple[list[User], str]:
    """The others who are in the conversation's open session now, and how their tastes are blended."""
    members = Member.objects.present().filter(session__conversation=conversation)
    others = members.exclude(person_id=conversation.owner_id).select_related("person", "session")
    found = list(others)
    return [member.person for member in found], found[0].session.method if found else USUAL


def heard_from(person: User | None, conversation_id: UUID) -> int | None:
    """The number of the last event that is not for this person: 0 for the owner, what was before the session for a
    member who is in it now, None for everybody else."""
    if Conversation.objects.visible_to(person).filter(pk=conversation_id).exists():
        return 0
    if person is None:
        return None
    members = Member.objects.present().filter(person=person, session__conversation=conversation_id)
    seq: int | None = members.values_list("session__from_seq", flat=True).first()
    return seq
