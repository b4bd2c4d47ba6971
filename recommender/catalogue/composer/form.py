"""The plan of a piece: its sections and their chords."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from recommender.catalogue.composer.melody import Span
from recommender.catalogue.composer.rhythm import Groove
from recommender.catalogue.composer.styles import Style
from recommender.catalogue.composer.theory import chord

_IDEAL_SECONDS = 50.0
_BODIES = ("ABC", "AABC", "ABABC", "AABABC")
_LEVELS = {"i": 0.72, "A": 0.86, "B": 0.92, "C": 1.0, "o": 0.8}
_CADENCES = {"major": "V", "minor": "V", "harmonic minor": "V", "dorian": "IV", "mixolydian": "bVII"}


@dataclass(frozen=True)
class Section:
    """``letter``: intro ``i``, parts ``A`` and ``B``, last return ``C``, ending ``o``. ``level`` 0..1 is how
    strongly it is played. ``first`` and ``bars`` count bars."""

    letter: str
    first: int
    bars: int
    level: float
    spans: tuple[Span, ...]


def plan(rng: random.Random, style: Style, groove: Groove, key: int, mode: str) -> tuple[Section, ...]:
    """Intro, some order of A and B, the last return of A, and an ending on the tonic; about 50 seconds."""
    phrase = 8 if groove.bar_seconds < 2.3 else 4
    lead_in = 2 if groove.bar_seconds < 3.4 else 1
    if groove.bar_seconds < 1.6:
        lead_in = 4
    body = min(
        _BODIES, key=lambda letters: abs((len(letters) * phrase + lead_in + 3) * groove.bar_seconds - _IDEAL_SECONDS)
    )
    first, second = rng.choice(style.harmony[mode])
    minor = mode in ("minor", "harmonic minor", "dorian")
    tonic, close = ("i" if minor else "I"), _CADENCES[mode]
    progressions = {"i": first, "A": first, "B": second, "C": first, "o": f"{tonic} {close} {tonic}"}
    lengths = {"i": lead_in, "o": 3} | {letter: phrase for letter in "ABC"}
    sections, start = [], 0
    for letter in f"i{body}o":
        spans = harmonise(progressions[letter], key, lengths[letter], groove.metre.steps)
        sections.append(Section(letter, start, lengths[letter], _LEVELS[letter], spans))
        start += lengths[letter]
    return tuple(sections)


def harmonise(progression: str, key: int, bars: int, bar_steps: int) -> tuple[Span, ...]:
    """A progression written out over a number of bars, repeated or cut as needed."""
    words: Sequence[str] = progression.split()
    spans = []
    for bar in range(bars):
        numerals = words[bar % len(words)].split(",")
        share = bar_steps // len(numerals)
        spans += [
            Span(bar * bar_steps + index * share, share, chord(numeral, key)) for index, numeral in enumerate(numerals)
        ]
    return tuple(spans)
