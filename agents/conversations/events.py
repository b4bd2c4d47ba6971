"""What happens in a conversation, as typed, numbered events: stored first, announced after.

``seq`` counts up without gaps within a conversation, so a reader that knows its last number can ask for the rest.
The channel layer only notifies: it may lose a message, the rows never do.
"""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction
from django.db.models import F
from redis.exceptions import RedisError

from agents.conversations.event_types import AnyEvent
from agents.models import Conversation, Event, Turn

log = logging.getLogger("dylumo.events")


def group_of(conversation_id: object) -> str:
    return f"conversation.{conversation_id}"


def frame(event: Event) -> dict[str, Any]:
    """An event as it goes over the wire."""
    return {
        "seq": event.seq,
        "turn": str(event.turn_id),
        "kind": event.kind,
        "at": event.at.isoformat(),
        "payload": event.payload,
    }


def announce(turn: Turn, happened: AnyEvent) -> Event:
    """Store the next event of the turn's conversation; notify open pages once it is committed."""
    with transaction.atomic():
        # The row lock taken here is what makes the numbers gapless and their order the commit order.
        Conversation.objects.filter(pk=turn.conversation_id).update(last_seq=F("last_seq") + 1)
        seq = Conversation.objects.values_list("last_seq", flat=True).get(pk=turn.conversation_id)
        event = Event.objects.create(
            conversation_id=turn.conversation_id, turn=turn, seq=seq, kind=happened.kind, payload=happened.payload()
        )
        transaction.on_commit(lambda: _notify(event))
    return event


def after(conversation_id: UUID | str, seq: int, limit: int = 500) -> list[dict[str, Any]]:
    """Stored events with a higher number, oldest first."""
    return [
        frame(e) for e in Event.objects.filter(conversation_id=conversation_id, seq__gt=seq).order_by("seq")[:limit]
    ]


def _notify(event: Event) -> None:
    try:
        async_to_sync(get_channel_layer().group_send)(
            group_of(event.conversation_id), {"type": "conversation.event", "frame": frame(event)}
        )
    except (RedisError, OSError) as error:
        # The row is safe; open pages find it when they next look.
        log.warning("no notification of event %s of %s: %s", event.seq, event.conversation_id, type(error).__name__)
