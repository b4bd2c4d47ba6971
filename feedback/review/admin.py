"""The review queue: lists that people said something about, as they saw them, under a pseudonym."""

from __future__ import annotations

import json
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import ModelAdmin
from unfold.decorators import action

from accounts.models import User
from accounts.staff_access import pseudonym
from core.errors import DylumoError
from feedback.models.review import EvaluationCase, ReviewCase
from feedback.review import queue


class Said(admin.SimpleListFilter):
    title = "what was said"
    parameter_name = "said"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        return [("likes", "has likes"), ("dislikes", "has refusals"), ("skips", "has skips")]

    def queryset(self, _request: HttpRequest, rows: QuerySet[ReviewCase]) -> QuerySet[ReviewCase]:
        return rows.filter(**{f"{self.value()}__gt": 0}) if self.value() in ("likes", "dislikes", "skips") else rows


@admin.register(ReviewCase)
class ReviewCaseAdmin(ModelAdmin):
    list_display = ("person", "state", "likes", "dislikes", "skips", "tags", "last_said")
    list_filter = ("state", Said)
    search_fields = ("tags", "answer")
    list_select_related = ("playlist",)
    fields = ("state", "tags", "answer")
    actions = ("export_cases", "mark_closed")
    actions_submit_line = ("evaluation_case",)
    change_form_before_template = "admin/review_look.html"
    list_fullwidth = True

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: ReviewCase | None = None) -> bool:
        return False

    @admin.display(description="person")
    def person(self, case: ReviewCase) -> str:
        return pseudonym(case.playlist.owner_id)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Opening the queue fills it."""
        if self.has_view_permission(request):
            queue.gather()
        return cast(HttpResponse, super().changelist_view(request, extra_context))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        case = self.get_object(request, object_id) if object_id else None
        if case and self.has_view_permission(request, case):
            extra_context = {**(extra_context or {}), "look": queue.Look(case), "case": case}
        return cast(HttpResponse, super().changeform_view(request, object_id, form_url, extra_context))

    def save_model(
        self, request: HttpRequest, obj: ReviewCase, form: forms.ModelForm[ReviewCase], change: bool
    ) -> None:
        """The state goes through its machine; the other fields are plain."""
        wanted, obj.state = obj.state, form.initial["state"]
        try:
            queue.move(obj, wanted, cast(User, request.user))
        except DylumoError as error:
            messages.error(request, error.message)
        super().save_model(request, obj, form, change)

    @action(description="Save, and make an evaluation case", permissions=["evaluation_case"])
    def evaluation_case(self, request: HttpRequest, obj: ReviewCase) -> None:
        try:
            made = queue.make_case(obj)
        except DylumoError as error:
            messages.error(request, error.message)
            return
        self.log_change(request, obj, "Turned into a case for evaluation.")
        address = reverse("admin:feedback_evaluationcase_change", args=[made.pk])
        messages.success(request, format_html('Made the <a href="{}">evaluation case</a> {}.', address, made.name))

    def has_evaluation_case_permission(self, request: HttpRequest, *_: object) -> bool:
        return request.user.has_perm("feedback.add_evaluationcase")

    def has_export_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("feedback.export_reviewcase")

    @admin.action(description="Export as JSON lines", permissions=["export"])
    def export_cases(self, request: HttpRequest, cases: QuerySet[ReviewCase]) -> HttpResponse:
        chosen = cases.select_related("playlist__picture")
        for case in chosen:
            self.log_change(request, case, "Exported.")
        lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in queue.exported(chosen))
        headers = {"Content-Disposition": 'attachment; filename="review.jsonl"'}
        return HttpResponse(lines, content_type="application/x-ndjson", headers=headers)

    @admin.action(description="Close", permissions=["change"])
    def mark_closed(self, request: HttpRequest, cases: QuerySet[ReviewCase]) -> None:
        for case in cases:
            queue.move(case, ReviewCase.State.CLOSED, cast(User, request.user))
            self.log_change(request, case, "Closed.")


@admin.register(EvaluationCase)
class EvaluationCaseAdmin(ModelAdmin):
    list_display = ("name", "wanted_count", "unwanted_count", "created")
    search_fields = ("name", "note")
    fields = ("name", "note", "now", "wanted", "unwanted", "brief")
    readonly_fields = ("now", "wanted", "unwanted", "brief")

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    @admin.display(description="wanted")
    def wanted_count(self, case: EvaluationCase) -> int:
        return len(case.wanted)

    @admin.display(description="unwanted")
    def unwanted_count(self, case: EvaluationCase) -> int:
        return len(case.unwanted)

    @admin.display(description="ranked now")
    def now(self, case: EvaluationCase) -> str:
        """What today's ranking makes of the brief."""
        found = queue.outcome(case)
        return (
            f"{found['wanted']} of {len(case.wanted)} wanted and {found['unwanted']} of {len(case.unwanted)} unwanted "
            f"tracks are among the {found['listed']} listed."
        )
