"""The experiment board: drafts, arms, start and stop, the page of a result, and what is set for everybody."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.models import User
from core.errors import DylumoError
from feedback.experiment_results import off_policy_log
from feedback.experiment_results.results import Result
from feedback.experiments import lifecycle
from feedback.models.experiments import Arm, Experiment, Tuning
from feedback.treatments import treatment_from, written_out


def checked(settings: Any) -> Any:
    """A form's JSON as a treatment, or the complaint beside its field."""
    try:
        treatment_from(chosen := written_out(settings) if isinstance(settings, dict) else settings or {})
    except DylumoError as error:
        raise ValidationError(f"{error.message} {error.hint}") from error
    return chosen


class ArmForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable when it runs
    settings = forms.JSONField(
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=Arm._meta.get_field("settings").help_text,
    )

    def clean_settings(self) -> Any:
        return checked(self.cleaned_data["settings"])


class ArmInline(TabularInline):
    model = Arm
    form = ArmForm
    extra = 0
    min_num = 2

    def _draft(self, experiment: Experiment | None) -> bool:
        return experiment is None or experiment.state == Experiment.State.DRAFT

    def has_add_permission(self, request: HttpRequest, obj: Experiment | None = None) -> bool:
        return self._draft(obj) and bool(super().has_add_permission(request, obj))

    def has_change_permission(self, request: HttpRequest, obj: Experiment | None = None) -> bool:
        return self._draft(obj) and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Experiment | None = None) -> bool:
        return self._draft(obj) and self.has_change_permission(request, obj)


class ExperimentForm(forms.ModelForm):  # type: ignore[type-arg]
    guardrails = forms.MultipleChoiceField(
        choices=Experiment.Metric.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Metrics that must not get worse.",
    )


class PolicyForm(forms.Form):
    """Another policy to judge by the lists that were shown."""

    policy = forms.JSONField(
        required=False,
        initial=dict,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2, "aria-label": "Another policy"}),
        help_text='Weights, a learner or both: {"weights": {"mood": 0.4}, "learner": "profile"}. {} is the usual way.',
    )

    def clean_policy(self) -> Any:
        return checked(self.cleaned_data["policy"])


@admin.register(Experiment)
class ExperimentAdmin(ModelAdmin):
    form = ExperimentForm
    list_display = ("name", "state", "surface", "question", "seen", "started", "result_link")
    list_filter = ("state", "surface")
    inlines = (ArmInline,)
    fields = (
        "name",
        "question",
        "design",
        "surface",
        "metric",
        "guardrails",
        ("least_effect", "hours"),
        ("traffic", "holdout"),
        "layer",
    )
    list_fullwidth = True

    @admin.display(description="people")
    def seen(self, experiment: Experiment) -> int:
        return experiment.exposures.count()

    @admin.display(description="result")
    def result_link(self, experiment: Experiment) -> str:
        return format_html('<a class="dy-link" href="{}">Open</a>', _result_url(experiment))

    def has_change_permission(self, request: HttpRequest, obj: Experiment | None = None) -> bool:
        """Only a draft can be edited."""
        draft = obj is None or obj.state == Experiment.State.DRAFT
        return draft and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Experiment | None = None) -> bool:
        """A draft can be deleted, one at a time."""
        draft = obj is not None and obj.state == Experiment.State.DRAFT
        return draft and bool(super().has_delete_permission(request, obj))

    def get_urls(self) -> list[URLPattern]:
        seen, moved = self.admin_site.admin_view(self.result), self.admin_site.admin_view(require_POST(self.step))
        return [
            path("<int:experiment_id>/result/", seen, name="experiment_result"),
            path("<int:experiment_id>/step/", moved, name="experiment_step"),
            *super().get_urls(),
        ]

    def result(self, request: HttpRequest, experiment_id: int) -> HttpResponse:
        """One page: effect with interval, decision, power, health."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        experiment = get_object_or_404(Experiment, pk=experiment_id)
        context = {
            **self.admin_site.each_context(request),
            "title": experiment.name,
            "result": Result(experiment),
            "experiment": experiment,
            **_judged(request, experiment),
            "may_run": request.user.has_perm("feedback.run_experiment"),
            "may_adopt": request.user.has_perm("feedback.add_tuning"),
        }
        return render(request, "admin/experiment_result.html", context)

    def step(self, request: HttpRequest, experiment_id: int) -> HttpResponse:
        """Start, stop or decide."""
        if not request.user.has_perm("feedback.run_experiment"):
            raise PermissionDenied
        experiment = get_object_or_404(Experiment, pk=experiment_id)
        try:
            said = self._step(request, experiment)
        except DylumoError as error:
            messages.error(request, f"{error.message} {error.hint}")
        else:
            self.log_change(request, experiment, said)
            messages.success(request, said)
        return redirect(_result_url(experiment))

    def _step(self, request: HttpRequest, experiment: Experiment) -> str:
        match request.POST.get("step"):
            case "start":
                lifecycle.start(experiment)
                return "Started."
            case "stop":
                lifecycle.stop(experiment)
                return "Stopped: everybody gets the usual way again."
            case "decide":
                chosen = request.POST.get("adopt")
                arm = experiment.arms.filter(pk=chosen).first() if chosen else None
                if arm and not request.user.has_perm("feedback.add_tuning"):
                    raise PermissionDenied
                staff = cast(User, request.user)
                lifecycle.decide(experiment, request.POST.get("decision", ""), adopt=arm, by=staff)
                return f"Decided; {arm.name} is what everybody gets now." if arm else "Decided."
        raise lifecycle.NotNow


def _judged(request: HttpRequest, experiment: Experiment) -> dict[str, Any]:
    """The asked-for policy's worth, or why the log cannot tell it."""
    form = PolicyForm(request.GET if "policy" in request.GET else None)
    if not form.is_valid():
        return {"policy": form}
    try:
        return {"policy": form, "judged": off_policy_log.judge(experiment, treatment_from(form.cleaned_data["policy"]))}
    except DylumoError as error:
        return {"policy": form, "not_judged": f"{error.message} {error.hint}"}


def _result_url(experiment: Experiment) -> str:
    return reverse("admin:experiment_result", args=[experiment.pk])


class TuningForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean_settings(self) -> Any:
        return checked(self.cleaned_data["settings"])


@admin.register(Tuning)
class TuningAdmin(ModelAdmin):
    """What is set for everybody. A setting is never edited: another one is made, or it is taken back."""

    form = TuningForm
    list_display = ("why", "settings", "by", "since", "undone")
    list_select_related = ("by",)
    fields = ("settings", "why")
    actions = ("take_back",)

    def has_change_permission(self, request: HttpRequest, obj: Tuning | None = None) -> bool:
        return obj is None and bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, _request: HttpRequest, _obj: Tuning | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Tuning, _form: forms.ModelForm[Tuning], _change: bool) -> None:
        made = lifecycle.tune(obj.settings, obj.why, cast(User, request.user))
        obj.pk = made.pk

    @admin.action(description="Take back", permissions=["change"])
    def take_back(self, request: HttpRequest, rows: Any) -> None:
        for tuning in rows:
            lifecycle.untune(tuning)
            self.log_change(request, tuning, "Taken back.")
        messages.success(request, "Taken back: the setting before counts again.")
