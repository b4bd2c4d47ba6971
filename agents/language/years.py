"""Years and decades in a sentence: "90s", "before 2000", "the last ten years"."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from agents.language.numbers import decade_start, number
from agents.language.shapes import DECADE, NOT, SONGS, THE, YEAR

Range = tuple[int | None, int | None]
RECENT = 5  # years that "recent" and "latest" reach back

NONE = r"\b(?:nothing|none|not|(?:no|without) \w+|no \w+ \w+|never)(?: from| released)?"
WHEN = rf"(?:the )?({DECADE}|{YEAR})(?!\w)"
TO = r" ?(?:-|to|through|until|till|and|or|&) ?"


def read_years(text: str, today: date) -> dict[str, int]:
    """``year_min`` and ``year_max`` as far as asked. The first rule that matches decides; a denied one asks nothing."""
    for pattern, years in RULES:
        if match := pattern.search(text):
            if re.search(rf"\b{NOT}{THE} $", text[: match.start()]):
                return {}
            low, high = years(match, today)
            return {key: year for key, year in (("year_min", low), ("year_max", high)) if year is not None}
    return {}


def _start(said: str, today: date) -> int:
    return int(said) if re.fullmatch(YEAR, said) else decade_start(said, today)


def _end(said: str, today: date) -> int:
    return int(said) if re.fullmatch(YEAR, said) else decade_start(said, today) + 9


def _between(match: re.Match[str], today: date) -> Range:
    ends = [_start(match[1], today), _end(match[1], today), _start(match[2], today), _end(match[2], today)]
    return min(ends), max(ends)


def _since(match: re.Match[str], _: date) -> Range:
    """ "from 1999" alone is that year; "since 1999" and "from 1999 on" are open."""
    alone = match[0].startswith("from") and not re.search(r"on(?:wards?)?$", match[0])
    return int(match[1]), int(match[1]) if alone else None


def _last_years(match: re.Match[str], today: date) -> Range:
    return today.year - ({"couple of": 2, "few": 3}.get(match[1]) or number(match[1])), None


def _decade(match: re.Match[str], today: date) -> Range:
    start = decade_start(match[2], today)
    low, high = {"early": (0, 3), "mid": (3, 6), "late": (6, 9)}.get(match[1] or "", (0, 9))
    return start + low, start + high


def _this_decade(_: re.Match[str], today: date) -> Range:
    return today.year // 10 * 10, None


def _last_decade(_: re.Match[str], today: date) -> Range:
    return today.year // 10 * 10 - 10, today.year // 10 * 10 - 1


def _one_year(match: re.Match[str], _: date) -> Range:
    year = int(match[1] or match[2] or match[3])
    return year, year


_TABLE: tuple[tuple[str, Callable[[re.Match[str], date], Range]], ...] = (
    (rf"{NONE} (?:before|older than|earlier than|pre)[ -]{WHEN}", lambda m, t: (_start(m[1], t), None)),
    (rf"{NONE} (?:after|newer than|later than|past|post|beyond)[ -]{WHEN}", lambda m, t: (None, _end(m[1], t))),
    (rf"\b({YEAR}){TO}({YEAR})\b", _between),
    (rf"(?<!\w)({DECADE}){TO}(?:the )?(?:early |mid |late )?({DECADE})(?!\w)", _between),
    (rf"\b(?:before|pre|older than|earlier than|prior to)[ -]{WHEN}", lambda m, t: (None, _start(m[1], t) - 1)),
    (rf"\b(?:until|till|up to|no later than) {WHEN}", lambda m, t: (None, _end(m[1], t))),
    (rf"\b(?:after|post|newer than|later than|more recent than)[ -]{WHEN}", lambda m, t: (_end(m[1], t) + 1, None)),
    (rf"\b(?:since|from|starting (?:in|from)|no earlier than) (?:the year )?({YEAR})(?: on(?:wards?)?)?(?!\w)", _since),
    (
        rf"\b({YEAR})(?:s)? (?:onwards?|upwards?|and (?:later|newer|up|after|on)|or (?:later|newer))",
        lambda m, _: (int(m[1]), None),
    ),
    (rf"\b({YEAR}) (?:and|or) (?:earlier|older|before)", lambda m, _: (None, int(m[1]))),
    (r"\b(?:last|past) (\d+|two|three|four|five|ten|couple of|few) years", _last_years),
    (r"\b(?:this|current) decade", _this_decade),
    (r"\b(?:last|previous|past) decade", _last_decade),
    (r"\bthis century", lambda _, t: (t.year // 100 * 100, None)),
    (r"\b(?:last|20th|twentieth) century", lambda _, t: (t.year // 100 * 100 - 100, t.year // 100 * 100 - 1)),
    (r"\bthis year(?:'s)?\b", lambda _, t: (t.year, t.year)),
    (r"\blast year(?:'s)?\b", lambda _, t: (t.year - 1, t.year - 1)),
    (rf"(?<![\w.])(?:(early|mid|late)[ -])?({DECADE})(?!\w)", _decade),
    (rf"\b(?:in|of|year) ({YEAR})\b|^({YEAR})$|\b({YEAR}) {SONGS}", _one_year),
    (
        r"\b(?:recent|latest|brand new|newly released|new releases?|current|contemporary|newest)\b",
        lambda _, t: (t.year - RECENT, None),
    ),
)
RULES = tuple((re.compile(pattern), years) for pattern, years in _TABLE)
