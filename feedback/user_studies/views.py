"""The pages of a participant: they need nothing but their link."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from core.errors import NotFound
from feedback.user_studies import study
from feedback.user_studies.forms import JudgementForm, UsabilityForm
from recommender.library.media_views import picture_response


@never_cache
@require_GET
def taking_part(request: HttpRequest, token: str) -> HttpResponse:
    """What comes next: consent, a photo, the questionnaire, or thanks."""
    participant = study.by_link(token)
    context = {"participant": participant, "study": participant.study, "token": token}
    if participant.consented is None:
        return render(request, "user_studies/consent.html", context)
    if shown := study.next_task(participant):
        form = JudgementForm(initial={"task": shown.task.pk})
        return render(request, "user_studies/task.html", {**context, "shown": shown, "form": form})
    if participant.study.asks_usability and not participant.usability:
        return render(request, "user_studies/usability.html", {**context, "form": UsabilityForm()})
    return render(request, "user_studies/thanks.html", context)


@require_GET
def study_picture(_request: HttpRequest, token: str, task_id: int) -> HttpResponseBase:
    task = study.by_link(token).study.tasks.select_related("picture").filter(pk=task_id).first()
    if task is None:
        raise NotFound
    return picture_response(task.picture, "full")


@require_POST
def consent(_request: HttpRequest, token: str) -> HttpResponseBase:
    study.agree(study.by_link(token))
    return redirect("taking_part", token)


@require_POST
def judge(request: HttpRequest, token: str) -> HttpResponseBase:
    participant = study.by_link(token)
    data = JudgementForm(request.POST).data_or_error()
    study.judge(participant, data["task"], data["choice"], data["left"], data["right"])
    return redirect("taking_part", token)


@require_POST
def usability(request: HttpRequest, token: str) -> HttpResponseBase:
    participant = study.by_link(token)
    study.answer_usability(participant, UsabilityForm(request.POST).answers())
    return redirect("taking_part", token)


@require_POST
def withdraw(_request: HttpRequest, token: str) -> HttpResponseBase:
    study.withdraw(study.by_link(token))
    return redirect("taking_part", token)
