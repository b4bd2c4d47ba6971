"""One file, or the part of it that a player asks for (RFC 9110, section 14: a single byte range)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import http_date, parse_http_date_safe

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
