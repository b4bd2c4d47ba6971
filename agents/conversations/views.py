"""The pages. Each view fetches through the owner, calls one verb and answers with a page, a fragment or a redirect."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_POST

from accounts.guests import PersonRequest, ensure_person
from accounts.models import User
from accounts.throttling import costly
from agents.conversations import (
    conversations,
    exposures,
    quotas,
    refreshes,
    resolving,
    revisions,
    scopes,
    sharing,
    showcase,
    turns,
)
from agents.conversations.conversations import own
from agents.conversations.forms import (
    ArrangeForm,
    ChosenForm,
    RefreshForm,
    ShareForm,
    SteerForm,
    TitleForm,
    TrackForm,
    WishForm,
)
from agents.conversations.page import ConversationPage
from agents.conversations.row_parts import row_part
from agents.conversations.track_rows import bars_of
from agents.conversations.uploads import refuse_large
from agents.models import Collection, Conversation, Mode, Together, Turn
from core.errors import DylumoError, NotFound
from core.http import wants_json
from feedback.taste import taste_settings
from feedback.taste.forms import SteeringForm
from recommender.library.photos import store_picture
from recommender.mapping import MOST_PHOTOS
from recommender.perception.images.decode import ACCEPTED

TILES = 60
"""Lists on one page of the gallery."""
LONGEST_QUERY = 100

View = Callable[..., HttpResponseBase]

FRAGMENTS = {
    "seen": "conversations/seen.html",
    "list": "conversations/list_update.html",
    "timeline": "conversations/timeline.html",
    "chat": "conversations/chat.html",
    "people": "sessions/people.html",
    **{name: f"conversations/part_{name}.html" for name in ("sharing", "managing", "steps", "steering")},
}


def upload_limited(view: View) -> View:
    """Refuses a body by its announced length, before anything (the CSRF check too) parses it."""

    @csrf_exempt
    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        refuse_large(request)
        answer: HttpResponseBase = csrf_protect(view)(request, *args, **kwargs)
        return answer

    return checked


def answer(request: HttpRequest, conversation: Conversation, fragment: str) -> HttpResponseBase:
    """After a change: the fragment for the page's own requests, else back to the page."""
    if request.headers.get("HX-Request"):
        return show(request, own(conversation.owner, conversation.pk), fragment)
    return redirect("conversation", conversation.pk)


def show(request: HttpRequest, conversation: Conversation, fragment: str) -> HttpResponse:
    page = ConversationPage(conversation)
    if fragment == "list":
        exposures.log(page)
    return render(request, FRAGMENTS[fragment], {"page": page, "conversation": conversation})


def _number(text: str) -> int:
    """What was asked for by number; 0 for anything that is none."""
    return int(text) if text.isdecimal() and len(text) < 4 else 0


# --- reading


def _recent(person: User | None, most: int) -> QuerySet[Conversation]:
    return Conversation.objects.visible_to(person).select_related("picture")[:most]


@require_GET
def home(request: PersonRequest) -> HttpResponse:
    context = {
        "samples": showcase.SAMPLES,
        "showcase": showcase.showcase(request.GET.get("sample", ""), _number(request.GET.get("take", ""))),
        "accepted": ACCEPTED,
        "megabytes": settings.UPLOAD_BYTES_LIMIT // 1024**2,
        "most_photos": MOST_PHOTOS,
        "ways": Together.choices,
        "recent": _recent(request.person, 4),
    }
    if within := request.GET.get("within", ""):
        mode = request.GET.get("mode", Mode.ONLY)
        context |= {
            "within": scopes.own_playlist(request.person, within),
            "mode": Mode(mode) if mode in Mode.values else Mode.ONLY,
        }
    return render(request, "conversations/home.html", context)


@require_GET
def lists(request: PersonRequest) -> HttpResponse:
    return gallery(request)


def gallery(request: PersonRequest, collection: Collection | None = None) -> HttpResponse:
    """One's lists, all or those of a collection, the latest first; those with some words in them when ``q`` asks for
    that."""
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    found = Conversation.objects.visible_to(request.person).mentioning(query).select_related("picture")
    if collection:
        found = found.filter(collected__collection=collection)
    context = {
        "conversations": Paginator(found, TILES).get_page(request.GET.get("page")),
        "query": query,
        "collection": collection,
        "collections": Collection.objects.visible_to(request.person).annotate(lists=Count("entries")),
    }
    return render(request, "conversations/lists.html", context)


@never_cache
@require_GET
def conversation(request: PersonRequest, conversation_id: UUID) -> HttpResponse:
    found = own(request.person, conversation_id)
    page = ConversationPage(found, opened=request.GET.get("open"))
    exposures.log(page)
    resolving.ask_for(found, found.head)
    return render(request, "conversations/conversation.html", {"page": page, "conversation": found})


