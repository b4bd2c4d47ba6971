"""Reactions, and what was learned of one person: the latter only after a reason is written down."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path

from accounts.admin import ReadOnlyAdmin
from accounts.models import User
from accounts.staff_access import log_access, may_look, pseudonym
from core.errors import DylumoError
from feedback.models import Reaction
from feedback.taste.page import TastePage

WHAT = "taste"
MOST_PEOPLE = 200


@admin.register(Reaction)
class ReactionAdmin(ReadOnlyAdmin):
    list_display = ("created", "person", "kind", "track", "position", "policy", "undone")
    list_filter = ("kind",)
    list_select_related = ("track",)
    date_hierarchy = "created"
    fields = (
        *("person", "kind", "track", "seconds", "share", "created", "undone"),
        *("version", "position", "propensity", "policy", "variant", "moment"),
    )
    list_fullwidth = True

    @admin.display(description="person")
    def person(self, reaction: Reaction) -> str:
        return pseudonym(reaction.owner_id)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("taste/", wrap(self.people), name="taste_people"),
            path("taste/<int:person_id>/", wrap(self.taste), name="taste_inspector"),
            *super().get_urls(),
        ]

    def _context(self, request: HttpRequest, title: str, **more: Any) -> dict[str, Any]:
        if not request.user.has_perm("feedback.inspect_taste"):
            raise PermissionDenied
        return {**self.admin_site.each_context(request), "title": title, **more}

    def people(self, request: HttpRequest) -> HttpResponse:
        """Those who said something lately, by pseudonym."""
        told = (
            Reaction.objects.standing().order_by().values("owner_id").annotate(count=Count("pk"), last=Max("created"))
        )
        people = [{**row, "name": pseudonym(row["owner_id"])} for row in told.order_by("-last")[:MOST_PEOPLE]]
        return render(request, "admin/taste_people.html", self._context(request, "Taste inspector", people=people))

    def taste(self, request: HttpRequest, person_id: int) -> HttpResponse:
        person, staff = get_object_or_404(User, pk=person_id), cast(User, request.user)
        context = self._context(request, pseudonym(person_id), what="what was learned of a person")
        if request.method == "POST":
            try:
                log_access(staff, person_id, WHAT, request.POST.get("reason", ""))
            except DylumoError as error:
                messages.error(request, f"{error.message} {error.hint}")
            return redirect(request.path)
        if not may_look(staff, person_id, WHAT):
            return render(request, "admin/reason.html", context)
        return render(request, "admin/taste_inspector.html", {**context, "page": TastePage(person)})
