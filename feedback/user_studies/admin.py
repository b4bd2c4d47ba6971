"""Studies with people: drafts, opening, links, progress and findings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin

from accounts.models import User
from core.errors import BadInput, DylumoError
from feedback.models.user_studies import PeopleStudy
from feedback.user_studies import analysis, ways
from feedback.user_studies import study as user_study
from recommender.models import Picture

RECENT_PHOTOS = 60
LARGEST_FILE = 2**20


class PeopleStudyForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable when it runs
    class Meta:
        labels: ClassVar[dict[str, str]] = {
            "settings_a": "How one list is made",
            "settings_b": "How the other one is made",
            "asks_usability": "Ask about usability",
        }

    def _checked(self, field: str, check: Callable[[Any], Any]) -> Any:
        try:
            return check(self.cleaned_data[field] or {})
        except DylumoError as error:
            raise ValidationError(f"{error.message} {error.hint}") from error

    def clean_settings_a(self) -> Any:
        return self._checked("settings_a", ways.checked_settings)

    def clean_settings_b(self) -> Any:
        return self._checked("settings_b", ways.checked_rivals)


@admin.register(PeopleStudy)
class PeopleStudyAdmin(ModelAdmin):
    form = PeopleStudyForm
    list_display = ("title", "state", "people", "created", "page_link")
    list_filter = ("state",)
    fields = ("title", "question", "consent", "settings_a", "settings_b", "length", "asks_usability")

    @admin.display(description="people")
    def people(self, study: PeopleStudy) -> int:
        return study.participants.filter(consented__isnull=False).count()

    @admin.display(description="study")
    def page_link(self, study: PeopleStudy) -> str:
        return format_html('<a class="dy-link" href="{}">Open</a>', _page_url(study))

    def has_change_permission(self, request: HttpRequest, obj: PeopleStudy | None = None) -> bool:
        """Only a draft can be edited."""
        draft = obj is None or obj.state == PeopleStudy.State.DRAFT
        return draft and bool(super().has_change_permission(request, obj))

    def save_model(self, request: HttpRequest, obj: PeopleStudy, form: Any, change: bool) -> None:
        if not change:
            obj.owner = cast(User, request.user)
        super().save_model(request, obj, form, change)

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:study_id>/study/", wrap(self.study), name="people_study"),
            path("<int:study_id>/step/", wrap(require_POST(self.step)), name="people_study_step"),
            path("<int:study_id>/judgements.csv", wrap(self.export), name="people_study_export"),
            path("<int:study_id>/findings.json", wrap(self.findings), name="people_study_findings"),
            *super().get_urls(),
        ]

    def _found(self, request: HttpRequest, study_id: int, right: str = "view") -> PeopleStudy:
        if not request.user.has_perm(f"feedback.{right}_peoplestudy"):
            raise PermissionDenied
        return get_object_or_404(PeopleStudy, pk=study_id)

    def study(self, request: HttpRequest, study_id: int) -> HttpResponse:
        """Photos to choose in a draft; links, progress and findings afterwards."""
        study = self._found(request, study_id)
        photos = Picture.objects.visible_to(study.owner).filter(reading__isnull=False).order_by("-created")
        own = study.owner_id == request.user.pk
        context = {
            **self.admin_site.each_context(request),
            "title": study.title,
            "study": study,
            "photos": photos[:RECENT_PHOTOS] if own and study.state == PeopleStudy.State.DRAFT else (),
            "own": own,
            "participants": [
                (one, request.build_absolute_uri(reverse("taking_part", args=[one.token])))
                for one in study.participants.prefetch_related("judgements")
            ],
            "pairs": study.tasks.count(),
            "same": analysis.same_lists(study),
            "found": (found := analysis.analyse(study)),
            "rivals": [
                (name, one, analysis.turned(one.decided), analysis.turned(one.preference))
                for name, one in found.rivals.items()
            ],
            "needs_file": any(map(ways.is_written, ways.rivals_of(study.settings_b).values())),
        }
        return render(request, "admin/people_study.html", context)

    def step(self, request: HttpRequest, study_id: int) -> HttpResponse:
        study = self._found(request, study_id, "change")
        try:
            said = self._step(request, study)
        except DylumoError as error:
            messages.error(request, f"{error.message} {error.hint}")
        else:
            self.log_change(request, study, said)
            messages.success(request, said)
        return redirect(_page_url(study))

    def _step(self, request: HttpRequest, study: PeopleStudy) -> str:
        match request.POST.get("step"):
            case "open" if study.owner_id == request.user.pk:
                mine = Picture.objects.visible_to(study.owner)
                photos = list(mine.filter(pk__in=_uuids(request.POST.getlist("photo"))))
                user_study.open_study(study, photos, _written(request.FILES.get("lists")))
                return "Opened. Make links and send one to each person."
            case "invite":
                count = request.POST.get("count", "")
                return f"Made {len(user_study.invite(study, int(count) if count.isdecimal() else 0))} links."
            case "revoke":
                user_study.revoke(get_object_or_404(study.participants, number=request.POST.get("number", "") or 0))
                return "That link does not work any more."
            case "close":
                user_study.close(study)
                return "Closed: no answers are taken any more."
        raise user_study.NotNow

    def export(self, request: HttpRequest, study_id: int) -> HttpResponse:
        study = self._found(request, study_id)
        self.log_change(request, study, "Exported.")
        headers = {"Content-Disposition": f'attachment; filename="study-{study.pk}.csv"'}
        return HttpResponse(analysis.as_csv(study), content_type="text/csv", headers=headers)

    def findings(self, request: HttpRequest, study_id: int) -> HttpResponse:
        study = self._found(request, study_id)
        self.log_change(request, study, "Exported.")
        headers = {"Content-Disposition": 'attachment; filename="lists.json"'}
        return JsonResponse(analysis.as_json(study), headers=headers)


def _written(file: UploadedFile[bytes] | None) -> dict[str, dict[str, ways.Songs]]:
    """The lists of an uploaded file."""
    if file is None:
        return {}
    if (file.size or 0) > LARGEST_FILE:
        raise BadInput("The file with lists is larger than 1 MB.")
    try:
        return ways.written_lists(file.read().decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BadInput("The file with lists is not UTF-8 text.") from error


def _uuids(told: list[str]) -> list[str]:
    try:
        return [str(forms.UUIDField().clean(one)) for one in told]
    except ValidationError as error:
        raise BadInput("That is not a photo.") from error


def _page_url(study: PeopleStudy) -> str:
    return reverse("admin:people_study", args=[study.pk])
