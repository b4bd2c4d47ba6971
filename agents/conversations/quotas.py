"""How much room a person's photos and songs take, and whether there is room for more."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import default_storage

from accounts.models import User
from agents.models import Turn
from core.errors import DylumoError
from recommender.models import Picture

REMEMBERED_SECONDS = 30 * 24 * 3600


class NoRoom(DylumoError):
    code = "no_room"
    status = 413
    message = "Your photos and songs take all the room there is for one person."
    hint = "Delete lists that you do not need; their photos and songs go with them."


def mind_room(person: User, more: int) -> None:
    """Raises NoRoom when ``more`` bytes would be too many."""
    if more and more + taken(person) > settings.PERSON_BYTES:
        raise NoRoom


def taken(person: User) -> int:
    """Bytes of all files of a person. What a file has is asked of the storage once and then remembered: no file ever
    changes."""
    keys = {f"bytes-of:{name}": name for name in _files(person)}
    known: dict[str, int] = cache.get_many(keys)
    asked = {key: size for key, name in keys.items() if key not in known and (size := _size(name))}
    if asked:
        cache.set_many(asked, REMEMBERED_SECONDS)
    return sum(known.values()) + sum(asked.values())


def _files(person: User) -> Iterator[str]:
    for pair in Picture.objects.filter(owner=person).values_list("file", "thumbnail"):
        yield from pair
    yield from Turn.objects.filter(conversation__owner=person).exclude(sound="").values_list("sound", flat=True)


def _size(name: str) -> int:
    try:
        return default_storage.size(name) if name else 0
    except OSError:
        return 0
