"""Shared lists: the read-only page, its pictures, what links to it turn into elsewhere (cards, embeds, oEmbed)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from accounts.guests import PersonRequest
from accounts.throttling import guessing
from agents.conversations import resolving, sharing
from agents.conversations.conversations import own
from agents.conversations.forms import PasswordForm
from agents.conversations.page import ConversationPage
from agents.conversations.row_parts import row_part
from agents.conversations.sharing import LinkEnded, LinkLocked, WrongPassword
from agents.conversations.showcase import is_sample
from agents.models import Conversation
from core.errors import DylumoError, NotFound
from core.http import POLICY
from recommender.library.media_views import picture_response
from recommender.playlists import cards
from recommender.playlists.export_files import saved_as

CARD_SECONDS = 3600
EMBED_SIZE = (480, 540)
"""Width and height that an embedded list asks for, pixels."""


R = TypeVar("R", bound=HttpResponseBase)


def _for_this_session(response: R, conversation: Conversation) -> R:
    """What a password was given for is kept by no cache, and not by the service worker either."""
    if conversation.share_password:
        response["Cache-Control"] = "private, no-store"
        response["Dylumo-Keep"] = "no"
    return response


def _shown(request: HttpRequest, token: str, template: str, opened: str | None) -> HttpResponse:
    found = sharing.opened(token, request.session)
    resolving.ask_for(found, found.head)
    page = ConversationPage(found, shared=True, opened=opened)
    context = {"page": page, "conversation": found, "is_sample": is_sample(found)}
    return _for_this_session(render(request, template, context), found)


@never_cache
@require_GET
def shared(request: HttpRequest, token: str) -> HttpResponse:
    try:
        return _shown(request, token, "conversations/shared.html", request.GET.get("open"))
    except LinkLocked as locked:
        return _locked(request, token, locked)


def _locked(request: HttpRequest, token: str, told: DylumoError) -> HttpResponse:
    return render(request, "conversations/locked.html", {"token": token, "error": told}, status=told.status)


@never_cache
@require_GET
def shared_part(request: HttpRequest, token: str, track_id: int, part: str) -> HttpResponse:
    found = sharing.opened(token, request.session)
    return _for_this_session(row_part(request, ConversationPage(found, shared=True), track_id, part), found)


@guessing
@sensitive_post_parameters("password")
@never_cache
@require_POST
def unlock(request: HttpRequest, token: str) -> HttpResponse:
    try:
        sharing.unlock(token, request.session, PasswordForm(request.POST).data_or_error()["password"])
    except WrongPassword as wrong:
        return _locked(request, token, wrong)
    return redirect("shared", token)


@require_GET
def shared_picture(request: HttpRequest, token: str, number: int, size: str) -> HttpResponseBase:
    """The shared conversation's photo of that number, from 1."""
    found = sharing.opened(token, request.session)
    pictures = dict(enumerate(ConversationPage(found, shared=True).pictures, 1))
    if number not in pictures:
        raise NotFound
    return _for_this_session(picture_response(pictures[number], size), found)


@never_cache
@xframe_options_exempt
@require_GET
def embed(request: HttpRequest, token: str) -> HttpResponse:
    """The list for a frame on any page: nothing on it can be changed, and it knows nobody. A browser sends a frame on
    another site no session, so a locked list leads to its own page."""
    try:
        response = _shown(request, token, "conversations/embed.html", opened="")
    except (LinkLocked, LinkEnded) as told:
        context = {"token": token, "error": told, "locked": isinstance(told, LinkLocked)}
        response = render(request, "conversations/embed_closed.html", context, status=told.status)
    response["Content-Security-Policy"] = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
    return response


@require_GET
def oembed(request: HttpRequest) -> JsonResponse:
    """https://oembed.com: how a page that was given a shared list's address shows it."""
    if request.GET.get("format", "json") != "json":
        return JsonResponse({"error": "Only json is spoken here."}, status=501)
    found = sharing.linked(_token_of(request.GET.get("url", "")))
    if found.share_password:
        return JsonResponse({"error": LinkLocked().as_json()}, status=401)  # what oEmbed says of what is private
    address = request.build_absolute_uri(reverse("embed", args=[found.share_token]))
    width, height = (
        _at_most(request.GET.get(f"max{side}", ""), most)
        for side, most in zip(("width", "height"), EMBED_SIZE, strict=True)
    )
    title = found.called or _("A list by Dylumo")
    name = _(cards.UNTITLED)
    html = f'<iframe src="{address}" width="{width}" height="{height}" title="{name}" loading="lazy"></iframe>'
    picture = request.build_absolute_uri(reverse("shared_preview", args=[found.share_token]))
    told = {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "provider_name": "Dylumo",
        "provider_url": request.build_absolute_uri("/"),
        "html": html,
        "width": width,
        "height": height,
        "thumbnail_url": picture,
        "thumbnail_width": cards.PREVIEW[0],
        "thumbnail_height": cards.PREVIEW[1],
    }
    return JsonResponse(told, headers={"Access-Control-Allow-Origin": "*"})


def _at_most(asked: str, most: int) -> int:
    return min(most, int(asked)) if asked.isascii() and asked.isdecimal() and len(asked) < 6 else most


def _token_of(url: str) -> str:
    try:
        found = resolve(urlsplit(url).path)
    except (Resolver404, ValueError) as error:
        raise NotFound from error
    if found.url_name not in ("shared", "embed"):
        raise NotFound
    return str(found.kwargs["token"])


# --- cards


@require_GET
def shared_preview(request: HttpRequest, token: str) -> HttpResponse:
    """What the link turns into in a chat."""
    found = sharing.opened(token, request.session)
    return _for_this_session(HttpResponse(_card(found, cards.preview), content_type="image/jpeg"), found)


@require_GET
def shared_story(request: HttpRequest, token: str) -> HttpResponse:
    found = sharing.opened(token, request.session)
    return _for_this_session(_story(found), found)


@require_GET
def story(request: PersonRequest, conversation_id: UUID) -> HttpResponse:
    """The person's own list as a picture to save or to share."""
    return _story(own(request.person, conversation_id))


def _story(conversation: Conversation) -> HttpResponse:
    response = HttpResponse(_card(conversation, cards.story), content_type="image/png")
    response["Content-Disposition"] = saved_as(conversation.title, "png", attachment=False)
    response["Cache-Control"] = "private, no-cache"
    return response


def _card(conversation: Conversation, draw: Callable[[cards.Card], bytes]) -> bytes:
    """Drawn once for what it names. Raises NotFound where there is no list yet."""
    if conversation.head is None:
        raise NotFound
    page = ConversationPage(conversation, shared=True)
    items = conversation.head.items.select_related("track").order_by("position")
    songs = [cards.Song(item.track.title, item.track.artist) for item in items]
    facts = f"{get_language()}:{draw.__name__}:{conversation.called}:{page.picture and page.picture.pk}:{songs}"
    key = f"card:{hashlib.sha256(facts.encode()).hexdigest()}"
    if (known := cache.get(key)) is not None:
        return bytes(known)
    photo = None
    if page.picture:
        try:
            with page.picture.file.open("rb") as stored:
                photo = stored.read()
        except OSError as error:
            raise NotFound("This photo has been deleted.") from error
    drawn = draw(
        cards.Card(
            conversation.called or _(cards.UNTITLED),
            songs,
            photo,
            [(colour.hex, colour.width / 100) for colour in page.palette],
        )
    )
    cache.set(key, drawn, CARD_SECONDS)
    return drawn
