"""Turns an expected error into an answer the asker can use: JSON for programs, a page for people."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from dylumo_site.errors import DylumoError

log = logging.getLogger("dylumo.errors")


def wants_json(request: HttpRequest) -> bool:
    """A fetch from our own page or a program, rather than a person following a link."""
    return "application/json" in request.headers.get("Accept", "") or request.path.startswith("/api/")


class ErrorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, DylumoError):
            return None
        log.info("%s %s -> %s", request.method, request.path, error.code, exc_info=error.__cause__)
        if wants_json(request):
            return JsonResponse({"error": error.as_json()}, status=error.status)
        return render(request, "error.html", {"error": error}, status=error.status)
