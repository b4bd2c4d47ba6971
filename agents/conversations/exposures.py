"""What a person is really shown: told to the experiments whose arms made it."""

from __future__ import annotations

from agents.conversations.page import Room
from feedback.experiments.assignment import saw
from feedback.taste.impressions import first_shown


def log(room: Room) -> None:
    """The room's owner is being shown its list, if there is one."""
    if room.head is None or room.shared:
        return
    first_shown(room.head)
    owner, made = room.conversation.owner, next((turn for turn in room.turns if turn.playlist_id == room.head.pk), None)
    waited = max((room.head.created - made.created).total_seconds(), 0.0) if made else None
    saw(owner, room.head, waited, room.experiments)
