"""A conversation's events for programs, as server-sent events (the HTML standard's ``text/event-stream``).

As on the socket: join first, replay what is stored, then forward; the rows are the truth, the channel layer notifies.
Between events nothing is held but a place in the group: every look at the rows gives its connection back.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from redis.exceptions import RedisError

from accounts.models import User
from agents.conversations import events
from agents.models import Conversation, Turn

log = logging.getLogger("dylumo.events")

HEARTBEAT = 10.0
"""Seconds of silence after which the rows are looked at (a notification may be lost) and a comment keeps the line
open."""
RECONNECT_MS = 2000
ENDS = {"turn.done", "turn.failed", "turn.cancelled"}

Heard = asyncio.Queue[dict[str, Any] | None]


async def stream(owner: User, conversation_id: UUID, seq: int, *, until_done: bool) -> AsyncIterator[str]:
    """Events numbered above ``seq``, for ever; or, with ``until_done``, until no turn is open. Also ends when the
    conversation is deleted."""
    heard: Heard = asyncio.Queue()
    listener = asyncio.create_task(_listen(conversation_id, heard))
    try:
        yield f"retry: {RECONNECT_MS}\n\n"
        working = True
        while working or not until_done:
            frame = await _next(heard)
            if frame is not None and frame["seq"] == seq + 1:
                frames, working = [frame], frame["kind"] not in ENDS
            elif frame is None or frame["seq"] > seq:
                found = await database_sync_to_async(look)(owner, conversation_id, seq)
                if found is None:
                    return
                frames, working = found
            else:
                continue
            for frame in frames:
                seq = frame["seq"]
                yield _message(frame)
            if not frames:
                yield ": still here\n\n"
    finally:
        listener.cancel()
        with suppress(asyncio.CancelledError):
            await listener


def look(owner: User, conversation_id: UUID, seq: int) -> tuple[list[dict[str, Any]], bool] | None:
    """Stored events above ``seq`` and whether a turn was open; None when there is no such conversation any more."""
    if not Conversation.objects.visible_to(owner).filter(pk=conversation_id).exists():
        return None
    # Asked before the events are read: a turn that was over by then has its last event among them.
    working = Turn.objects.filter(conversation=conversation_id, state__in=Turn.OPEN).exists()
    frames: list[dict[str, Any]] = []
    while page := events.after(conversation_id, seq):
        frames += page
        seq = page[-1]["seq"]
    return frames, working


async def _next(heard: Heard) -> dict[str, Any] | None:
    """The next frame; None when it is time to look at the rows."""
    try:
        return await asyncio.wait_for(heard.get(), HEARTBEAT)
    except TimeoutError:
        return None


async def _listen(conversation_id: UUID, heard: Heard) -> None:
    """Put what the group is told into ``heard``, and None once joined: whatever was announced before is in the rows."""
    layer, group = get_channel_layer(), events.group_of(conversation_id)
    channel = None
    try:
        channel = await layer.new_channel()
        await layer.group_add(group, channel)
        heard.put_nowait(None)
        while True:
            heard.put_nowait((await layer.receive(channel))["frame"])
    except (RedisError, OSError) as error:
        log.warning("events of %s are looked up only: %s", conversation_id, type(error).__name__)
        heard.put_nowait(None)
    finally:
        if channel:
            with suppress(RedisError, OSError):
                await layer.group_discard(group, channel)


def _message(frame: dict[str, Any]) -> str:
    return f"id: {frame['seq']}\nevent: {frame['kind']}\ndata: {json.dumps(frame, ensure_ascii=False)}\n\n"
