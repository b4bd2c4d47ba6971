"""The shared catalogue, the vector spaces and the long jobs in the admin. People's lists are looked at in reviews."""

from __future__ import annotations

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from unfold.admin import StackedInline

from accounts.admin import ReadOnlyAdmin
from core.errors import DylumoError
from recommender.library import full_tier
from recommender.library import model_status as registry
from recommender.library.jobs import runner
from recommender.models import AudioProfile, LibraryJob, Track, VectorSpace


class ProfileInline(StackedInline):
    model = AudioProfile
    can_delete = False

    def has_change_permission(self, _request: HttpRequest, _obj: Track | None = None) -> bool:
        return False


@admin.register(Track)
class TrackAdmin(ReadOnlyAdmin):
    """Only tracks that everybody sees: a person's own files are theirs."""

    list_display = ("title", "artist", "genre", "year", "source", "missing_since")
    list_filter = ("source",)
    search_fields = ("title", "artist")
    fields = ("title", "artist", "album", "genre", "year", "duration", "source", "explicit", "live", "language")
    inlines = (ProfileInline,)
    show_full_result_count = False
    list_fullwidth = True

    def get_queryset(self, _request: HttpRequest) -> QuerySet[Track]:
        return Track.objects.visible_to(None)


@admin.register(VectorSpace)
class VectorSpaceAdmin(ReadOnlyAdmin):
    list_display = ("name", "dimensions", "active", "vectors", "created")

    def get_queryset(self, request: HttpRequest) -> QuerySet[VectorSpace]:
        rows: QuerySet[VectorSpace] = super().get_queryset(request)
        return rows.annotate(held=Count("vectors"))

    @admin.display(description="vectors", ordering="held")
    def vectors(self, space: VectorSpace) -> int:
        return int(getattr(space, "held", 0))

    def get_urls(self) -> list[URLPattern]:
        page = path("models/", self.admin_site.admin_view(self.registry), name="model_registry")
        return [page, *super().get_urls()]

    def registry(self, request: HttpRequest) -> HttpResponse:
        """Which models there are, which are in use, and the vector spaces made with them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._switch(request)
        may = {"may_switch": request.user.has_perm("recommender.change_libraryjob")}
        context = {**self.admin_site.each_context(request), "title": "Models", **registry.model_status(), **may}
        return render(request, "admin/models.html", context)

    def _switch(self, request: HttpRequest) -> HttpResponse:
        """The full tier's picture model: fetch it now, or leave it away; or have unknown tracks asked about."""
        if not request.user.has_perm("recommender.change_libraryjob"):
            raise PermissionDenied
        if "annotate" in request.POST:
            self.log_change(request, runner.start(LibraryJob.Kind.ANNOTATE), "Asked about unknown tracks.")
            return redirect("admin:model_registry")
        on = request.POST.get("full") == "on"
        try:
            job = full_tier.switch_on() if on else full_tier.switch_off()
        except DylumoError as error:
            messages.error(request, f"{error.message} {error.hint}".strip())
        else:
            self.log_change(request, job, "Fetched." if on else "Left away.")
        return redirect("admin:model_registry")


@admin.register(LibraryJob)
class LibraryJobAdmin(ReadOnlyAdmin):
    list_display = ("kind", "state", "done", "total", "attempts", "created", "finished")
    list_filter = ("kind", "state")
    fields = (
        "kind",
        "state",
        "argument",
        "done",
        "total",
        "counts",
        "skipped",
        "error",
        "attempts",
        "created",
        "finished",
    )
    list_fullwidth = True
