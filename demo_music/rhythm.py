"""Metres, grids and groove: where in the bar things happen, and when that is in seconds.

Time inside the composer is counted in *steps*: sixteenth notes, from the start of the piece. Rhythms are
written as *grids*, one character a step::

    x---x-x-x---....

``x`` strikes, ``X`` strikes harder, ``o`` softer, ``-`` holds, ``.`` rests. Parts that choose notes write a
letter or digit of their own instead of ``x`` (see ``parts.py``). Spaces are not part of a grid: a string with
spaces is a choice of several.
"""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Metre:
    """``steps`` sixteenths to the bar, ``beat`` sixteenths to the counted beat, of which tempo is the rate."""

    steps: int
    beat: int


METRES = {"4/4": Metre(16, 4), "3/4": Metre(12, 4), "6/8": Metre(12, 6)}


@dataclass(frozen=True)
class Stroke:
    """One symbol of a grid: where it starts and how long it holds, both in steps."""

    step: int
    length: int
    symbol: str

    @property
    def accent(self) -> float:
        """Relative loudness, 0..1."""
        return {"X": 1.0, "o": 0.45}.get(self.symbol, 0.78)


def strokes(grid: str) -> tuple[Stroke, ...]:
    """The strokes of a grid, in order."""
    found = []
    for step, symbol in enumerate(grid):
        if symbol not in "-.":
            held = len(grid[step + 1 :]) - len(grid[step + 1 :].lstrip("-"))
            found.append(Stroke(step, 1 + held, symbol))
    return tuple(found)


def bar_of(grid: str, bar: int, steps: int) -> str:
    """The bar-long stretch of a grid that sounds in the given bar; longer grids go round over several bars."""
    start = bar * steps % len(grid)
    return grid[start : start + steps]


@dataclass(frozen=True)
class Groove:
    """Turns steps into seconds.

    ``swing`` is the share of a pair of notes that the first one takes (0.5 straight, 0.67 triplets) and
    ``pair`` the length of that pair in steps: 4 swings eighths, 2 swings sixteenths. ``looseness`` is the
    standard deviation of a player's timing in seconds.
    """

    tempo: float
    metre: Metre
    swing: float = 0.5
    pair: int = 4
    looseness: float = 0.004

    @property
    def step_seconds(self) -> float:
        return 60.0 / self.tempo / self.metre.beat

    @property
    def bar_seconds(self) -> float:
        return self.step_seconds * self.metre.steps

    def seconds(self, step: float) -> float:
        """When a step falls, in seconds from the start of the piece."""
        whole, part = divmod(step, self.pair)
        half = self.pair / 2
        first, second = 2 * self.swing, 2 * (1 - self.swing)
        warped = part * first if part < half else half * first + (part - half) * second
        return (whole * self.pair + warped) * self.step_seconds

    def played(self, step: float, rng: random.Random) -> float:
        """``seconds`` with a player's small inaccuracy, at most three standard deviations and never before 0."""
        error = max(-3.0, min(3.0, rng.gauss(0, 1))) * self.looseness
        return max(0.0, self.seconds(step) + error)
