"""Chords laid out in time."""

from __future__ import annotations

from dataclasses import dataclass

from demo_music.rhythm import Metre
from demo_music.theory import Chord, chord


@dataclass(frozen=True)
class Span:
    """A chord and where it sounds, in steps from the start of its passage."""

    step: int
    length: int
    chord: Chord


@dataclass(frozen=True)
class Passage:
    """Some bars of harmony."""

    spans: tuple[Span, ...]
    bars: int
    bar_steps: int

    def span_at(self, step: int) -> Span:
        """The span that covers a step."""
        return next(span for span in reversed(self.spans) if span.step <= step)

    def chord_at(self, step: int) -> Chord:
        """The chord that sounds at a step."""
        return self.span_at(step).chord


def turn(bar_steps: int, beat: int) -> int:
    """The step of a bar where a second chord, or a melody's last note, comes in: the last beat in its first half."""
    return bar_steps // 2 // beat * beat


def harmonise(progression: list[str], tonic: int, metre: Metre) -> Passage:
    """A progression written out in time, a word to the bar; a bar of two chords separates them by a comma."""
    spans = []
    for bar, word in enumerate(progression):
        start, numerals = bar * metre.steps, word.split(",")
        middle = turn(metre.steps, metre.beat) if len(numerals) == 2 else metre.steps
        for numeral, (first, last) in zip(numerals, ((0, middle), (middle, metre.steps)), strict=False):
            spans.append(Span(start + first, last - first, chord(numeral, tonic)))
    return Passage(tuple(spans), len(progression), metre.steps)
