"""What all views of the REST API share.

Each fetches through the owner, calls the verb the pages call, and answers with what came of it. Somebody else's things
do not exist here (404). Errors leave as ``{"error": {code, message, hint}}``; a request while a turn is open is refused
with 409 ``turn_open``.
"""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from accounts.models import User
from agents.api import serializers
from agents.conversations import conversations
from agents.conversations.uploads import refuse_large
from agents.models import Conversation, Turn
from core.errors import NotFound
from recommender.models import Playlist


class ApiView(APIView):
    """What all views share: one's own things only, a rate by what is done, and no body read that is too large."""

    asks_agents = False
    """Does a POST here cost a worker's time?"""

    @property
    def throttle_scope(self) -> str:
        if self.request.method in SAFE_METHODS:
            return "read"
        return "ask" if self.asks_agents else "change"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        refuse_large(request._request)
        super().initial(request, *args, **kwargs)

    @property
    def person(self) -> User:
        return cast(User, self.request.user)

    def own(self, conversation_id: UUID) -> Conversation:
        return conversations.own(self.person, conversation_id)

    def own_turn(self, conversation_id: UUID, turn_id: UUID) -> Turn:
        if turn := Turn.objects.filter(conversation=self.own(conversation_id), pk=turn_id).first():
            return turn
        raise NotFound

    def answer(self, kind: type[Serializer[Any]], what: Any, status: int = 200) -> Response:
        return Response(kind(what, context={"request": self.request}).data, status)

    def conversation_response(self, conversation: Conversation) -> Response:
        return self.answer(serializers.ConversationSerializer, with_open_turns().get(pk=conversation.pk))

    def list_response(self, playlist: Playlist, status: int = 200) -> Response:
        return self.answer(serializers.ListSerializer, with_items().get(pk=playlist.pk), status)


def validated(kind: type[Serializer[Any]], data: Any) -> dict[str, Any]:
    """The checked input; raises a ValidationError that names the field."""
    serializer = kind(data=data)
    serializer.is_valid(raise_exception=True)
    return cast(dict[str, Any], serializer.validated_data)


def with_open_turns() -> QuerySet[Conversation]:
    """Conversations as ConversationSerializer reads them: ``turns`` holds the open one only."""
    return Conversation.objects.prefetch_related(Prefetch("turns", Turn.objects.filter(state__in=Turn.OPEN)))


def with_items() -> QuerySet[Playlist]:
    return Playlist.objects.prefetch_related("items__track__links")
