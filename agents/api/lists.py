"""Lists: the one shown, its versions, changing it at once, saving it as a file."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agents.api import serializers
from agents.api.base import ApiView, validated, with_items
from agents.conversations import conversations, revisions
from core.errors import NotFound
from feedback.taste import list_actions
from recommender.playlists import export_formats
from recommender.playlists.export_files import exported


class CurrentList(ApiView):
    @extend_schema(operation_id="list_current", responses=serializers.ListSerializer)
    def get(self, _request: Request, conversation_id: UUID) -> Response:
        """The list as it is shown now."""
        if head := self.own(conversation_id).head:
            return self.list_response(head)
        raise NotFound("There is no list yet.", hint="Follow the events until the turn is done.")


class Versions(ApiView):
    @extend_schema(operation_id="list_versions", responses=serializers.VersionSerializer(many=True))
    def get(self, _request: Request, conversation_id: UUID) -> Response:
        """Every version of every list of this conversation, the oldest first."""
        kept = conversations.versions(self.own(conversation_id)).order_by("created")
        return Response(serializers.VersionSerializer(kept, many=True).data)


class Adjust(ApiView):
    @extend_schema(
        operation_id="list_adjust",
        request=serializers.AdjustSerializer,
        responses={201: serializers.ListSerializer},
    )
    def post(self, request: Request, conversation_id: UUID) -> Response:
        """Re-rank at once for a moved point, switched-off chips or another moment; no agent is asked."""
        asked = validated(serializers.AdjustSerializer, request.data)
        off = set(asked["off"]) if "off" in asked else None
        found = self.own(conversation_id)
        changed = revisions.adjust(
            found,
            valence=asked.get("valence"),
            arousal=asked.get("arousal"),
            off=off,
            moment=asked.get("context", ()),
        )
        return self.list_response(changed, 201)


class Swap(ApiView):
    @extend_schema(
        operation_id="list_swap", request=serializers.SwapSerializer, responses={201: serializers.ListSerializer}
    )
    def post(self, request: Request, conversation_id: UUID) -> Response:
        """Put the next best track in place of one."""
        track = validated(serializers.SwapSerializer, request.data)["track"]
        return self.list_response(revisions.swap(self.own(conversation_id), track), 201)


class LetGo(ApiView):
    @extend_schema(
        operation_id="list_let_go", request=serializers.LetGoSerializer, responses={201: serializers.ListSerializer}
    )
    def post(self, request: Request, conversation_id: UUID) -> Response:
        """Take a limit off and choose again without it."""
        limit = validated(serializers.LetGoSerializer, request.data)["limit"]
        return self.list_response(revisions.let_go(self.own(conversation_id), limit), 201)


class Arrange(ApiView):
    @extend_schema(
        operation_id="list_arrange", request=serializers.ArrangeSerializer, responses={201: serializers.ListSerializer}
    )
    def post(self, request: Request, conversation_id: UUID) -> Response:
        tracks = validated(serializers.ArrangeSerializer, request.data)["tracks"]
        return self.list_response(revisions.arrange(self.own(conversation_id), tracks), 201)


class Undo(ApiView):
    @extend_schema(operation_id="list_undo", request=None, responses=serializers.ListSerializer)
    def post(self, _request: Request, conversation_id: UUID) -> Response:
        """Show the version before."""
        return self.list_response(revisions.undo(self.own(conversation_id)))


class Redo(ApiView):
    @extend_schema(operation_id="list_redo", request=None, responses=serializers.ListSerializer)
    def post(self, _request: Request, conversation_id: UUID) -> Response:
        """Show the newest version made from this one."""
        return self.list_response(revisions.redo(self.own(conversation_id)))


class Fit(ApiView):
    @extend_schema(operation_id="fit", responses=serializers.FitSerializer)
    def get(self, _request: Request, conversation_id: UUID, track_id: int) -> Response:
        """How well a track, of the list or any other, fits the conversation's photo."""
        return self.answer(serializers.FitSerializer, conversations.fit(self.own(conversation_id), track_id))


class OneList(ApiView):
    @extend_schema(operation_id="list_read", responses=serializers.ListSerializer)
    def get(self, _request: Request, list_id: UUID) -> Response:
        """Any version of any list of one's own."""
        if found := with_items().filter(owner=self.person, pk=list_id).first():
            return self.answer(serializers.ListSerializer, found)
        raise NotFound


class Export(ApiView):
    @extend_schema(
        operation_id="list_export",
        parameters=[OpenApiParameter("form", str, OpenApiParameter.PATH, enum=sorted(export_formats.FORMATS))],
        responses={
            (200, content_type.partition(";")[0]): OpenApiTypes.BINARY
            for _, content_type in export_formats.FORMATS.values()
        },
    )
    def get(self, request: Request, list_id: UUID, form: str) -> HttpResponse:
        """The list as a file for other programs."""
        response = exported(self.person, list_id, form, base_url=request.build_absolute_uri("/"))
        list_actions.saved(self.person, list_id)
        return response
