"""Reactions to tracks and ratings of lists: the verbs of the pages, for programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from agents.api import taste_serializers as serializers
from agents.api.base import ApiView, validated
from core.errors import NotFound
from feedback.models import ListRating, Reaction
from feedback.taste import ratings, reactions


class Reactions(ApiView, ListAPIView[Reaction]):
    serializer_class = serializers.ReactionSerializer

    def get_queryset(self) -> QuerySet[Reaction]:
        return Reaction.objects.visible_to(self.person).standing().order_by("-created", "-pk")

    @extend_schema(
        operation_id="reactions_list", description="What one said and did and did not take back, newest first."
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="reactions_record",
        request=serializers.ReactSerializer,
        responses={201: serializers.ReactionSerializer, 200: serializers.ReactionSerializer},
    )
    def post(self, request: Request) -> Response:
        """Say what one thinks of a track, or report what was played or skipped. The same again (the same opinion, the
        same `event_key`) answers with the same reaction and 200. What is done with lists (swap, arrange, undo, export)
        is noticed by itself."""
        asked, began = validated(serializers.ReactSerializer, request.data), timezone.now()
        kept = reactions.record(
            self.person,
            asked["track"],
            asked["kind"],
            playlist_id=asked.get("list"),
            seconds=asked.get("seconds", 0.0),
            share=asked.get("share", 0.0),
            event_key=asked.get("event_key", ""),
            sound=asked.get("sound", ""),
        )
        if kept is None:
            raise reactions.LearningPaused
        return self.answer(serializers.ReactionSerializer, kept, 201 if kept.created >= began else 200)


class OneReaction(ApiView):
    @extend_schema(operation_id="reactions_take_back", responses={204: None})
    def delete(self, _request: Request, reaction_id: int) -> Response:
        """Take a reaction back; twice is the same as once."""
        reactions.undo(self.person, reaction_id)
        return Response(status=204)


class Rating(ApiView):
    """One's stars and note for a version of a list."""

    @extend_schema(operation_id="rating_read", responses=serializers.RatingSerializer)
    def get(self, _request: Request, list_id: UUID) -> Response:
        if found := ListRating.objects.visible_to(self.person).filter(playlist=list_id).first():
            return self.answer(serializers.RatingSerializer, found)
        raise NotFound("You have not rated this list.")

    @extend_schema(
        operation_id="rating_set", request=serializers.RateSerializer, responses=serializers.RatingSerializer
    )
    def put(self, request: Request, list_id: UUID) -> Response:
        """Rate the version, in place of what one thought of it before."""
        asked = validated(serializers.RateSerializer, request.data)
        rating = ratings.rate(self.person, list_id, asked["stars"], asked["note"])
        return self.answer(serializers.RatingSerializer, rating)

    @extend_schema(operation_id="rating_take_back", responses={204: None})
    def delete(self, _request: Request, list_id: UUID) -> Response:
        """As if the version had never been rated; twice is the same as once."""
        ratings.take_back(self.person, list_id)
        return Response(status=204)
