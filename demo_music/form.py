"""The plan of a piece: its sections and their chords."""

from __future__ import annotations

import random
from dataclasses import dataclass

from demo_music.harmony import Passage, harmonise
from demo_music.rhythm import Groove
from demo_music.styles import Style

_IDEAL_SECONDS = 50.0
_BODIES = ("ABC", "AABC", "ABABC", "AABABC")
_LEVELS = {"i": 0.72, "A": 0.86, "B": 0.92, "C": 1.0, "o": 0.8}
# The chord that leads home at the end of A, C and the piece.
_CADENCES = {"major": "V", "minor": "V", "harmonic minor": "V", "dorian": "IV", "mixolydian": "bVII"}


@dataclass(frozen=True)
class Section:
    """``letter``: intro ``i``, parts ``A`` and ``B``, last return ``C``, ending ``o``. ``level`` 0..1 is how
    strongly it is played. ``first`` is the bar it begins with."""

    letter: str
    first: int
    level: float
    passage: Passage

    @property
    def bars(self) -> int:
        return self.passage.bars


def plan(rng: random.Random, style: Style, groove: Groove, key: int, mode: str) -> tuple[Section, ...]:
    """Intro, some order of A and B, the last return of A, and an ending on the tonic; about 50 seconds."""
    phrase = 8 if groove.bar_seconds < 2.3 else 4
    lead_in = 2 if groove.bar_seconds < 3.4 else 1
    if groove.bar_seconds < 1.6:
        lead_in = 4
    body = min(
        _BODIES, key=lambda letters: abs((len(letters) * phrase + lead_in + 3) * groove.bar_seconds - _IDEAL_SECONDS)
    )
    first, second = (progression.split() for progression in rng.choice(style.harmony[mode]))
    home, close = first[0].split(",")[0], _CADENCES[mode]
    statement = [*_repeated(first, phrase - 1), f"{close},{home}"]
    progressions = {
        "i": _repeated(first, lead_in),
        "A": statement,
        "B": _repeated(second, phrase),
        "C": statement,
        "o": [home, close, home],
    }
    sections, start = [], 0
    for letter in f"i{body}o":
        passage = harmonise(progressions[letter], key, groove.metre)
        sections.append(Section(letter, start, _LEVELS[letter], passage))
        start += passage.bars
    return tuple(sections)


def _repeated(progression: list[str], bars: int) -> list[str]:
    """A progression gone round until it fills so many bars."""
    return [progression[bar % len(progression)] for bar in range(bars)]
