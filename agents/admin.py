"""Turns, conversations (only with a written reason), the evaluation agent's memory and research exports."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from accounts.admin import ReadOnlyAdmin
from accounts.models import User
from accounts.staff_access import consenting, log_access, may_look, pseudonym
from agents.conversations import research_export as research
from agents.conversations import verdict_insights
from agents.models import Conversation, Turn
from core.errors import DylumoError


@admin.register(Turn)
class TurnAdmin(ReadOnlyAdmin):
    """How turns went. What was said in them is in the conversation, behind a reason."""

    list_display = ("created", "state", "strategy", "took", "error_code", "attempts")
    list_filter = ("state", "strategy")
    date_hierarchy = "created"
    fields = ("state", "strategy", "took", "error", "attempts", "created", "started", "finished")
    list_fullwidth = True

    @admin.display(description="seconds")
    def took(self, turn: Turn) -> str:
        return f"{(turn.finished - turn.created).total_seconds():.2f}" if turn.finished else ""

    @admin.display(description="error")
    def error_code(self, turn: Turn) -> str:
        return str((turn.error or {}).get("code", ""))


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    list_display = ("id", "person", "turn_count", "created", "updated")
    date_hierarchy = "created"
    actions = ("export_research",)
    list_fullwidth = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Conversation]:
        rows: QuerySet[Conversation] = super().get_queryset(request)
        return rows.annotate(held=Count("turns"))

    @admin.display(description="person")
    def person(self, conversation: Conversation) -> str:
        return pseudonym(conversation.owner_id)

    @admin.display(description="turns", ordering="held")
    def turn_count(self, conversation: Conversation) -> int:
        return int(getattr(conversation, "held", 0))

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("suggestions/", wrap(self.suggestions), name="suggestions"),
            path("research/", wrap(self.research), name="research"),
            *super().get_urls(),
        ]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        _form_url: str = "",
        _extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """What was said, after a reason is written down."""
        found = self.get_object(request, object_id) if object_id else None
        if found is None or not self.has_view_permission(request, found):
            raise PermissionDenied
        staff, what = cast(User, request.user), f"conversation {found.pk}"
        context = {**self.admin_site.each_context(request), "title": f"Conversation of {pseudonym(found.owner_id)}"}
        if request.method == "POST":
            _log(request, staff, found.owner_id, what)
            return redirect(request.path)
        if not may_look(staff, found.owner_id, what):
            return render(request, "admin/reason.html", {**context, "what": "what a person said"})
        context |= {"turns": found.turns.select_related("playlist")}
        return render(request, "admin/conversation.html", context)

    def suggestions(self, request: HttpRequest) -> HttpResponse:
        """What the evaluation agent found over many lists; POST takes a suggestion up."""
        if not request.user.has_perm("agents.view_suggestions"):
            raise PermissionDenied
        if request.method == "POST":
            return self._take_up(request, request.POST.get("code", ""), request.POST.get("as", ""))
        context = {
            **self.admin_site.each_context(request),
            "title": "What the evaluation agent suggests",
            "memory": verdict_insights.remember(),
            "may_set": request.user.has_perm("feedback.add_tuning"),
            "may_draft": request.user.has_perm("feedback.add_experiment"),
        }
        return render(request, "admin/suggestions.html", context)

    def _take_up(self, request: HttpRequest, code: str, way: str) -> HttpResponse:
        needed = "feedback.add_tuning" if way == "setting" else "feedback.add_experiment"
        if not request.user.has_perm(needed):
            raise PermissionDenied
        try:
            if way == "setting":
                made: Any = verdict_insights.accept(code, cast(User, request.user))
                address, said = reverse("admin:suggestions"), "It is set for everybody from the next list on."
            else:
                made = verdict_insights.draft(code)
                address, said = (
                    reverse("admin:experiment_result", args=[made.pk]),
                    "Drafted; look it over and start it.",
                )
        except DylumoError as error:
            messages.error(request, f"{error.message} {error.hint}")
            return redirect("admin:suggestions")
        self.log_addition(request, made, f"From a suggestion of the evaluation agent: {code}")
        messages.success(request, said)
        return redirect(address)

    def research(self, request: HttpRequest) -> HttpResponse:
        """The export as a file (POST), or what it would hold."""
        if not request.user.has_perm("agents.export_research"):
            raise PermissionDenied
        kind = request.POST.get("kind", "")
        if request.method == "POST" and kind in research.KINDS:
            LogEntry.objects.create(
                user=cast(User, request.user), action_flag=CHANGE, object_repr=kind, change_message="Research export."
            )
            headers = {"Content-Disposition": f'attachment; filename="{kind}.jsonl"'}
            return HttpResponse(research.as_text(kind), content_type="application/x-ndjson", headers=headers)
        context = {
            **self.admin_site.each_context(request),
            "title": "Research export",
            "consenting": consenting().count(),
        }
        return render(request, "admin/research.html", context)


def _log(request: HttpRequest, staff: User, person_id: int, what: str) -> None:
    try:
        log_access(staff, person_id, what, request.POST.get("reason", ""))
    except DylumoError as error:
        messages.error(request, f"{error.message} {error.hint}")
