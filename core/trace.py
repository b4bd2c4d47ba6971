"""What a line of the log belongs to: a request, a turn, a person. It travels with the work, from page to worker."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

REQUEST, TURN, PERSON = "request", "turn", "person"
_known: dict[str, ContextVar[str]] = {name: ContextVar(name, default="") for name in (REQUEST, TURN, PERSON)}
"""``person`` is a pseudonym."""


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
