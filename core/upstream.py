"""What another server sends, read piece by piece and given back for certain.

An HTTP answer that is not read yet holds a connection of a pool. No generator may be what closes it: a generator that
nobody finishes is closed by the garbage collector, at any moment and in any thread, also inside the pool's own lock,
for which that thread then waits for ever. So an ``Incoming`` has a ``close()``; one that is forgotten all the same
(its asker went away before the answer was made) is closed by a thread that holds no lock. The collector never meets
the connection itself: only the table of open answers refers to it.
"""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from queue import SimpleQueue
from types import TracebackType

import httpx

_numbers = itertools.count()
_open: dict[int, _Source] = {}
_forgotten: SimpleQueue[int] = SimpleQueue()  # its put may interrupt anything, as a finalizer does


class _Source:
    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.pieces: Iterator[bytes] | None = None
        self.when_closed: Callable[[], None] | None = None

    def piece(self, *, unpacked: bool) -> bytes:
        # As they come: waiting for a piece of a certain size, a server that drips would never be looked at.
        if self.pieces is None:
            self.pieces = self.response.iter_bytes() if unpacked else self.response.iter_raw()
        return next(self.pieces, b"")


class Incoming:
    """An answer whose head has come and whose body is still to be read. Its opener closes it, or uses ``with``."""

    def __init__(self, response: httpx.Response) -> None:
        _closer(os.getpid())
        self.status_code = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self._number = next(_numbers)
        _open[self._number] = _Source(response)

    def piece(self, *, unpacked: bool = False) -> bytes:
        """The next piece, as it was sent or ``unpacked``; empty at the end and once it was closed. Raises
        httpx.HTTPError."""
        source = _open.get(self._number)
        return source.piece(unpacked=unpacked) if source else b""

    def pieces(self) -> Iterator[bytes]:
        """All that is left, unpacked."""
        return iter(lambda: self.piece(unpacked=True), b"")

    def when_closed(self, call: Callable[[], None]) -> None:
        """Call this once the connection is given back, by whomever."""
        if source := _open.get(self._number):
            source.when_closed = call
        else:
            call()

    def close(self) -> None:
        """Give the connection back; again is harmless."""
        _close(self._number)

    def __enter__(self) -> Incoming:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_number", None) in _open:
            _forgotten.put(self._number)


def _close(number: int) -> None:
    if source := _open.pop(number, None):
        try:
            source.response.close()
        finally:
            if source.when_closed:
                source.when_closed()


@cache
def _closer(_pid: int) -> threading.Thread:
    """The thread, one for each process, that closes what was forgotten."""

    def close_forgotten() -> None:
        while True:
            _close(_forgotten.get())

    thread = threading.Thread(target=close_forgotten, name="close forgotten answers", daemon=True)
    thread.start()
    return thread
