"""One's own taste for programs: read it, correct it, pause it, forget."""

from __future__ import annotations

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from agents.api import taste_serializers as serializers
from agents.api.base import ApiView, validated
from feedback.taste import reactions, taste_settings
from feedback.taste.page import TastePage
from feedback.taste.profile import correct


class TasteView(ApiView):
    def told_taste(self) -> Response:
        return self.answer(serializers.TasteSerializer, TastePage(self.person))


class Taste(TasteView):
    @extend_schema(operation_id="taste_read", responses=serializers.TasteSerializer)
    def get(self, _request: Request) -> Response:
        """What was learned of oneself, and how it is used."""
        return self.told_taste()

    @extend_schema(
        operation_id="taste_steer", request=serializers.SteerSerializer, responses=serializers.TasteSerializer
    )
    def patch(self, request: Request) -> Response:
        """Set the dials; pause learning or take it up again."""
        asked = validated(serializers.SteerSerializer, request.data)
        if "learning" in asked:
            (reactions.resume if asked["learning"] else reactions.pause)(self.person)
        if "balance" in asked or "novelty" in asked:
            taste_settings.steer(self.person, balance=asked.get("balance"), novelty=asked.get("novelty"))
        return self.told_taste()


class Facts(TasteView):
    @extend_schema(
        operation_id="taste_correct", request=serializers.CorrectionSerializer, responses=serializers.TasteSerializer
    )
    def post(self, request: Request) -> Response:
        """Pin a learned fact, remove it (nothing of its kind is learned any more), or release it again."""
        asked = validated(serializers.CorrectionSerializer, request.data)
        correct(self.person, asked["target"], asked["what"])
        return self.told_taste()


class ForgetHour(ApiView):
    @extend_schema(operation_id="taste_forget_hour", request=None, responses=serializers.ForgottenSerializer)
    def post(self, _request: Request) -> Response:
        """Forget what one said and did within the last hour, as if it had not been."""
        count = reactions.forget_since(self.person, timezone.now() - reactions.LAST_HOUR)
        return self.answer(serializers.ForgottenSerializer, {"forgotten": count})
