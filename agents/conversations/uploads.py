"""How much may be sent, looked at before anything reads the body."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from core.errors import BadInput

FORM_ROOM = 1024 * 1024
"""Bytes a form may hold beside its file."""


class UploadTooLarge(BadInput):
    code = "upload_too_large"
    status = 413
    hint = "Save a smaller copy and try that."


def refuse_large(request: HttpRequest) -> None:
    """Raises UploadTooLarge by the length the body announces."""
    length, limit = int(request.META.get("CONTENT_LENGTH") or 0), settings.UPLOAD_BYTES_LIMIT
    if length > limit + FORM_ROOM:
        told = {"size": round(length / 1024**2), "most": limit // 1024**2}
        raise UploadTooLarge("That is {size} MB; a file may have up to {most} MB.", told=told)
