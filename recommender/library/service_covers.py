"""Covers of songs on a person's own server, passed on as their sound is: the browser never learns where they lie."""

from __future__ import annotations

from django.core.cache import cache
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.guests import PersonRequest
from core.at_once import AtOnce
from core.errors import NotFound, TooMany
from recommender.library.service_streams import streams
from recommender.services import registry
from recommender.services.protocol import NeedsReconnect, RateLimited, ServiceError, Unreachable

PATIENCE = 3.0
"""Seconds: a cover is worth no more, the drawn one is there."""
REST = 60
"""Seconds that a person's server is not asked for covers after it could not be reached."""
KEEP, KEEP_NONE = 24 * 3600, 3600
PICTURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"GIF8": "image/gif"}
"""How a picture begins, by its kind. What begins otherwise is never sent on, whatever its server calls it."""


class TooManyCovers(TooMany):
    code = "too_many_covers"
    message = "Too many covers are being fetched at once."


fetching = AtOnce(64, 24, TooManyCovers)  # a long list asks for all of its covers together


def cover_address(track_id: int, told: tuple[str, str] | None) -> str:
    """Where the page finds the cover of a track that ``streams`` tells of; empty where its service shows none."""
    return reverse("service_cover", args=[track_id]) if told and registry.INFOS[told[0]].can.artwork else ""


@require_safe
def service_cover(request: PersonRequest, track_id: int) -> HttpResponse:
    told = streams(request.person, [track_id]).get(track_id)
    if told is None or request.person is None or not cover_address(track_id, told):
        raise NotFound
    service, external_id = told
    away = f"covers:away:{service}:{request.person.pk}"
    if cache.get(away):
        return _nothing(REST)
    with fetching.one_more(request.person.pk):
        try:
            content = registry.service_for(request.person, service, PATIENCE).artwork(external_id)
        except (Unreachable, RateLimited, NeedsReconnect):
            cache.set(away, 1, REST)
            return _nothing(REST)
        except ServiceError:
            return _nothing(KEEP_NONE)
    kind = _kind(content)
    if not kind:
        return _nothing(KEEP_NONE)
    headers = {"Cache-Control": f"private, max-age={KEEP}", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=kind, headers=headers)


def _kind(content: bytes) -> str:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for begins, kind in PICTURES.items() if content.startswith(begins)), "")


def _nothing(seconds: int) -> HttpResponse:
    """No cover, not asked for again at once: the page shows the drawn one, which lies beneath."""
    return HttpResponse(status=404, headers={"Cache-Control": f"private, max-age={seconds}"})
