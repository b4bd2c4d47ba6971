"""Chords laid out in time."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.catalogue.composer.theory import Chord, chord


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


def harmonise(progression: str, tonic: int, bars: int, bar_steps: int) -> Passage:
    """A progression written out over a number of bars, repeated or cut as needed.

    A bar of the progression is a word; a bar of several chords separates them by commas.
    """
    words = progression.split()
    spans = []
    for bar in range(bars):
        numerals = words[bar % len(words)].split(",")
        share = bar_steps // len(numerals)
        spans += [
            Span(bar * bar_steps + index * share, share, chord(numeral, tonic))
            for index, numeral in enumerate(numerals)
        ]
    return Passage(tuple(spans), bars, bar_steps)
