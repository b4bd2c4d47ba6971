"""The pages of one's own account that allauth does not have: take everything along, delete everything, API tokens."""

from __future__ import annotations

from typing import cast

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import api_tokens, privacy, staff_access
from accounts.forms import TokenForm
from accounts.guests import SESSION_KEY, PersonRequest
from accounts.models import ApiToken, User
from accounts.owned_data import rows_of
from accounts.throttling import costly
from core.errors import NotFound

KEPT_IN_WORDS = {
    "pictures": (
        later("One photo, without its place, time and camera"),
        later("{} photos, without their places, times and cameras"),
    ),
    "conversations": (later("One list, with what you said there"), later("{} lists, with what you said there")),
    "playlists": (
        later("One version of a list, so that undo works"),
        later("{} versions of lists, so that undo works"),
    ),
    "reactions": (later("One like, skip or play"), later("{} likes, skips and plays")),
    "take choices": (
        later("One choice between ways to hear a photo"),
        later("{} choices between ways to hear a photo"),
    ),
    "list ratings": (later("One rating of a list"), later("{} ratings of lists")),
    "connected services": (later("One connected music service"), later("{} connected music services")),
    "user sessions": (later("One browser you are signed in with"), later("{} browsers you are signed in with")),
    "email addresses": (later("Your e-mail address"), later("{} e-mail addresses")),
}
"""Kinds of rows by their plural, and what people call one and many of them; the rest hangs on these."""


def _person(request: HttpRequest) -> User:
    person = cast(PersonRequest, request).person
    if person is None:
        raise NotFound("Nothing of yours is kept here yet.", hint="Drop a photo on the first page to begin.")
    return person


@never_cache
@require_GET
def my_data(request: HttpRequest) -> HttpResponse:
    """What is kept, in counts, with the two buttons."""
    person = _person(request)
    counts = {
        model._meta.verbose_name_plural: len(rows) for model, rows in rows_of(person).items() if model is not User
    }
    kept = [_counted(counts[name], *words) for name, words in KEPT_IN_WORDS.items() if counts.get(name)]
    return render(request, "accounts/my_data.html", {"person": person, "counts": counts, "kept": kept})


def _counted(count: int, one: str, more: str) -> str:
    return _(one) if count == 1 else _(more).format(count)


@costly
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(privacy.export(_person(request)), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="dylumo-{timezone.now():%Y-%m-%d}.zip"'
    return response


@require_POST
def research(request: HttpRequest) -> HttpResponse:
    """Give or withdraw the consent to research."""
    given = request.POST.get("consent") == "yes"
    staff_access.consent_to_research(_person(request), given)
    messages.success(request, _("Thank you: noted.") if given else _("Withdrawn: you are in no later export."))
    return redirect("my_data")


def forget(request: HttpRequest) -> HttpResponseBase:
    """Delete everything. Somebody with an account shows that it is theirs first."""
    if _person(request).is_guest:
        return _forget(request)
    guarded: HttpResponseBase = reauthentication_required(_forget)(request)
    return guarded


def _forget(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "accounts/forget.html", {"person": _person(request)})
    person = _person(request)
    request.session.pop(SESSION_KEY, None)
    logout(request)
    privacy.forget(person)
    messages.success(request, _("Everything Dylumo kept of you is deleted."))
    return redirect("/")


@never_cache
@login_required
@reauthentication_required(allow_get=True)
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """One's API tokens; POST makes one and shows its secret, this once."""
    owner = cast(User, request.user)
    form, secret = TokenForm(request.POST or None), None
    if form.is_valid():
        secret = api_tokens.make(owner, **form.cleaned_data)[1]
        form = TokenForm()
    context = {"tokens": ApiToken.objects.filter(owner=owner), "form": form, "secret": secret}
    return render(request, "accounts/tokens.html", context)


@login_required
@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    api_tokens.revoke(cast(User, request.user), token_id)
    messages.success(request, _("That token opens nothing any more."))
    return redirect("api_tokens")
