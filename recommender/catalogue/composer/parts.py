"""How each kind of player turns a section's chords and a grid into tones.

Chord players write ``x`` for the whole chord or a digit for one of its notes, counted from the lowest. Bass
players write ``R`` root, ``5`` fifth, ``3`` third, ``7`` seventh, ``8`` octave, ``a`` a step that leads into
the next bar's root.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from recommender.catalogue.composer.melody import Span, Tone, chord_at
from recommender.catalogue.composer.rhythm import Stroke, bar_of, strokes
from recommender.catalogue.composer.styles.base import Layer
from recommender.catalogue.composer.theory import Chord, nearest, voice


def _all_strokes(grid: str, bars: int, bar_steps: int) -> list[tuple[int, Stroke]]:
    """Every stroke of a repeated grid with its step from the start of the section."""
    return [
        (bar * bar_steps + stroke.step, stroke)
        for bar in range(bars)
        for stroke in strokes(bar_of(grid, bar, bar_steps))
    ]


def _length(at: int, stroke: Stroke, spans: Sequence[Span]) -> int:
    """A stroke's length, cut where its chord ends."""
    end = next(span.step + span.length for span in spans if span.step <= at < span.step + span.length)
    return min(stroke.length, end - at)


def chords(layer: Layer, grid: str, spans: Sequence[Span], bars: int, bar_steps: int) -> list[Tone]:
    """Chords, broken chords and guide tones, every voicing led from the one before."""
    tones: list[Tone] = []
    voicing: tuple[int, ...] = ()
    current: Chord | None = None
    events = _all_strokes(grid, bars, bar_steps)
    starts = {at for at, _ in events}
    # A held grid still has to change with a chord in the middle of the bar.
    changes = [(span.step, Stroke(0, span.length, "x")) for span in spans if span.step not in starts and "x--" in grid]
    for at, stroke in sorted([*events, *changes], key=lambda event: event[0]):
        chord = chord_at(spans, at)
        if chord != current:
            voicing, current = voice(chord, voicing, layer.centre, layer.voices), chord
        length = _length(at, stroke, spans)
        if stroke.symbol.isdigit():
            octave, index = divmod(int(stroke.symbol), len(voicing))
            tones.append(Tone(at, length, voicing[index] + 12 * octave, stroke.accent))
        else:
            tones += [Tone(at, length, pitch, stroke.accent) for pitch in voicing]
    return tones


def bass(
    rng: random.Random, layer: Layer, grid: str, spans: Sequence[Span], bars: int, bar_steps: int
) -> list[Tone]:
    """A bass line on the chords' roots, kept within an octave or so of the layer's centre."""
    tones = []
    end = bars * bar_steps
    for at, stroke in _all_strokes(grid, bars, bar_steps):
        chord = chord_at(spans, at)
        root = nearest(layer.centre + 1, {chord.root})
        following = nearest(layer.centre + 1, {chord_at(spans, (at // bar_steps + 1) * bar_steps % end).root})
        intervals = set(chord.intervals)
        pitch = {
            "R": root,
            "3": root + next((i for i in (3, 4) if i in intervals), 12),
            "5": root + next((i for i in (7, 6) if i in intervals), 12),
            "7": root + next((i for i in (10, 11) if i in intervals), 12),
            "8": root + 12,
            "a": following + rng.choice((-1, -2, 2)),
        }[stroke.symbol]
        accent = 0.9 if at % bar_steps == 0 else 0.78
        tones.append(Tone(at, _length(at, stroke, spans), pitch, accent))
    return tones


def transpose(tones: Sequence[Tone], centre: float) -> list[Tone]:
    """The same melody in the octave nearest to ``centre``."""
    if not tones:
        return []
    mean = sum(tone.pitch for tone in tones) / len(tones)
    shift = 12 * round((centre - mean) / 12)
    return [Tone(tone.step, tone.length, tone.pitch + shift, tone.accent) for tone in tones]
