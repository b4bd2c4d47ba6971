"""The pages. Each view fetches through the owner, calls one verb and answers with a page, a fragment or a redirect."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_POST

from accounts.guests import PersonRequest, ensure_person
from accounts.models import User
from accounts.throttling import costly
from agents.conversations import conversations, exposures, quotas, revisions, scopes, turns
from agents.conversations.conversations import own
from agents.conversations.forms import SAMPLES, ArrangeForm, SteerForm, TitleForm, TrackForm, WishForm
from agents.conversations.page import ConversationPage
from agents.conversations.track_rows import bars_of
from agents.conversations.uploads import refuse_large
from agents.models import Conversation, Mode, Together, Turn
from core.errors import NotFound
from core.http import wants_json
from feedback.taste import taste_settings
from feedback.taste.forms import SteeringForm
from recommender.library.media_views import picture_response
from recommender.library.photos import store_picture
from recommender.mapping import MOST_PHOTOS
from recommender.perception.images.decode import ACCEPTED

View = Callable[..., HttpResponseBase]

FRAGMENTS = {
    "seen": "conversations/seen.html",
    "list": "conversations/list_update.html",
    "timeline": "conversations/timeline.html",
    "chat": "conversations/chat.html",
    "people": "sessions/people.html",
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


# --- reading


def _recent(person: User | None, most: int) -> QuerySet[Conversation]:
    return Conversation.objects.visible_to(person).select_related("picture")[:most]


@require_GET
def home(request: PersonRequest) -> HttpResponse:
    context = {
        "samples": SAMPLES,
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
    return render(request, "conversations/lists.html", {"conversations": _recent(request.person, 200)})


@never_cache
@require_GET
def conversation(request: PersonRequest, conversation_id: UUID) -> HttpResponse:
    found = own(request.person, conversation_id)
    page = ConversationPage(found)
    exposures.log(page)
    return render(request, "conversations/conversation.html", {"page": page, "conversation": found})


@never_cache
@require_GET
def fragment(request: PersonRequest, conversation_id: UUID, name: str) -> HttpResponse:
    if name not in FRAGMENTS:
        raise NotFound
    return show(request, own(request.person, conversation_id), name)


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
    number = request.POST.get("take", "")
    revisions.hear_as(found, int(number) if number.isdecimal() and len(number) < 4 else 0)
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
def delete(request: PersonRequest, conversation_id: UUID) -> HttpResponseBase:
    conversations.forget(own(request.person, conversation_id))
    return redirect("lists")


@require_POST
def share(request: PersonRequest, conversation_id: UUID, shared: bool) -> HttpResponseBase:
    found = own(request.person, conversation_id)
    (conversations.share if shared else conversations.unshare)(found)
    return redirect("conversation", found.pk)


def _shared(token: str) -> Conversation:
    found = Conversation.objects.select_related("picture", "head").filter(share_token=token).first()
    if found is None:
        raise NotFound("This link does not work any more.", hint="Ask whoever sent it for a new one.")
    return found


@never_cache
@require_GET
def shared(request: HttpRequest, token: str) -> HttpResponse:
    found = _shared(token)
    return render(
        request, "conversations/shared.html", {"page": ConversationPage(found, shared=True), "conversation": found}
    )


@require_GET
def shared_picture(_request: HttpRequest, token: str, number: int, size: str) -> HttpResponseBase:
    """The shared conversation's photo of that number, from 1."""
    pictures = dict(enumerate(ConversationPage(_shared(token), shared=True).pictures, 1))
    if number not in pictures:
        raise NotFound
    return picture_response(pictures[number], size)
