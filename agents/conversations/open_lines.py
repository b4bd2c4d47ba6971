"""How many sockets and event streams one person has open in this process."""

from __future__ import annotations

from collections import Counter
from threading import Lock

from django.conf import settings

_open: Counter[int] = Counter()
_lock = Lock()


def take(person_id: int) -> bool:
    """Open one more, which ``give_back`` closes; False when there are as many as one may have."""
    with _lock:
        if _open[person_id] >= settings.OPEN_LINES:
            return False
        _open[person_id] += 1
        return True


def give_back(person_id: int) -> None:
    with _lock:
        _open[person_id] -= 1
        if _open[person_id] <= 0:
            del _open[person_id]
