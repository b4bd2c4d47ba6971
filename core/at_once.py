"""How many may wait for something slow at a time: in all, and one person of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from core.errors import TooMany


class AtOnce:
    """``most`` in all, ``most_of_one`` of each that ``begin`` names; one too many is ``refused`` with this error."""

    def __init__(self, most: int, most_of_one: int, refused: type[TooMany]) -> None:
        self.most, self.most_of_one, self.refused = most, most_of_one, refused
        self.now: Counter[object] = Counter()
        self._lock = Lock()

    def begin(self, who: object) -> None:
        with self._lock:
            if self.now.total() >= self.most or self.now[who] >= self.most_of_one:
                raise self.refused
            self.now[who] += 1

    def end(self, who: object) -> None:
        with self._lock:
            self.now[who] -= 1
            if not self.now[who]:
                del self.now[who]

    @contextmanager
    def one_more(self, who: object) -> Iterator[None]:
        self.begin(who)
        try:
            yield
        finally:
            self.end(who)
