"""Pages and answers in words are sent compressed. What streams (sound, events as they come) is passed on as it is."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

IN_WORDS = ("text/", "application/json", "application/manifest+json", "application/xspf+xml", "image/svg+xml")


class CompressionMiddleware(GZipMiddleware):
    """Django's own, which also varies the length of what it sends (the BREACH attack), for words alone."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming or not response.headers.get("Content-Type", "").startswith(IN_WORDS):
            return response
        return super().process_response(request, response)