@never_cache
@require_GET
def fragment(request: PersonRequest, conversation_id: UUID, name: str) -> HttpResponse:
    if name not in FRAGMENTS:
        raise NotFound
    return show(request, own(request.person, conversation_id), name)


@never_cache
@require_GET
def part(request: PersonRequest, conversation_id: UUID, track_id: int, part: str) -> HttpResponse:
    return row_part(request, ConversationPage(own(request.person, conversation_id)), track_id, part)


@never_cache
@require_GET
def fit(request: PersonRequest, conversation_id: UUID, track_id: int) -> HttpResponse:
    """How well one track fits the photo."""
    conversation = own(request.person, conversation_id)
    found = conversations.fit(conversation, track_id)
    template = "conversations/track_fit.html" if request.headers.get("HX-Request") else "conversations/fit.html"
    return render(request, template, {"fit": found, "bars": bars_of(found), "conversation": conversation})


# --- asking


@costly
@require_POST
@upload_limited
def start(request: PersonRequest) -> HttpResponseBase:
    form = WishForm(request.POST, request.FILES)
    turn = _ask(form, ensure_person(request), None)
    url = reverse("conversation", args=[turn.conversation_id])
    return JsonResponse({"url": url}, status=201) if wants_json(request) else redirect(url)


class NotFromHere(DylumoError):
    code = "not_from_here"
    status = 403
    message = "Another site tried to send a photo in your name."
    hint = "Nothing was kept. Drop the photo on the first page instead."


@costly
@csrf_exempt
def share_target(request: PersonRequest) -> HttpResponseBase:
    """A photo from a phone's share sheet. That form carries no token of ours, so the browser's word is taken that it
    was the person who sent it and no other site. Raises NotFromHere."""
    if request.method != "POST":
        return redirect("home")
    if request.headers.get("Sec-Fetch-Site") not in ("none", "same-origin"):
        raise NotFromHere
    refuse_large(request)
    turn = _ask(WishForm(request.POST, request.FILES), ensure_person(request), None)
    return redirect("conversation", turn.conversation_id)


@costly
@require_POST
@upload_limited
def say(request: PersonRequest, conversation_id: UUID) -> HttpResponseBase:
    found = own(request.person, conversation_id)
    _ask(WishForm(request.POST, request.FILES), found.owner, found)
    return answer(request, found, "chat")


def _ask(form: WishForm, person: User, conversation: Conversation | None) -> Turn:
    form.data_or_error()
    photos = form.photos()
    if len(photos) > MOST_PHOTOS:
        raise turns.TooManyPictures
    within, song = form.cleaned_data["within"], form.song()
    quotas.mind_room(person, sum(len(data) for data, _ in photos) + (len(song[1]) if song else 0))
    return turns.start(
        person,
        pictures=[store_picture(person, *photo) for photo in photos],
        together=form.cleaned_data["together"] or Together.AVERAGE,
        text=form.words(),
        sound=song,
        conversation=conversation,
        within=scopes.own_playlist(person, within) if within else None,
        mode=form.cleaned_data["mode"] or Mode.ONLY,
    )


# --- changing


@require_POST
def adjust(request: PersonRequest, conversation_id: UUID) -> HttpResponseBase:
    found = own(request.person, conversation_id)
    page = ConversationPage(found)
    if "reset" in request.POST and page.unsteered:
        valence, arousal = page.unsteered
        revisions.adjust(found, valence=valence, arousal=arousal, off=set())
    else:
        form = SteerForm(request.POST)
        form.data_or_error()
        offered = {chip.key for _, chips in page.chips for chip in chips}
        off = offered - set(request.POST.getlist("on"))
        revisions.adjust(
            found,
            valence=form.moved("valence"),
            arousal=form.moved("arousal"),
            off=off,
            moment=[form.cleaned_data["moment"]],
        )
    return answer(request, found, "list")


@require_POST
def take(request: PersonRequest, conversation_id: UUID) -> HttpResponseBase:
    """Hear the same photo another way."""
    found = own(request.person, conversation_id)
    revisions.hear_as(found, _number(request.POST.get("take", "")))
    return answer(request, found, "list")


@require_POST
def let_go(request: PersonRequest, conversation_id: UUID) -> HttpResponseBase:
    """Take a limit off."""
    found = own(request.person, conversation_id)
    revisions.let_go(found, request.POST.get("limit", ""))
    return answer(request, found, "list")


@require_POST
def clock(request: PersonRequest, conversation_id: UUID) -> HttpResponseBase:
    """Let the person's clock count, in this list and from now on, or leave it out."""
    found = own(request.person, conversation_id)
    revisions.by_the_clock(found, request.POST.get("clock") == "on")
    return redirect("conversation", found.pk)


