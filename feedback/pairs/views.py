"""The page on which reviewers judge pairs, one at a time; owners propose pairs there and take results along."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from core.errors import NotFound
from feedback.models.pairs import CuratedPair, PairVerdict
from feedback.pairs import labelling as curated
from recommender.library.media_views import picture_response
from recommender.models import Picture

MOST_PHOTOS = 50


def _staff(request: HttpRequest, right: str = "judge_pairs") -> User:
    """To everybody else the page is not there."""
    if not isinstance(request.user, User) or not request.user.has_perm(f"feedback.{right}"):
        raise NotFound
    return request.user


@never_cache
@require_GET
def pairs(request: HttpRequest) -> HttpResponse:
    reviewer = _staff(request)
    context = {
        "pair": curated.next_for(reviewer),
        "answers": PairVerdict.Says.choices,
        "done": PairVerdict.objects.filter(reviewer=reviewer).count(),
        "total": CuratedPair.objects.count(),
        "agreement": curated.agreement(),
    }
    return render(request, "pairs/pairs.html", context)


@require_GET
def pair_picture(request: HttpRequest, pair_id: int) -> HttpResponseBase:
    _staff(request)
    pair = CuratedPair.objects.select_related("picture").filter(pk=pair_id).first()
    if pair is None:
        raise NotFound
    return picture_response(pair.picture, "full")


@require_POST
def judge(request: HttpRequest, pair_id: int) -> HttpResponseBase:
    curated.judge(_staff(request), pair_id, request.POST.get("says", ""))
    return redirect("pairs")


@require_POST
def propose(request: HttpRequest) -> HttpResponseBase:
    """New pairs from the asker's own latest photos."""
    owner = _staff(request, "add_curatedpair")
    photos = Picture.objects.visible_to(owner).filter(reading__isnull=False).order_by("-created")[:MOST_PHOTOS]
    messages.success(request, f"{curated.propose(owner, list(photos))} new pairs to judge.")
    return redirect("pairs")


@require_POST
def make_cases(request: HttpRequest) -> HttpResponseBase:
    _staff(request, "add_evaluationcase")
    messages.success(request, f"{curated.make_cases()} photos have a case for evaluation.")
    return redirect("pairs")


@require_GET
def training_set(request: HttpRequest) -> HttpResponse:
    _staff(request, "export_curatedpair")
    headers = {"Content-Disposition": 'attachment; filename="curated-pairs.zip"'}
    return HttpResponse(curated.as_training_set(), content_type="application/zip", headers=headers)
