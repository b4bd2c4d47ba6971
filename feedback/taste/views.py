"""Reactions as a page sends them, and the page of one's own taste."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.guests import PersonRequest
from accounts.models import User
from core.errors import NotFound
from core.http import wants_json
from feedback.models import Reaction
from feedback.taste import ratings, reactions, take_choices, taste_settings
from feedback.taste.forms import FactForm, ForgetChoiceForm, RatingForm, ReactionForm, SteeringForm, UndoForm
from feedback.taste.page import TastePage
from feedback.taste.profile import correct

SAID = {
    "like": later("Noted: you like “{}”."),
    "not_now": later("Noted: not “{}” for now."),
    "never_track": later("“{}” will not come again."),
    "never_artist": later("Nothing more by whoever made “{}”."),
    "never_sound": later("Nothing more that sounds like that part of “{}”."),
}


def _person(request: PersonRequest) -> User:
    if request.person is None:
        raise NotFound("Nothing of yours is kept here yet.", hint="Drop a photo on the first page to begin.")
    return request.person


@require_POST
def react(request: PersonRequest) -> HttpResponseBase:
    """Keep a reaction, or take one back (``undo`` is its id)."""
    person = _person(request)
    if "undo" in request.POST:
        data = UndoForm(request.POST).data_or_error()
        taken = reactions.undo(person, data["undo"])
        return answer(request, taken, _("Taken back: “{title}”.").format(title=taken.track.title))
    data = ReactionForm(request.POST).data_or_error()
    kept = reactions.record(
        person,
        data["track"],
        data["kind"] or Reaction.Kind.NEVER_SOUND,
        playlist_id=data["playlist"],
        seconds=data["seconds"] or 0.0,
        share=data["share"] or 0.0,
        event_key=data["event_key"],
        sound=data["sound"],
    )
    if kept is None or kept.kind in Reaction.DONE:
        return JsonResponse({"id": kept and kept.pk})
    return answer(request, kept, _(SAID[kept.kind]).format(kept.track.title))


def answer(request: PersonRequest, reaction: Reaction, said: str) -> HttpResponseBase:
    """The track's buttons for the page's own requests; JSON for programs, else back to the page."""
    standing = reaction.undone is None
    if request.headers.get("HX-Request"):
        told: dict[str, Any] = {"said": said, "track": reaction.track_id, "undo": reaction.pk if standing else None}
        opinion = reaction if standing else None
        context = {"track": reaction.track, "opinion": opinion}
        response = render(request, "taste/opinion.html", context)
        response["HX-Trigger-After-Swap"] = json.dumps({"reacted": told})
        return response
    if wants_json(request):
        return JsonResponse({"id": reaction.pk, "standing": standing})
    messages.success(request, said)
    return redirect(_back(request))


def _back(request: HttpRequest) -> str:
    """Where the form says it came from, if that is a page of ours."""
    back = request.POST.get("back", "")
    ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return back if ours else "taste"


@require_POST
def rate(request: PersonRequest) -> HttpResponseBase:
    """Keep, change or take back (0 stars) the rating of a version of a list."""
    person, data = _person(request), RatingForm(request.POST).data_or_error()
    rating = ratings.rate(person, data["playlist"], data["stars"], data["note"]) if data["stars"] else None
    if rating is None:
        ratings.take_back(person, data["playlist"])
    if request.headers.get("HX-Request"):
        context = {"rating": rating, "playlist": data["playlist"], "stars": ratings.STARS, "thanks": True}
        return render(request, "taste/rating.html", context)
    if wants_json(request):
        return JsonResponse({"stars": data["stars"]})
    messages.success(request, _("Noted, thank you.") if rating else _("Taken back."))
    return redirect(_back(request))


@require_POST
def steer(request: PersonRequest) -> HttpResponseBase:
    form = SteeringForm(request.POST)
    form.data_or_error()
    taste_settings.steer(_person(request), **form.shares())
    messages.success(request, _("Kept. It holds from the next list on."))
    return redirect("taste")


@require_POST
def fact(request: PersonRequest) -> HttpResponseBase:
    """Pin or remove a learned fact, or let it be learned as usual again."""
    person, data = _person(request), FactForm(request.POST).data_or_error()
    correct(person, data["target"], data["what"])
    return redirect("taste")


@require_POST
def forget_choice(request: PersonRequest) -> HttpResponseBase:
    """Forget which ways to hear a photo the person chose, for an occasion or of a style."""
    take_choices.forget(_person(request), ForgetChoiceForm(request.POST).data_or_error()["target"])
    messages.success(request, _("Forgotten. It holds from the next list on."))
    return redirect("taste")


@never_cache
@require_GET
def taste(request: PersonRequest) -> HttpResponse:
    return render(request, "taste/taste.html", {"page": TastePage(request.person)})


@require_POST
def learning(request: PersonRequest, on: bool) -> HttpResponseBase:
    (reactions.resume if on else reactions.pause)(_person(request))
    return redirect("taste")


@require_POST
def forget_hour(request: PersonRequest) -> HttpResponseBase:
    count = reactions.forget_since(_person(request), timezone.now() - reactions.LAST_HOUR)
    told = ngettext(
        "Forgotten: {count} reaction of the last hour.", "Forgotten: {count} reactions of the last hour.", count
    )
    messages.success(request, told.format(count=count))
    return redirect("taste")


@require_POST
def forget(request: PersonRequest) -> HttpResponseBase:
    reactions.forget_all(_person(request))
    messages.success(request, _("Everything that was learned is forgotten."))
    return redirect("taste")
