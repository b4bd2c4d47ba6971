"""No request's body is larger than the largest upload, whatever its address: looked at before anything is kept of it.

Django itself reads a body to its end, onto the disk, before it looks at the address; and a body sent in chunks
announces no length.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.conf import settings

from agents.conversations.uploads import FORM_ROOM, UploadTooLarge
from core.errors import DylumoError, expected

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class _Enough(Exception):
    """More has come than may."""


class BodyLimit:
    """An ASGI application around another one: answers 413 as soon as a body is too large."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        most, came, answered = settings.UPLOAD_BYTES_LIMIT + FORM_ROOM, 0, False

        async def counted() -> Message:
            nonlocal came
            message = await receive()
            came += len(message.get("body", b""))
            if came > most:
                raise _Enough
            return message

        async def noted(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            if _announced(scope) > most:
                raise _Enough
            await self.app(scope, counted, noted)
        except _Enough:
            if not answered:
                await _answer(scope, send, _too_large())
        except OSError as error:  # Django keeps bodies on the disk while it reads them
            full = expected(error)
            if full is None or answered:
                raise
            await _answer(scope, send, full)


def _announced(scope: Scope) -> int:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    return int(lengths[0]) if lengths and lengths[0].isdigit() else 0


def _too_large() -> UploadTooLarge:
    limit = settings.UPLOAD_BYTES_LIMIT // 2**20
    return UploadTooLarge(f"That is too much to send; a file may have up to {limit} MB.")


async def _answer(scope: Scope, send: Send, error: DylumoError) -> None:
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept")
    if b"application/json" in accepted or scope["path"].startswith("/api/"):
        kind, body = b"application/json", json.dumps({"error": error.as_json()}).encode()
    else:
        kind, body = b"text/plain; charset=utf-8", f"{error.message} {error.hint}".encode()
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body)), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
