"""Turns: say, list, read, cancel, retry."""

from __future__ import annotations

from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agents.api import serializers
from agents.api.base import ApiView
from agents.api.start_turn import IDEMPOTENCY, WISH, ask
from agents.conversations import turns


class Turns(ApiView):
    asks_agents = True

    @extend_schema(operation_id="turns_list", responses=serializers.TurnSerializer(many=True))
    def get(self, _request: Request, conversation_id: UUID) -> Response:
        said = self.own(conversation_id).turns.all()
        return Response(serializers.TurnSerializer(said, many=True).data)

    @extend_schema(
        operation_id="turns_say",
        parameters=[IDEMPOTENCY],
        request=WISH,
        responses={201: serializers.TurnSerializer, 200: serializers.TurnSerializer},
    )
    def post(self, request: Request, conversation_id: UUID) -> Response:
        """Say something: refine the list, show another picture, ask why."""
        turn, fresh = ask(request, self.person, self.own(conversation_id))
        answer = self.answer(serializers.TurnSerializer, turn, 201 if fresh else 200)
        answer["Location"] = reverse("api_turn", args=[conversation_id, turn.pk])
        return answer


class OneTurn(ApiView):
    @extend_schema(operation_id="turns_read", responses=serializers.TurnSerializer)
    def get(self, _request: Request, conversation_id: UUID, turn_id: UUID) -> Response:
        return self.answer(serializers.TurnSerializer, self.own_turn(conversation_id, turn_id))


class Cancel(ApiView):
    @extend_schema(operation_id="turns_cancel", request=None, responses=serializers.TurnSerializer)
    def post(self, _request: Request, conversation_id: UUID, turn_id: UUID) -> Response:
        """Stop a turn: at once while it waits, at its worker's next look while it runs; an ended one stays as it is."""
        turn = self.own_turn(conversation_id, turn_id)
        turns.cancel(turn)
        turn.refresh_from_db()
        return self.answer(serializers.TurnSerializer, turn)


class Retry(ApiView):
    asks_agents = True

    @extend_schema(operation_id="turns_retry", request=None, responses={201: serializers.TurnSerializer})
    def post(self, _request: Request, conversation_id: UUID, turn_id: UUID) -> Response:
        """Ask again what failed or was cancelled, as a new turn."""
        return self.answer(serializers.TurnSerializer, turns.retry(self.own_turn(conversation_id, turn_id)), 201)
