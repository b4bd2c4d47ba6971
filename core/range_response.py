"""One file, or the part of it that a player asks for (RFC 9110, section 14: a single byte range)."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import http_date, parse_http_date_safe

from core.at_once import AtOnce
from core.errors import DylumoError, TooMany
from core.upstream import Incoming

log = logging.getLogger("dylumo.sounds")

SOUND_TYPES = {
    ".aac": "audio/aac",
    ".aif": "audio/aiff",
    ".aiff": "audio/aiff",
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".mp4": "audio/mp4",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
    ".webm": "audio/webm",
    ".wma": "audio/x-ms-wma",
}
"""What may be played, by the file's ending: nothing else is ever sent."""
CHUNK = 64 * 1024
_RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


def file_response(request: HttpRequest, path: Path, content_type: str) -> HttpResponseBase:
    """200 with the whole file, 206 with the range asked for, or 416 when it lies outside; raises OSError."""
    facts = path.stat()
    size, tag = facts.st_size, f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"'
    part = _asked(request, size, tag, int(facts.st_mtime))
    if part is None:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    first, last, partial = part
    content = _read(path, first, last)
    response = StreamingHttpResponse(content, status=206 if partial else 200, content_type=content_type)
    if partial:
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Content-Length"] = str(last - first + 1)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = tag
    response["Last-Modified"] = http_date(facts.st_mtime)
    response["Cache-Control"] = "private, max-age=86400"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    return response


Upstream = Callable[[dict[str, str]], Incoming]
MOST_AT_ONCE, MOST_OF_ONE = 32, 4
"""Sounds of other servers that are passed on at a time, in all and to one person."""
LEAST_RATE, PATIENCE = 4096, 20.0
"""Bytes a second that such a server must send, looked at once it was waited for so many seconds in all."""
LONGEST_SECONDS = 2 * 3600.0
_readers = ThreadPoolExecutor(MOST_AT_ONCE, "streams")  # their own: a slow server must not hold up anything else
PASSED_ON = ("Content-Length", "Content-Range", "ETag", "Last-Modified")


class NotSound(DylumoError):
    code = "not_sound"
    status = 502
    message = "The server sent something that is no sound."
    hint = "Play it there to see what is wrong with it."


class TooManySounds(TooMany):
    code = "too_many_sounds"
    message = "Too many sounds are being played at once."
    hint = "Stop one of them first."


listening = AtOnce(MOST_AT_ONCE, MOST_OF_ONE, TooManySounds)


def passed_on(request: HttpRequest, upstream: Upstream, listener: object = None) -> HttpResponseBase:
    """What another server answers to the range this request asks for, piece by piece and never whole in memory. Only
    the named headers come through. ``listener``: who has only so many at once. Raises NotSound, TooManySounds, and
    what ``upstream`` raises."""
    wanted = {name: request.headers[name] for name in ("Range", "If-Range") if name in request.headers}
    listening.begin(listener)
    try:
        source = upstream({**wanted, "Accept-Encoding": "identity"})
    except BaseException:
        listening.end(listener)
        raise
    source.when_closed(partial(listening.end, listener))
    kind = source.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if source.status_code != 416 and not (kind.startswith("audio/") or kind == "application/ogg"):
        source.close()
        raise NotSound
    content = _Passed(source)
    if request.method != "GET" or source.status_code == 416:
        content.close()
    response = StreamingHttpResponse(content, status=source.status_code, content_type=kind)
    for name in PASSED_ON:
        if name in source.headers:
            response[name] = source.headers[name]
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, max-age=3600"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    return response


class _Passed:
    """The body of an answer that is passed on, until its server proves too slow. No generator: the answer closes it
    when it is done or dropped."""

    def __init__(self, source: Incoming) -> None:
        self.source = source
        self.began, self.waited, self.size = time.monotonic(), 0.0, 0

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        asked = time.monotonic()
        piece = b"" if self._too_slow() else await asyncio.get_running_loop().run_in_executor(_readers, self._piece)
        self.waited += time.monotonic() - asked
        self.size += len(piece)
        if piece:
            return piece
        await asyncio.to_thread(self.close)
        raise StopAsyncIteration

    def _piece(self) -> bytes:
        try:
            return self.source.piece()
        except httpx.HTTPError as error:
            log.info("a sound broke off: %s", type(error).__name__)
            return b""

    def _too_slow(self) -> bool:
        slow = self.waited > PATIENCE and self.size < LEAST_RATE * self.waited
        return slow or time.monotonic() - self.began > LONGEST_SECONDS

    def close(self) -> None:
        self.source.close()


def _asked(request: HttpRequest, size: int, tag: str, changed: int) -> tuple[int, int, bool] | None:
    """First and last byte, and whether that is a part; None when no byte of the range exists.

    A range that is malformed, or made for another version of the file (If-Range), is answered with the whole.
    """
    whole = (0, size - 1, False)
    match = _RANGE.match(request.headers.get("Range", ""))
    if match is None or match.groups() == ("", "") or not _same_version(request, tag, changed):
        return whole
    start, end = match.groups()
    if not start:  # the last so many bytes
        return (max(0, size - int(end)), size - 1, True) if int(end) and size else None
    first, last = int(start), min(int(end), size - 1) if end else size - 1
    if end and int(end) < first:
        return whole
    return (first, last, True) if first < size else None


def _same_version(request: HttpRequest, tag: str, changed: int) -> bool:
    condition = request.headers.get("If-Range")
    return condition is None or condition == tag or parse_http_date_safe(condition) == changed


async def _read(path: Path, first: int, last: int) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        file.seek(first)
        left = last - first + 1
        while left > 0 and (chunk := await asyncio.to_thread(file.read, min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
