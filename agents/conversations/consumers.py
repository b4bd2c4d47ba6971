"""The socket of a conversation: join the group, replay what is stored, then forward what comes."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.db import DatabaseError

from accounts.guests import SESSION_KEY
from accounts.models import User
from agents.conversations import events, open_lines
from agents.conversations.sessions import in_step
from agents.conversations.sessions.listeners import heard_from

log = logging.getLogger("dylumo.sockets")

LOOK_EVERY = 3.0
"""Seconds between looks at the rows, for notifications that were lost (a Redis restart)."""

NOT_YOURS, TOO_MANY = 4404, 4429


class NoSuchSocket(AsyncJsonWebsocketConsumer):
    """Any other address: closed as somebody else's conversation is, so that neither tells what exists."""

    async def connect(self) -> None:
        await self.accept()
        await self.close(code=NOT_YOURS)


class ConversationConsumer(AsyncJsonWebsocketConsumer):
    conversation_id: UUID
    sent: int
    person_id: int
    looking: asyncio.Task[None] | None = None
    line: int | None = None
    """The person whose open line this is."""

    async def connect(self) -> None:
        self.conversation_id = self.scope["url_route"]["kwargs"]["conversation_id"]
        query = parse_qs(self.scope["query_string"].decode("ascii", "replace"))
        asked = query.get("last_seq", ["0"])[0]
        self.sent = int(asked) if asked.isdecimal() and len(asked) < 10 else 0
        self.sending = asyncio.Lock()
        await self.accept()
        since = await self._heard_from()
        if since is None:
            await self.close(code=NOT_YOURS)
            return
        if not open_lines.take(self.person_id):
            await self.close(code=TOO_MANY)
            return
        self.line = self.person_id
        self.sent = max(self.sent, since)
        try:
            # Joined before replaying: whatever is committed in between comes twice and is dropped by its number.
            for group in self._groups():
                await self.channel_layer.group_add(group, self.channel_name)
            await self._catch_up()
            if state := await database_sync_to_async(in_step.state_of)(self.conversation_id):
                await self.send_json(state)
        except BaseException:
            self._hang_up()
            raise
        self.looking = asyncio.create_task(self._look_now_and_then())

    async def disconnect(self, _code: int) -> None:
        self._hang_up()
        if self.looking:
            self.looking.cancel()
        for group in self._groups():
            await self.channel_layer.group_discard(group, self.channel_name)

    def _groups(self) -> tuple[str, str]:
        """Where numbered events are announced, and where those who listen together are told what has no number."""
        return events.group_of(self.conversation_id), in_step.group_of(self.conversation_id)

    def _hang_up(self) -> None:
        if self.line is not None:
            open_lines.give_back(self.line)
            self.line = None

    async def receive(self, text_data: str | None = None, **_: Any) -> None:
        """A page says here only what the others of a session hear at once; everything else goes over HTTP."""
        said = in_step.read(text_data or "")
        if said is None or self.line is None or not await self._still_there():
            return
        frame = await database_sync_to_async(in_step.answer)(said, self.person_id, self.conversation_id)
        if frame:
            message = {"type": "together.told", "frame": frame}
            await self.channel_layer.group_send(in_step.group_of(self.conversation_id), message)

    async def together_told(self, message: dict[str, Any]) -> None:
        if await self._still_there():
            await self.send_json(message["frame"])

    async def conversation_event(self, message: dict[str, Any]) -> None:
        frame = message["frame"]
        if not await self._still_there():
            return
        if frame["seq"] == self.sent + 1:
            async with self.sending:
                await self._send(frame)
        elif frame["seq"] > self.sent:
            await self._catch_up()

    async def _catch_up(self) -> None:
        async with self.sending:
            while rows := await database_sync_to_async(events.after)(self.conversation_id, self.sent):
                for frame in rows:
                    await self._send(frame)

    async def _send(self, frame: dict[str, Any]) -> None:
        if frame["seq"] > self.sent:
            self.sent = frame["seq"]
            await self.send_json(frame)

    async def _look_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                if await self._still_there():
                    await self._catch_up()
            except DatabaseError as error:  # the next look finds it back, and nobody's page stays deaf
                log.warning("no look at the rows of %s: %s", self.conversation_id, type(error).__name__)

    async def _still_there(self) -> bool:
        """Asked before anything is told: somebody who left, or whose invitation is over, hears no more."""
        if await self._heard_from() is None:
            await self.close(code=NOT_YOURS)
            return False
        return True

    @database_sync_to_async
    def _heard_from(self) -> int | None:
        user = self.scope.get("user")
        if user is None or not user.is_authenticated:
            guest = self.scope["session"].get(SESSION_KEY)
            user = User.objects.filter(pk=guest, is_guest=True, is_active=True).first() if guest else None
        self.person_id = user.pk if user else 0
        return heard_from(user, self.conversation_id)
