"""Shared lists: the read-only page, its pictures, what links to it turn into elsewhere (cards, embeds, oEmbed)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from urllib.parse import urlsplit
from uuid import UUID

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_GET

from accounts.guests import PersonRequest
from agents.conversations import resolving
from agents.conversations.conversations import own
from agents.conversations.page import ConversationPage
from agents.conversations.showcase import is_sample
from agents.models import Conversation
from core.errors import NotFound
from core.http import POLICY
from recommender.library.media_views import picture_response
from recommender.playlists import cards
from recommender.playlists.export_files import saved_as

CARD_SECONDS = 3600
EMBED_SIZE = (480, 540)
"""Width and height that an embedded list asks for, pixels."""


def _shared(token: str) -> Conversation:
    found = Conversation.objects.select_related("picture", "head", "owner").filter(share_token=token).first()
    if found is None:
        raise NotFound("This link does not work any more.", hint="Ask whoever sent it for a new one.")
    return found


def _shown(request: HttpRequest, token: str, template: str) -> HttpResponse:
    found = _shared(token)
    resolving.ask_for(found, found.head)
    context = {"page": ConversationPage(found, shared=True), "conversation": found, "is_sample": is_sample(found)}
    return render(request, template, context)


@never_cache
@require_GET
def shared(request: HttpRequest, token: str) -> HttpResponse:
    return _shown(request, token, "conversations/shared.html")


@require_GET
def shared_picture(_request: HttpRequest, token: str, number: int, size: str) -> HttpResponseBase:
    """The shared conversation's photo of that number, from 1."""
    pictures = dict(enumerate(ConversationPage(_shared(token), shared=True).pictures, 1))
    if number not in pictures:
        raise NotFound
    return picture_response(pictures[number], size)


@never_cache
@xframe_options_exempt
@require_GET
def embed(request: HttpRequest, token: str) -> HttpResponse:
    """The list for a frame on any page: nothing on it can be changed, and it knows nobody."""
    response = _shown(request, token, "conversations/embed.html")
    response["Content-Security-Policy"] = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
    return response


@require_GET
def oembed(request: HttpRequest) -> JsonResponse:
    """https://oembed.com: how a page that was given a shared list's address shows it."""
    if request.GET.get("format", "json") != "json":
        return JsonResponse({"error": "Only json is spoken here."}, status=501)
    found = _shared(_token_of(request.GET.get("url", "")))
    address = request.build_absolute_uri(reverse("embed", args=[found.share_token]))
    width, height = (
        _at_most(request.GET.get(f"max{side}", ""), most)
        for side, most in zip(("width", "height"), EMBED_SIZE, strict=True)
    )
    title = found.title or _("A list by Dylumo")
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
def shared_preview(_request: HttpRequest, token: str) -> HttpResponse:
    """What the link turns into in a chat."""
    return HttpResponse(_card(_shared(token), cards.preview), content_type="image/jpeg")


@require_GET
def shared_story(_request: HttpRequest, token: str) -> HttpResponse:
    return _story(_shared(token))


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
    facts = f"{get_language()}:{draw.__name__}:{conversation.title}:{page.picture and page.picture.pk}:{songs}"
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
            conversation.title or _(cards.UNTITLED),
            songs,
            photo,
            [(colour.hex, colour.width / 100) for colour in page.palette],
        )
    )
    cache.set(key, drawn, CARD_SECONDS)
    return drawn
