"""How often one person, and one address, may ask: of the pages and of the API alike; the rates are in the settings.

What costs a worker's time (``costly`` views) is rated lower than other changes, and those lower than reading. A visitor
who is nobody yet is counted by address alone; several people behind one address have ``ADDRESS_SHARE`` times the rate
between them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from redis import RedisError
from rest_framework.request import Request
from rest_framework.throttling import ScopedRateThrottle

from accounts.guests import PersonRequest
from accounts.models import User
from core.errors import TooMany
from core.http import error_response

if TYPE_CHECKING:
    from rest_framework.views import APIView

log = logging.getLogger("dylumo.throttling")

SAFE = ("GET", "HEAD", "OPTIONS")
WINDOW = 60
UNCOUNTED = ("/covers/",)
"""Drawings made from their own address; a page has dozens, and browsers keep them."""

V = TypeVar("V", bound=Callable[..., Any])


def costly(view: V) -> V:
    """Mark a view whose POST costs a worker's time."""
    view.throttle_scope = "ask"  # type: ignore[attr-defined]
    return view


def guessing(view: V) -> V:
    """Mark a view whose POST may guess at a secret."""
    view.throttle_scope = "guess"  # type: ignore[attr-defined]
    return view


class PersonThrottle(ScopedRateThrottle):
    """Counts by the view's ``throttle_scope``. While the cache is away nobody is counted, and everybody served."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        try:
            return bool(super().allow_request(request, view))
        except (RedisError, OSError) as error:
            log.warning("not counting requests: %s", type(error).__name__)
            return True


class ThrottleMiddleware:
    """Counts pages by person and address; of the API, whose own throttle knows its people, the address only."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        if request.path.startswith(UNCOUNTED):
            return None
        scope = "read" if request.method in SAFE else getattr(view, "throttle_scope", "change")
        if allowed(request, scope):
            return None
        response = error_response(request, TooMany())
        response["Retry-After"] = str(_left())
        return response


def allowed(request: HttpRequest, scope: str) -> bool:
    """Count one more of these by person and address. ``scope``: a name of ``settings.RATES``."""
    most, address = settings.RATES[scope], request.META.get("REMOTE_ADDR", "")
    counted = [(f"address:{address}", most * settings.ADDRESS_SHARE)]
    if not request.path.startswith("/api/"):
        person = cast(PersonRequest, request).person
        counted.append((f"person:{person.pk}" if person else f"nobody:{address}", most))
    return all(allowed_for(f"{scope}:{who}", rate) for who, rate in counted)


def mind_rate(person: User, scope: str) -> None:
    """Count one more of these by a person who came neither by a page nor by the API. Raises TooMany."""
    if not allowed_for(f"{scope}:person:{person.pk}", settings.RATES[scope]):
        raise TooMany(hint="Wait {seconds} seconds and try again.", told={"seconds": _left()})


def _left() -> int:
    """Seconds until counting begins anew."""
    return WINDOW - int(time.time()) % WINDOW


def allowed_for(who: str, most: int) -> bool:
    """Count one more in this minute. While the cache is away nobody is counted, and everybody served."""
    key = f"throttle:{who}:{int(time.time()) // WINDOW}"
    try:
        cache.add(key, 0, timeout=2 * WINDOW)
        return cache.incr(key) <= most
    except ValueError:
        return True  # the minute ended between the two
    except (RedisError, OSError) as error:
        log.warning("not counting requests: %s", type(error).__name__)
        return True
