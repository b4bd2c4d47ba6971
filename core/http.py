"""Turns an expected error into an answer the asker can use: JSON for programs, a page for people."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import patch_vary_headers

from core import trace
from core.errors import BadInput, DylumoError, expected

log = logging.getLogger("dylumo.errors")
requests = logging.getLogger("dylumo.requests")

SERVER_TROUBLE = 500


def wants_json(request: HttpRequest) -> bool:
    """A fetch from our own page or a program, rather than a person following a link."""
    return "application/json" in request.headers.get("Accept", "") or request.path.startswith("/api/")


POLICY = (
    "default-src 'none'; script-src 'self'; "
    # the one hash is that of an empty style, which htmx leaves on elements it settles
    "style-src 'self' 'unsafe-hashes' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; "
    "img-src 'self' blob:; media-src 'self'; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'"
)
SOUND_FROM_HERE, IMAGES_FROM_HERE = "media-src 'self'", "img-src 'self' blob:"


def policy_with(sound: Iterable[str] = (), images: Iterable[str] = (), base: str = POLICY) -> str:
    """The policy of a page that also plays sound from ``sound`` and shows pictures from ``images``."""
    heard = base.replace(SOUND_FROM_HERE, " ".join([SOUND_FROM_HERE, *sound]))
    return heard.replace(IMAGES_FROM_HERE, " ".join([IMAGES_FROM_HERE, *images]))


WITH_THEIR_OWN_SCRIPTS = ("/admin/", "/api/")
"""Pages of libraries that write scripts and styles into their markup."""
THEIR_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
"""Nothing from elsewhere there either; the admin's Alpine builds functions from its markup."""


def policy(form_targets: Iterable[str]) -> str:
    """The policy of a page whose forms may also lead, by a redirect, to these origins."""
    return " ".join([POLICY, *form_targets])


QUIET = ("/health/", "/metrics", "/static/")
"""Asked all the time, by machines."""


class RequestMiddleware:
    """Gives each request a number, which its answer, its log lines and the work it asks for carry."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began, number = time.monotonic(), trace.new_request()
        with trace.about(request=number, person=""):
            if request.path.startswith(QUIET):
                response = self.get_response(request)
            else:
                with trace.span(request.method or "", first=True) as facts:
                    response = self.get_response(request)
                    facts.update(_told_of(request, response))
                ms = 1000 * (time.monotonic() - began)
                requests.info("%s %s -> %s in %.0f ms", request.method, request.path, response.status_code, ms)
        response["X-Request-ID"] = number
        return response


def _told_of(request: HttpRequest, response: HttpResponse) -> trace.Facts:
    """For a trace: the address as the code writes it, never the one that was asked for, which may let somebody in."""
    route = request.resolver_match.route if request.resolver_match else ""
    return {"http.route": f"/{route}", "http.response.status_code": response.status_code}


class PolicyMiddleware:
    """Tells the browser that our pages load nothing from elsewhere and run no script written into the page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        theirs = request.path.startswith(WITH_THEIR_OWN_SCRIPTS)
        response.headers.setdefault("Content-Security-Policy", THEIR_POLICY if theirs else POLICY)
        if getattr(request, "person", None) and response.get("Content-Type", "").startswith("text/html"):
            # It stays in no cache of the browser, which others may use later; the service worker keeps lists by viewer.
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


IN_ENGLISH = ("/admin/", "/api/")
"""What only staff and programs read: its sentences are looked for by what they say."""


class LanguageMiddleware(LocaleMiddleware):
    """The language of a page: the one chosen at its foot (a cookie), else the browser's, else English."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if request.path_info.startswith(IN_ENGLISH):
            translation.activate(settings.LANGUAGE_CODE)
            request.LANGUAGE_CODE = settings.LANGUAGE_CODE

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not request.path_info.startswith(IN_ENGLISH):
            patch_vary_headers(response, ("Cookie",))
            super().process_response(request, response)
        return response


class PlainAddressMiddleware:
    """Refuses addresses with a zero byte, which no link here has and no database takes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return error_response(request, BadInput("This address holds a character that no address has."))
        return self.get_response(request)


def error_response(request: HttpRequest, error: DylumoError) -> HttpResponse:
    if wants_json(request):
        return JsonResponse({"error": error.spoken()}, status=error.status)
    return render(request, "errors/error.html", {"error": error.spoken()}, status=error.status)


def server_trouble(request: HttpRequest) -> HttpResponse:
    """The answer while an error is handled that nobody else answered, such as one in a middleware or in the page of an
    error. Nothing is looked up for it: the database may be what is missing."""
    caught = sys.exception()
    error = (isinstance(caught, Exception) and expected(caught)) or DylumoError(
        hint="It has been written down. Try again in a moment."
    )
    if wants_json(request):
        return JsonResponse({"error": error.spoken()}, status=error.status)
    return HttpResponse(render_to_string("500.html", {"error": error.spoken()}), status=error.status)


class ErrorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        said = expected(error)
        if said is None:
            return None
        if said.status >= SERVER_TROUBLE:
            log.error("%s -> %s", request.method, said.code, exc_info=error)
        else:
            log.info("%s -> %s", request.method, said.code, exc_info=error.__cause__)
        return error_response(request, said)
