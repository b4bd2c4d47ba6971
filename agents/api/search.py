"""One search over the catalogue, the person's own tracks and every service they may use."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agents.api.base import ApiView
from recommender.library import saved_finds
from recommender.search import views


class KnownFromSerializer(serializers.Serializer[object]):
    service = serializers.CharField()
    id = serializers.CharField()
    url = serializers.CharField()


class FoundTrackSerializer(serializers.Serializer[object]):
    title = serializers.CharField()
    artist = serializers.CharField()
    album = serializers.CharField()
    duration = serializers.FloatField(help_text="Seconds; 0 when unknown.")
    year = serializers.IntegerField(allow_null=True)
    isrc = serializers.CharField()
    sound = serializers.CharField(help_text="What may be played; empty without.")
    whole = serializers.BooleanField(help_text="Is that the whole track?")
    keep = serializers.CharField(help_text="What to send to keep it in the library; empty where that is not allowed.")
    known_from = KnownFromSerializer(many=True)


class FoundSectionSerializer(serializers.Serializer[object]):
    service = serializers.CharField(help_text="Empty for the section of everything that may be mixed.")
    title = serializers.CharField()
    credits = serializers.ListField(child=serializers.CharField())
    tracks = FoundTrackSerializer(many=True)


class SearchedServiceSerializer(serializers.Serializer[object]):
    service = serializers.CharField()
    title = serializers.CharField()
    found = serializers.IntegerField()
    error = serializers.CharField()
    code = serializers.CharField()


class SearchSerializer(serializers.Serializer[object]):
    sections = FoundSectionSerializer(many=True)
    services = SearchedServiceSerializer(many=True)


class KeepSerializer(serializers.Serializer[object]):
    found = serializers.CharField(max_length=8000, help_text="A track's `keep`, from a search of the last day.")


class KeptSerializer(serializers.Serializer[object]):
    id = serializers.UUIDField(help_text="The list in the library that it is in now.")
    title = serializers.CharField()
    count = serializers.IntegerField()


class Search(ApiView):
    @extend_schema(
        operation_id="search",
        parameters=[
            OpenApiParameter("q", str, required=True, description="Words, or an ISRC."),
            OpenApiParameter("service", str, many=True, description="Only these services; `here` is the catalogue."),
            OpenApiParameter("shortest", float, description="Minutes."),
            OpenApiParameter("longest", float, description="Minutes."),
            OpenApiParameter("year_min", int),
            OpenApiParameter("year_max", int),
            OpenApiParameter("playable", bool, description="Only what can be played in a page."),
        ],
        responses=SearchSerializer,
    )
    def get(self, request: Request) -> Response:
        """What was found, when every service has answered or is late. A failed service is named."""
        _, found = views.begin(self.person, request.query_params)
        found.finish()
        return Response(views.as_json(found))


class Keep(ApiView):
    @extend_schema(operation_id="keep_found", request=KeepSerializer, responses={201: KeptSerializer})
    def post(self, request: Request) -> Response:
        """Put something that was found into the library. It is listened to where that is allowed; again changes
        nothing."""
        asked = KeepSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        return self.answer(
            KeptSerializer, saved_finds.save(self.person, saved_finds.signed(asked.validated_data["found"])), 201
        )
