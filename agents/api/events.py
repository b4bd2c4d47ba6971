"""Events: as stored, or as a stream."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.http import HttpResponseBase, StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from agents.api import serializers
from agents.api.base import ApiView, validated
from agents.api.event_stream import stream
from agents.conversations import events

LAST_EVENT_ID = OpenApiParameter(
    "Last-Event-ID",
    OpenApiTypes.INT,
    OpenApiParameter.HEADER,
    description="As a browser's EventSource sends it when it comes back; wins over `after`.",
)


class EventStreamRenderer(JSONRenderer):
    """Makes ``Accept: text/event-stream`` (or ``?format=sse``) choose the stream; what it renders itself is errors."""

    media_type = "text/event-stream"
    format = "sse"


class Events(ApiView):
    renderer_classes = [JSONRenderer, EventStreamRenderer]

    @extend_schema(
        operation_id="events",
        parameters=[serializers.EventsQuerySerializer, LAST_EVENT_ID],
        responses={
            (200, "application/json"): serializers.EventSerializer(many=True),
            (200, "text/event-stream"): OpenApiTypes.STR,
        },
    )
    def get(self, request: Request, conversation_id: UUID) -> HttpResponseBase:
        """What happened, in order: up to 500 stored events as JSON, or a stream that goes on as things happen."""
        asked = {name: request.query_params[name] for name in ("after", "until") if name in request.query_params}
        if "Last-Event-ID" in request.headers:
            asked["after"] = request.headers["Last-Event-ID"]
        query = validated(serializers.EventsQuerySerializer, asked)
        found = self.own(conversation_id)
        if cast(Any, request).accepted_renderer.format != "sse":
            return Response(events.after(found.pk, query["after"]))
        frames = stream(self.person, found.pk, query["after"], until_done=query.get("until") == "done")
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingHttpResponse(frames, content_type="text/event-stream", headers=headers)
