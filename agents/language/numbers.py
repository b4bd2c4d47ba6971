"""Numbers, ordinals and years as people write them."""

from __future__ import annotations

import re
from datetime import date

_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
)
SMALL = {word: number for number, word in enumerate(_UNITS.split())} | {
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "hundred": 100,
    "a dozen": 12,
    "dozen": 12,
    "half a dozen": 6,
}
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth"
ORDINALS = {
    word: number
    for number, word in enumerate(
        _ORDINALS.split(),
        start=1,
    )
}
_TENS = "twenties thirties forties fifties sixties seventies eighties nineties"
DECADES = {word: tens for tens, word in zip(range(20, 100, 10), _TENS.split(), strict=True)}
NUMBER = rf"(?:\d+|{'|'.join(sorted((re.escape(w) for w in SMALL), key=len, reverse=True))})"
ORDINAL = rf"(?:\d+(?:st|nd|rd|th)|{'|'.join(ORDINALS)})"


def number(text: str) -> int:
    """A whole number in digits or words; raises KeyError for anything else."""
    return int(text) if text.isdigit() else SMALL[text]


def decade_start(text: str, today: date) -> int:
    """The first year of "90s", "1990s", "nineties" or "'00s". Two digits mean the latest such decade that has begun."""
    if text in DECADES:
        tens = DECADES[text]
    else:
        digits = int(re.sub(r"\D", "", text))
        if digits >= 1000:
            return digits // 10 * 10
        tens = digits
    century = today.year // 100 * 100
    # The twenties of this century are still called the 2020s; "the twenties" are the 1920s in most requests for music.
    return century + tens if tens < 20 and century + tens <= today.year else century - 100 + tens
