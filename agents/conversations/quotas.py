"""How much room a person's photos and songs take, and whether there is room for more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from accounts.models import User
from agents.models import Turn
from core.errors import DylumoError
from recommender.models import Picture


class NoRoom(DylumoError):
    code = "no_room"
    status = 413
    message = "Your photos and songs take all the room there is for one person."
    hint = "Delete lists that you do not need; their photos and songs go with them."


def mind_room(person: User, more: int) -> None:
    """Raises NoRoom when ``more`` bytes would be too many."""
    if more and more + sum(map(_size, _files(person))) > settings.PERSON_BYTES:
        raise NoRoom


def _files(person: User) -> Iterator[str]:
    for pair in Picture.objects.filter(owner=person).values_list("file", "thumbnail"):
        yield from pair
    yield from Turn.objects.filter(conversation__owner=person).exclude(sound="").values_list("sound", flat=True)


def _size(name: str) -> int:
    try:
        return (Path(settings.MEDIA_ROOT) / name).stat().st_size if name else 0
    except OSError:
        return 0
