"""Conversations: begin, list, read, rename, share, delete."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import ensure_owner
from agents.api import serializers
from agents.api.base import ApiView, validated, with_open_turns
from agents.api.start_turn import IDEMPOTENCY, WISH, ask
from agents.conversations import conversations, sharing
from agents.models import Conversation
from core.errors import NotFound


class Conversations(ApiView, ListAPIView[Conversation]):
    serializer_class = serializers.ConversationSerializer
    asks_agents = True

    def get_permissions(self) -> Any:
        """A visitor with nothing yet may begin: they become a guest."""
        return [AllowAny()] if self.request.method == "POST" else super().get_permissions()

    def get_queryset(self) -> QuerySet[Conversation]:
        return with_open_turns().filter(owner=self.person)

    @extend_schema(operation_id="conversations_list", description="One's conversations, the latest first.")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="conversations_create",
        parameters=[IDEMPOTENCY],
        request=WISH,
        responses={201: serializers.StartedSerializer, 200: serializers.StartedSerializer},
    )
    def post(self, request: Request) -> Response:
        """Begin a conversation with a picture, words or both; follow its events to hear the answer."""
        turn, fresh = ask(request, ensure_owner(request), None)
        conversation = with_open_turns().get(pk=turn.conversation_id)
        answer = self.answer(
            serializers.StartedSerializer, {"conversation": conversation, "turn": turn}, 201 if fresh else 200
        )
        answer["Location"] = reverse("api_conversation", args=[conversation.pk])
        return answer


class OneConversation(ApiView):
    @extend_schema(operation_id="conversations_read", responses=serializers.ConversationSerializer)
    def get(self, _request: Request, conversation_id: UUID) -> Response:
        return self.conversation_response(self.own(conversation_id))

    @extend_schema(
        operation_id="conversations_rename",
        request=serializers.TitleSerializer,
        responses=serializers.ConversationSerializer,
    )
    def patch(self, request: Request, conversation_id: UUID) -> Response:
        found = self.own(conversation_id)
        conversations.rename(found, validated(serializers.TitleSerializer, request.data)["title"])
        return self.conversation_response(found)

    @extend_schema(operation_id="conversations_delete", responses={204: None})
    def delete(self, _request: Request, conversation_id: UUID) -> Response:
        """Delete it with its lists, its songs, and its photos unless another conversation shows them."""
        conversations.forget(self.own(conversation_id))
        return Response(status=204)


class Share(ApiView):
    """The read-only page for whoever has its unguessable address."""

    @extend_schema(
        operation_id="conversations_share",
        request=serializers.ShareSerializer,
        responses=serializers.ConversationSerializer,
    )
    def post(self, request: Request, conversation_id: UUID) -> Response:
        """Make the link, or say anew for how long it works and what password it asks for; what is left out stays."""
        found = self.own(conversation_id)
        sharing.share(found, **validated(serializers.ShareSerializer, request.data))
        return self.conversation_response(found)

    @extend_schema(operation_id="conversations_unshare", responses={204: None})
    def delete(self, _request: Request, conversation_id: UUID) -> Response:
        sharing.unshare(self.own(conversation_id))
        return Response(status=204)


class ConversationPicture(ApiView):
    @extend_schema(operation_id="conversations_picture", responses=serializers.PictureSerializer)
    def get(self, _request: Request, conversation_id: UUID) -> Response:
        """The conversation's photo and what was seen in it."""
        if picture := self.own(conversation_id).picture:
            return self.answer(serializers.PictureSerializer, picture)
        raise NotFound("This conversation has no photo.")
