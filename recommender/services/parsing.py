"""Reading what a service sent without trusting it: every reader answers with a plain value or nothing, never raises."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from recommender.services.protocol import Garbled

T = TypeVar("T")

LONGEST_TEXT, LONGEST_LINK, LONGEST_ID = 300, 500, 200
"""As long as the columns of ``Track`` and ``TrackLink``."""
LONGEST_TRACK = 24 * 3600.0
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
"""ISO 3901: country, registrant, year and designation."""


def text(value: Any, most: int = LONGEST_TEXT) -> str:
    """One line without control characters, or empty when it is no text."""
    if not isinstance(value, str):
        return ""
    whole = value[: most * 4].encode("utf-8", "ignore").decode()
    plain = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in whole)
    return " ".join(plain.split())[:most].strip()


def number(value: Any) -> float | None:
    """A finite number at or above 0, also from a text of digits."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and found >= 0 else None


def seconds(value: Any, *, per_second: float = 1.0) -> float:
    """A duration in seconds, 0 when unknown or not a track's."""
    found = (number(value) or 0.0) / per_second
    return round(found, 3) if found <= LONGEST_TRACK else 0.0


def whole(value: Any) -> int | None:
    found = number(value)
    return int(found) if found is not None and found < 2**31 else None


def yes(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def link(value: Any) -> str:
    """An address that may stand in a page: http or https with a host; anything else (``javascript:``) is empty."""
    if not isinstance(value, str) or len(value) > LONGEST_LINK or re.search(r"[\s\x00-\x1f\"<>\\]", value):
        return ""
    try:
        parts = urlsplit(value)
        return value if parts.scheme in ("http", "https") and parts.hostname and not parts.username else ""
    except ValueError:
        return ""


def identifier(value: Any) -> str:
    """An id of the service, or empty; a whole number is taken as its digits."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63:
        return str(value)
    return value if isinstance(value, str) and re.fullmatch(rf"[^\s\x00-\x1f]{{1,{LONGEST_ID}}}", value) else ""


def isrc(value: Any) -> str:
    """An International Standard Recording Code in capitals without hyphens, or empty."""
    plain = re.sub(r"[\s-]", "", value).upper() if isinstance(value, str) and len(value) < 30 else ""
    return plain if _ISRC.fullmatch(plain) else ""


def year(value: Any) -> int | None:
    """The year a date begins with, 1860 (the oldest recording) to 2100."""
    if isinstance(value, str) and (match := re.match(r"\d{4}(?!\d)", value)):
        value = int(match[0])
    return int(value) if isinstance(value, int) and 1860 <= value <= 2100 else None


def moment(value: Any) -> datetime | None:
    """A time as ISO 8601 or as seconds since 1970; None without a time zone."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return found if found.tzinfo else None
        return datetime.fromtimestamp(value, tz=UTC) if (number(value) or 0) > 0 else None
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def within(value: Any, *path: str | int) -> Any:
    """What lies at ``path``, or None where the way there is missing."""
    for key in path:
        if isinstance(key, str) and isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(key, int) and isinstance(value, list) and len(value) > key:
            value = value[key]
        else:
            return None
    return value


def names(value: Any, key: str = "name", joined: str = ", ") -> str:
    """The names of a list of people, joined."""
    people = value if isinstance(value, list) else []
    return joined.join(name for person in people if (name := text(within(person, key))))[:LONGEST_TEXT]


def rows(service: str, answer: Any, *path: str) -> list[Any]:
    """The list that the answer must have at ``path``; raises Garbled."""
    found = within(answer, *path)
    if not isinstance(found, list):
        raise Garbled(service)
    return found


def sorted_out(entries: Sequence[Any], make: Callable[[Any], T | str]) -> tuple[tuple[T, ...], tuple[str, ...]]:
    """What ``make`` made of the entries, and the reasons for those it could not use (it answers with a text then)."""
    made, reasons = [], []
    for entry in entries:
        result = make(entry)
        if isinstance(result, str):
            reasons.append(result)
        else:
            made.append(result)
    return tuple(made), tuple(reasons)
