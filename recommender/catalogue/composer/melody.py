"""Melodies: a motif, its answer, its return, and a close.

A motif is a rhythm and a contour counted in scale steps. Each bar sets the motif on a note of that bar's
chord, so its shape is recognised while the harmony moves under it. Four bars make a phrase (motif, answer,
motif, cadence); eight bars make a period whose first phrase ends open, on the fifth, and whose second ends
closed, on the tonic.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from recommender.catalogue.composer.rhythm import Stroke, strokes
from recommender.catalogue.composer.theory import Chord, nearest, scale_over

_PLANS = {4: "mamc", 8: "mamhmamc"}
_ARCH = (0, 2, 4, 1)
"""How far above its centre each bar of a phrase is aimed, in semitones: up to the third bar, then home."""


@dataclass(frozen=True)
class Span:
    """A chord and where it sounds, in steps from the start of its section."""

    step: int
    length: int
    chord: Chord


@dataclass(frozen=True)
class Tone:
    """A note of a part before it is played: steps from the start of the section, ``accent`` 0..1."""

    step: float
    length: float
    pitch: int
    accent: float = 0.8


@dataclass(frozen=True)
class Motif:
    """A bar's rhythm and, for every stroke, the distance from the first note in scale steps."""

    rhythm: tuple[Stroke, ...]
    contour: tuple[int, ...]


@dataclass(frozen=True)
class Line:
    """What a melody must respect: the key, the place on the keyboard, the bar's length and strong steps."""

    tonic: int
    mode: str
    centre: int
    bar_steps: int
    beat: int
    pentatonic: bool = False


def chord_at(spans: Sequence[Span], step: int) -> Chord:
    """The chord that sounds at a step."""
    return next(span.chord for span in reversed(spans) if span.step <= step)


def motif(rng: random.Random, grid: str) -> Motif:
    """A motif on the rhythm of ``grid``: mostly steps, now and then a leap, which turns back by step."""
    rhythm = strokes(grid)
    contour, leap = [0], 0
    for _ in rhythm[1:]:
        move = -1 if leap > 0 else 1 if leap < 0 else rng.choice((1, 1, 1, -1, -1, -1, 0, 2, -2, 3, -3, 4))
        if not -4 <= contour[-1] + move <= 5:
            move = -move
        leap = move if abs(move) > 2 else 0
        contour.append(contour[-1] + move)
    return Motif(rhythm, tuple(contour))


def compose(rng: random.Random, spans: Sequence[Span], grids: Sequence[str], line: Line) -> list[Tone]:
    """A melody over one section's chords, built from two motifs on rhythms among ``grids``."""
    first = motif(rng, rng.choice(grids))
    answer = motif(rng, rng.choice([grid for grid in grids if strokes(grid) != first.rhythm] or list(grids)))
    bars = (spans[-1].step + spans[-1].length) // line.bar_steps
    plan = _PLANS[4 if bars == 4 else 8]
    tones: list[Tone] = []
    for bar in range(bars):
        kind = plan[bar % len(plan)]
        start = bar * line.bar_steps
        aim = line.centre + _ARCH[bar % 4]
        if kind in "hc":
            tones += _cadence(rng, start, spans, first, aim, line, closed=kind == "c")
        else:
            tones += _statement(start, spans, first if kind == "m" else answer, aim, line)
    return tones


def _statement(start: int, spans: Sequence[Span], motif: Motif, aim: float, line: Line) -> list[Tone]:
    """One bar of a motif: strong and long notes on the chord, the others on the scale."""
    anchor = nearest(aim, chord_at(spans, start).pitch_classes)
    tones = []
    for stroke, offset in zip(motif.rhythm, motif.contour, strict=True):
        chord = chord_at(spans, start + stroke.step)
        scale = scale_over(chord, line.tonic, line.mode, pentatonic=line.pentatonic)
        pitch = _climb(anchor, offset, scale)
        if stroke.step % line.beat == 0 or stroke.length >= line.beat:
            pitch = nearest(pitch + 0.1, chord.pitch_classes)
        tones.append(Tone(start + stroke.step, stroke.length, pitch, stroke.accent))
    return tones


def _cadence(
    rng: random.Random, start: int, spans: Sequence[Span], motif: Motif, aim: float, line: Line, *, closed: bool
) -> list[Tone]:
    """The motif's beginning, then a step down into a long last note: the tonic, or the fifth when open."""
    half = line.bar_steps // 2
    head = Motif(
        tuple(Stroke(s.step, min(s.length, half - s.step), s.symbol) for s in motif.rhythm if s.step < half),
        motif.contour[: sum(s.step < half for s in motif.rhythm)],
    )
    tones = _statement(start, spans, head, aim, line)
    chord = chord_at(spans, start + half)
    wanted = {line.tonic if closed else (line.tonic + 7) % 12} & set(chord.pitch_classes) or set(chord.pitch_classes)
    goal = nearest(line.centre, wanted)
    approach = _climb(goal, rng.choice((1, 1, -1)), scale_over(chord, line.tonic, line.mode))
    if tones and tones[-1].length > 2:
        last = tones.pop()
        tones += [
            Tone(last.step, last.length - 2, last.pitch, last.accent),
            Tone(last.step + last.length - 2, 2, approach, 0.6),
        ]
    tones.append(Tone(start + half, half - 2, goal, 0.85))
    return tones


def ornament(rng: random.Random, tones: Sequence[Tone], spans: Sequence[Span], line: Line) -> list[Tone]:
    """The same melody sung again: some longer notes move to a neighbour and back."""
    varied: list[Tone] = []
    for tone in tones:
        if tone.length < 4 or tone.length > 6 or rng.random() > 0.35:
            varied.append(tone)
            continue
        scale = scale_over(chord_at(spans, int(tone.step)), line.tonic, line.mode, pentatonic=line.pentatonic)
        neighbour = _climb(tone.pitch, rng.choice((1, -1)), scale)
        half = tone.length // 2
        varied += [
            Tone(tone.step, half, tone.pitch, tone.accent),
            Tone(tone.step + half, tone.length - half, neighbour, tone.accent * 0.85),
        ]
    return varied


def _climb(pitch: int, steps: int, scale: frozenset[int]) -> int:
    """``steps`` notes up (or down) a scale from a pitch, which is first put onto the scale."""
    ladder = [candidate for candidate in range(pitch - 24, pitch + 25) if candidate % 12 in scale]
    here = min(range(len(ladder)), key=lambda index: abs(ladder[index] - pitch))
    return ladder[here + steps]
