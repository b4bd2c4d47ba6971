"""A page's end of a socket, without a server in between."""

from __future__ import annotations

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter
from django.contrib.auth.models import AnonymousUser

from accounts.guests import SESSION_KEY
from accounts.models import User
from agents.models import Turn
from agents.routing import websocket_urlpatterns


class Page:
    """A page looking at a turn's conversation as ``user`` (an account, a guest or nobody)."""

    def __init__(self, turn: Turn, user: User | None, last_seq: str = "0") -> None:
        guest = user if user is not None and user.is_guest else None
        scope = {
            "type": "websocket",
            "path": f"/ws/conversations/{turn.conversation_id}/",
            "query_string": f"last_seq={last_seq}".encode(),
            "headers": [],
            "subprotocols": [],
            "user": AnonymousUser() if guest or user is None else user,
            "session": {SESSION_KEY: guest.pk} if guest else {},
        }
        self._wire = ApplicationCommunicator(URLRouter(websocket_urlpatterns), scope)

    async def open(self) -> None:
        await self._wire.send_input({"type": "websocket.connect"})
        assert (await self._wire.receive_output(timeout=5))["type"] == "websocket.accept"

    async def say(self, text: str) -> None:
        await self._wire.send_input({"type": "websocket.receive", "text": text})

    async def frame(self) -> dict[str, Any]:
        return json.loads((await self._wire.receive_output(timeout=5))["text"])

    async def numbers(self, count: int) -> list[int]:
        return [(await self.frame())["seq"] for _ in range(count)]

    async def hears_nothing(self, seconds: float = 0.3) -> bool:
        return await self._wire.receive_nothing(timeout=seconds)

    async def is_closed_with(self) -> int:
        said = await self._wire.receive_output(timeout=5)
        assert said["type"] == "websocket.close"
        return said["code"]

    async def close(self) -> None:
        await self._wire.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._wire.wait(timeout=5)
