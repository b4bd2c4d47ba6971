"""Pairs for reviewers, with where each came from, which the page on which they are judged never says."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from accounts.admin import ReadOnlyAdmin
from feedback.models.pairs import CuratedPair


@admin.register(CuratedPair)
class CuratedPairAdmin(ReadOnlyAdmin):
    list_display = ("pk", "track", "origin", "said", "created")
    list_filter = ("origin",)
    list_select_related = ("track",)
    fields = ("track", "origin", "created")

    def get_queryset(self, request: HttpRequest) -> QuerySet[CuratedPair]:
        rows: QuerySet[CuratedPair] = super().get_queryset(request)
        return rows.annotate(verdict_count=Count("verdicts"))

    @admin.display(description="verdicts")
    def said(self, pair: Any) -> int:
        return int(pair.verdict_count)
