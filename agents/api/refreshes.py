"""New songs for a list by the calendar: read, set, take off."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agents.api.base import ApiView, validated
from agents.conversations import refreshes
from agents.models import Refresh
from core.errors import NotFound


class PlanSerializer(serializers.Serializer[Any]):
    weekday = serializers.ChoiceField(Refresh.Weekday.choices, help_text="0: Monday.")
    weeks = serializers.ChoiceField(Refresh.Weeks.choices, default=Refresh.Weeks.EACH.value)


class RefreshSerializer(serializers.ModelSerializer[Refresh]):
    turn = serializers.UUIDField(source="turn_id", allow_null=True, help_text="The turn that was asked last.")

    class Meta:
        model = Refresh
        fields = ["weekday", "weeks", "state", "next_at", "turn", "note"]


class OneRefresh(ApiView):
    @extend_schema(operation_id="refresh_read", responses=RefreshSerializer)
    def get(self, _request: Request, conversation_id: UUID) -> Response:
        if found := Refresh.objects.filter(conversation=self.own(conversation_id)).first():
            return self.answer(RefreshSerializer, found)
        raise NotFound("No new songs come here by themselves.", hint="Set it with PUT.")

    @extend_schema(operation_id="refresh_set", request=PlanSerializer, responses=RefreshSerializer)
    def put(self, request: Request, conversation_id: UUID) -> Response:
        """From the next such day on, new songs come: an ordinary turn, which can be undone."""
        asked = validated(PlanSerializer, request.data)
        return self.answer(RefreshSerializer, refreshes.plan(self.own(conversation_id), **asked))

    @extend_schema(operation_id="refresh_take_off", responses={204: None})
    def delete(self, _request: Request, conversation_id: UUID) -> Response:
        refreshes.take_off(self.own(conversation_id))
        return Response(status=204)
