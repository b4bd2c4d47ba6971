"""What a line of the log belongs to: a request, a turn, a person. It travels with the work, from page to worker.

Where the owner wants traces (``dylumo_site.tracing``), what is done inside ``span`` is timed for them, under the
request's number; else it costs nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import Protocol

REQUEST, TURN, PERSON = "request", "turn", "person"
_known: dict[str, ContextVar[str]] = {name: ContextVar(name, default="") for name in (REQUEST, TURN, PERSON)}
"""``person`` is a pseudonym."""


Facts = dict[str, str | int]


class Recorder(Protocol):
    """What takes spans: a part of the work about the request that is known now."""

    def span(self, name: str, *, first: bool) -> AbstractContextManager[Facts]: ...


_recorder: Recorder | None = None


def record_by(recorder: Recorder | None) -> None:
    """From now on this process' spans go there; None: nowhere."""
    global _recorder  # noqa: PLW0603 - one a process, set once as it starts
    _recorder = recorder


def span(name: str, *, first: bool = False) -> AbstractContextManager[Facts]:
    """What is done inside as a part of the request's trace. Facts may be added meanwhile: words of this code's own and
    numbers, nothing of a person and nothing they said. ``first``: the request itself, which all others are parts of."""
    return _recorder.span(name, first=first) if _recorder else nullcontext({})


def new_request() -> str:
    """A request's own number, told to whoever asked and in every line about it."""
    return secrets.token_hex(8)


def note(**facts: str) -> None:
    """From here on, in this thread or task, lines are about these."""
    for name, value in facts.items():
        _known[name].set(value)


def request_id() -> str:
    return _known[REQUEST].get()


def told() -> dict[str, str]:
    """What is known now, without what is not."""
    return {name: value for name, held in _known.items() if (value := held.get())}


@contextmanager
def about(**facts: str) -> Iterator[None]:
    """``note``, for a while."""
    before = [(name, _known[name].set(value)) for name, value in facts.items()]
    try:
        yield
    finally:
        for name, token in before:
            _known[name].reset(token)
