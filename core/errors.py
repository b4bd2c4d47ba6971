"""The one error base: a stable code, a plain sentence, a hint and an HTTP status.

Every error a person may meet is a ``DylumoError``. Its text is written for that person; the
technical cause travels as ``__cause__`` and goes to the log only. Texts are English, here as in logs, rows and
answers to programs; ``spoken`` is what a page says, in its language. ``manage.py catalogues`` knows them as what is
translated: each class's ``message`` and ``hint``, and those given where one is made.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Any


def later(words: str) -> str:
    """Marks words that fill a hole of a message, to be translated with it; needs no settings, as gettext's own does."""
    return words


class DylumoError(Exception):
    """An expected failure. Subclasses set ``code``, ``status`` and default ``message``/``hint``.

    ``told``: what fills the holes of both, ``{name}``, beside what every error of the class tells. ``template`` and
    ``hint_template`` are the two with their holes.
    """

    code = "internal"
    status = 500
    message = "Something went wrong on our side."
    hint = "Try again in a moment."
    told: Mapping[str, object] = {}

    def __init__(
        self,
        message: str | None = None,
        *,
        hint: str | None = None,
        code: str | None = None,
        told: Mapping[str, object] | None = None,
    ) -> None:
        self.template = message or self.message
        self.hint_template = hint if hint is not None else self.hint
        self.told = {**self.told, **(told or {})}
        self.message, self.hint = _filled(self.template, self.told), _filled(self.hint_template, self.told)
        self.code = code or self.code
        super().__init__(self.message)

    def as_json(self) -> dict[str, Any]:
        """``{code, message, hint}``: the shape used by the API, the command line and the events."""
        return {"code": self.code, "message": self.message, "hint": self.hint}

    def spoken(self) -> dict[str, Any]:
        """The same in the language of the page."""
        from django.utils.translation import gettext  # errors are raised where no Django is loaded, too

        told = {
            name: gettext(words) if isinstance(words, str) and words else words for name, words in self.told.items()
        }
        message = _filled(gettext(self.template), told)
        return {"code": self.code, "message": message, "hint": self.hint and _filled(gettext(self.hint_template), told)}


def _filled(text: str, told: Mapping[str, object]) -> str:
    return text.format_map(told) if told else text


class BadInput(DylumoError):
    code = "bad_input"
    status = 400
    message = "That could not be used."
    hint = "Check the input and try again."


class NotFound(DylumoError):
    code = "not_found"
    status = 404
    message = "This does not exist, or is not yours."
    hint = "Check the address, or sign in to the account it belongs to."


class Conflict(DylumoError):
    code = "conflict"
    status = 409
    message = "That clashes with what is already there."
    hint = "Reload the page and try again."


class TooMany(DylumoError):
    code = "too_many"
    status = 429
    message = "Too many requests at once."
    hint = "Wait a moment and try again."


class Unavailable(DylumoError):
    code = "unavailable"
    status = 503
    message = "A part of Dylumo is not available right now."
    hint = "Try again shortly; the health page names the part that is missing."


class DiskFull(DylumoError):
    code = "disk_full"
    status = 507
    message = "There is no room left on the disk here, so this could not be kept."
    hint = "Whoever runs this copy of Dylumo has to free some space; what you had before is safe."


NO_SPACE = {errno.ENOSPC, errno.EDQUOT}
NO_SPACE_IN_DATABASE = "53100"
"""PostgreSQL's disk_full."""


def expected(error: Exception) -> DylumoError | None:
    """The error that a person can be told for this one; None where nobody expected it."""
    if isinstance(error, DylumoError):
        return error
    full = isinstance(error, OSError) and error.errno in NO_SPACE
    if full or getattr(error.__cause__, "sqlstate", "") == NO_SPACE_IN_DATABASE:
        return DiskFull()
    return Unavailable() if _away(error) else None


def _away(error: Exception) -> bool:
    """Whether it is that the database or Redis does not answer. Django's errors have the database's own as cause."""
    import psycopg  # not above: the processes that decode uploads need neither
    from redis.exceptions import ConnectionError as RedisAway

    return isinstance(error, RedisAway) or isinstance(error.__cause__, psycopg.OperationalError)
