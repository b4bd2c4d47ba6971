"""What plays goes on from page to page: each page may load sound and covers from the services that are used."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from core.http import POLICY, WITH_THEIR_OWN_SCRIPTS
from recommender.library.store_listings import heard_from
from recommender.services.page_sources import page_policy


class PlayerPolicyMiddleware:
    """Adds these hosts, and no others, to the content security policy of every page, and to the one a view gave it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        page = response.get("Content-Type", "").startswith("text/html") and "HX-Request" not in request.headers
        if page and not request.path.startswith(WITH_THEIR_OWN_SCRIPTS):
            with suppress(DatabaseError):  # the page says what is wrong; it plays nothing
                own = response.get("Content-Security-Policy", POLICY)
                response["Content-Security-Policy"] = page_policy(heard_from(), own)
        return response
