"""What plays goes on from page to page: each page may load sound and covers from the services that are used."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from core.http import WITH_THEIR_OWN_SCRIPTS
from recommender.library.store_listings import heard_from
from recommender.services.page_sources import page_policy


class PlayerPolicyMiddleware:
    """Names these hosts, and no others, in the content security policy of every page with a player that has not one of
    its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        page = response.get("Content-Type", "").startswith("text/html") and "HX-Request" not in request.headers
        if page and not request.path.startswith(WITH_THEIR_OWN_SCRIPTS):
            with suppress(DatabaseError):  # the page says what is wrong; it plays nothing
                response.headers.setdefault("Content-Security-Policy", page_policy(heard_from()))
        return response