@require_POST
def arrange(request: PersonRequest, conversation_id: UUID) -> HttpResponseBase:
    found = own(request.person, conversation_id)
    form = ArrangeForm(request.POST)
    form.data_or_error()
    shown = list(found.head.items.values_list("track_id", flat=True)) if found.head else []
    revisions.arrange(found, form.arranged(shown))
    return answer(request, found, "list")


@require_POST
def swap(request: PersonRequest, conversation_id: UUID) -> HttpResponseBase:
    found = own(request.person, conversation_id)
    revisions.swap(found, TrackForm(request.POST).data_or_error()["track"])
    return answer(request, found, "list")


@require_POST
def only_what_plays(request: PersonRequest, conversation_id: UUID) -> HttpResponseBase:
    found = own(request.person, conversation_id)
    revisions.only_what_plays(found)
    return answer(request, found, "list")


@require_POST
def rank_again(request: PersonRequest, conversation_id: UUID) -> HttpResponseBase:
    found = own(request.person, conversation_id)
    revisions.rank_again(found)
    return answer(request, found, "list")


@require_POST
def dial(request: PersonRequest, conversation_id: UUID) -> HttpResponseBase:
    """Weigh picture against taste, familiar against new, and rank again by it."""
    found, form = own(request.person, conversation_id), SteeringForm(request.POST)
    form.data_or_error()
    taste_settings.steer(found.owner, **form.shares())
    revisions.rank_again(found)
    return answer(request, found, "list")


@require_POST
def step(request: PersonRequest, conversation_id: UUID, way: str) -> HttpResponseBase:
    found = own(request.person, conversation_id)
    (revisions.undo if way == "undo" else revisions.redo)(found)
    return answer(request, found, "list")


def _last_turn(conversation: Conversation) -> Turn:
    if turn := conversation.turns.order_by("-number").first():
        return turn
    raise NotFound


@require_POST
def cancel(request: PersonRequest, conversation_id: UUID) -> HttpResponseBase:
    found = own(request.person, conversation_id)
    turns.cancel(_last_turn(found))
    return answer(request, found, "timeline")


@costly
@require_POST
def retry(request: PersonRequest, conversation_id: UUID) -> HttpResponseBase:
    found = own(request.person, conversation_id)
    turns.retry(_last_turn(found))
    return answer(request, found, "timeline")


# --- keeping


@require_POST
def rename(request: PersonRequest, conversation_id: UUID) -> HttpResponseBase:
    found = own(request.person, conversation_id)
    conversations.rename(found, TitleForm(request.POST).data_or_error()["title"])
    return redirect("conversation", found.pk)


@require_POST
def refresh(request: PersonRequest, conversation_id: UUID) -> HttpResponseBase:
    """New songs on a day of the week from now on, or no more."""
    found, asked = own(request.person, conversation_id), RefreshForm(request.POST).data_or_error()
    if asked["weekday"] is None:
        refreshes.take_off(found)
        messages.success(request, _("No new songs come by themselves any more."))
    else:
        planned = refreshes.plan(found, **asked)
        told = _("{often} new songs come here, first on {day}.")
        messages.success(request, told.format(often=planned, day=refreshes.day_of(planned)))
    return redirect("conversation", found.pk)


@require_POST
def delete(request: PersonRequest, conversation_id: UUID) -> HttpResponseBase:
    conversations.forget(own(request.person, conversation_id))
    return redirect("lists")


@require_POST
def delete_lists(request: PersonRequest) -> HttpResponseBase:
    """Those that were chosen; one at work stays, and that is said."""
    chosen = ChosenForm(request.POST).data_or_error()["list"]
    gone, at_work = conversations.forget_all(Conversation.objects.visible_to(request.person).filter(pk__in=chosen))
    if gone:
        told = ngettext(
            "{count} list deleted, with what was said there.", "{count} lists deleted, with what was said there.", gone
        )
        messages.success(request, told.format(count=gone))
    if at_work:
        told = _("{count} stayed: Dylumo is still at work there. Cancel that on the list’s own page, or wait.")
        messages.error(request, told.format(count=at_work))
    return redirect("lists")


@require_POST
def share(request: PersonRequest, conversation_id: UUID) -> HttpResponseBase:
    """Make the read-only link, or say anew for how long it works and what it asks for."""
    found = own(request.person, conversation_id)
    sharing.share(found, **ShareForm(request.POST).data_or_error())
    return redirect("conversation", found.pk)


@require_POST
def unshare(request: PersonRequest, conversation_id: UUID) -> HttpResponseBase:
    found = own(request.person, conversation_id)
    sharing.unshare(found)
    return redirect("conversation", found.pk)
