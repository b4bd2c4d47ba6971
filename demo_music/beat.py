"""The drummer: a beat, its fills, crashes where sections begin and one stroke on the last chord."""

from __future__ import annotations

import random
from collections.abc import Sequence

from demo_music.form import Section
from demo_music.rhythm import Groove, bar_of, strokes
from demo_music.score import Strike
from demo_music.styles import Style

_CRASHING = 0.55
"""Arousal from which on sections begin with a crash cymbal."""


def drum_part(
    rng: random.Random, style: Style, sections: Sequence[Section], groove: Groove, arousal: float
) -> tuple[Strike, ...]:
    """All drum strokes of a piece; none when its style has no beat."""
    if not style.beat:
        return ()
    steps = groove.metre.steps
    written: list[tuple[int, str, float]] = []
    for section in sections:
        if section.letter not in style.drums_heard:
            continue
        ending = section.letter == "o"
        for bar in range(section.bars - ending):
            filling = bool(style.fill) and not ending and bar == section.bars - 1
            at = (section.first + bar) * steps
            written += [
                (at + step, drum, accent * section.level)
                for step, drum, accent in _bar(style, section.letter, bar, filling=filling)
            ]
        if arousal > _CRASHING and section.letter in "ABC":
            written.append((section.first * steps, "crash", 0.6))
    written.append(((sections[-1].first + sections[-1].bars - 1) * steps, next(iter(style.beat)), 0.8))
    force = 0.55 + 0.45 * arousal
    return tuple(
        Strike(groove.played(step, rng), drum, min(1.0, force * accent * rng.uniform(0.85, 1.1)))
        for step, drum, accent in written
    )


def _bar(style: Style, letter: str, bar: int, *, filling: bool) -> list[tuple[int, str, float]]:
    """``(step, drum, accent)`` of one bar; a fill takes the second half and grows."""
    steps = style.metre.steps
    found = []
    for drum, choice in style.beat.items():
        grids = choice.split()
        grid = bar_of(grids[1 % len(grids)] if letter == "B" else grids[0], bar, steps)
        found += [(s.step, drum, s.accent) for s in strokes(grid) if not filling or s.step < steps // 2]
    if filling:
        for drum, grid in style.fill.items():
            found += [(s.step, drum, s.accent * (0.6 + 0.4 * s.step / steps)) for s in strokes(grid)]
    return found
