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

from demo_music.harmony import Passage, turn
from demo_music.rhythm import Stroke, strokes
from demo_music.theory import nearest, scale_over

_PLANS = {4: "mamc", 8: "mamhmamc"}
_ARCH = (0, 2, 4, 1)
"""How far above its centre each bar of a phrase is aimed, in semitones: up to the third bar, then home."""


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
    """What a melody must respect: its harmony, the key, its place on the keyboard and the length of a beat."""

    passage: Passage
    tonic: int
    mode: str
    centre: int
    beat: int
    pentatonic: bool = False

    def scale_at(self, step: int) -> frozenset[int]:
        """The pitch classes to choose from at a step."""
        return scale_over(self.passage.chord_at(step), self.tonic, self.mode, pentatonic=self.pentatonic)


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


def compose(rng: random.Random, grids: Sequence[str], line: Line) -> list[Tone]:
    """A melody over a passage, built from two motifs on rhythms among ``grids``."""
    first = motif(rng, rng.choice(grids))
    answer = motif(rng, rng.choice([grid for grid in grids if strokes(grid) != first.rhythm] or list(grids)))
    plan = _PLANS[4 if line.passage.bars == 4 else 8]
    tones: list[Tone] = []
    for bar in range(line.passage.bars):
        kind = plan[bar % len(plan)]
        start = bar * line.passage.bar_steps
        aim = line.centre + _ARCH[bar % 4]
        if kind in "hc":
            tones += _cadence(rng, start, first, line, closed=kind == "c")
        else:
            tones += _statement(start, first if kind == "m" else answer, aim, line)
    return tones


def _statement(start: int, motif: Motif, aim: float, line: Line) -> list[Tone]:
    """One bar of a motif: strong and long notes on the chord, the others on the scale."""
    anchor = nearest(aim, line.passage.chord_at(start).pitch_classes)
    tones: list[Tone] = []
    before = 0
    for stroke, offset in zip(motif.rhythm, motif.contour, strict=True):
        step = start + stroke.step
        chord = line.passage.chord_at(step).pitch_classes
        pitch = _climb(anchor, offset, line.scale_at(step))
        if stroke.step % line.beat == 0 or stroke.length >= line.beat:
            pitch = nearest(pitch + 0.1, chord)
            if tones and pitch == tones[-1].pitch and offset != before:
                # The contour moves, so the melody does, on to the next chord note.
                pitch = nearest(pitch + (3.4 if offset > before else -3.4), set(chord) - {pitch % 12})
        before = offset
        tones.append(Tone(step, stroke.length, pitch, stroke.accent))
    return tones


def _cadence(rng: random.Random, start: int, motif: Motif, line: Line, *, closed: bool) -> list[Tone]:
    """The motif's beginning, then a step into a long last note: the tonic, or the fifth when open."""
    half = turn(line.passage.bar_steps, line.beat)
    head = Motif(
        tuple(Stroke(s.step, min(s.length, half - s.step), s.symbol) for s in motif.rhythm if s.step < half),
        motif.contour[: sum(s.step < half for s in motif.rhythm)],
    )
    tones = _statement(start, head, line.centre + _ARCH[3], line)
    chord = set(line.passage.chord_at(start + half).pitch_classes)
    goal = nearest(line.centre, {line.tonic if closed else (line.tonic + 7) % 12} & chord or chord)
    if tones and tones[-1].length > 2:
        approach = _climb(goal, rng.choice((1, 1, -1)), line.scale_at(start + half))
        last = tones.pop()
        tones += [
            Tone(last.step, last.length - 2, last.pitch, last.accent),
            Tone(last.step + last.length - 2, 2, approach, 0.6),
        ]
    tones.append(Tone(start + half, line.passage.bar_steps - half - 2, goal, 0.85))
    return tones


def ornament(rng: random.Random, tones: Sequence[Tone], line: Line) -> list[Tone]:
    """The same melody sung again: some longer notes move on to a neighbour."""
    varied: list[Tone] = []
    for tone in tones:
        if tone.length < 4 or tone.length > 6 or rng.random() > 0.35:
            varied.append(tone)
            continue
        neighbour = _climb(tone.pitch, rng.choice((1, -1)), line.scale_at(int(tone.step)))
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
