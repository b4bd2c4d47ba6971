"""How each kind of player turns a section's chords and a grid into tones.

Chord players write ``x`` for the whole chord or a digit for one of its notes, counted from the lowest. Bass
players write ``R`` root, ``5`` fifth, ``3`` third, ``7`` seventh, ``8`` octave, ``a`` a step that leads into
the next bar's root.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from demo_music.harmony import Passage
from demo_music.melody import Tone
from demo_music.rhythm import Stroke, bar_of, strokes
from demo_music.styles import Layer
from demo_music.theory import Chord, nearest, voice


def _events(grid: str, passage: Passage) -> list[tuple[int, int, Stroke]]:
    """Every stroke of a repeated grid as ``(step, length, stroke)``, cut where its chord ends."""
    events = []
    for bar in range(passage.bars):
        for stroke in strokes(bar_of(grid, bar, passage.bar_steps)):
            at = bar * passage.bar_steps + stroke.step
            span = passage.span_at(at)
            events.append((at, min(stroke.length, span.step + span.length - at), stroke))
    return events


def chords(layer: Layer, grid: str, passage: Passage) -> list[Tone]:
    """Chords, broken chords and guide tones, every voicing led from the one before."""
    events = _events(grid, passage)
    if grid.count("-") == len(grid) - 1:
        # A chord held for the bar still changes where the harmony does.
        events = [(span.step, span.length, Stroke(0, span.length, grid[0])) for span in passage.spans]
    tones: list[Tone] = []
    voicing: tuple[int, ...] = ()
    current: Chord | None = None
    for at, length, stroke in events:
        chord = passage.chord_at(at)
        if chord != current:
            voicing, current = voice(chord, voicing, layer.centre, layer.voices), chord
        if stroke.symbol.isdigit():
            octave, index = divmod(int(stroke.symbol), len(voicing))
            tones.append(Tone(at, length, voicing[index] + 12 * octave, stroke.accent))
        else:
            tones += [Tone(at, length, pitch, stroke.accent) for pitch in voicing]
    return tones


def bass(rng: random.Random, layer: Layer, grid: str, passage: Passage) -> list[Tone]:
    """A bass line on the chords' roots, kept within an octave or so of the layer's centre."""
    steps = passage.bar_steps
    tones = []
    for at, length, stroke in _events(grid, passage):
        chord = passage.chord_at(at)
        root = nearest(layer.centre + 1, {chord.root})
        next_bar = (at // steps + 1) % passage.bars * steps
        following = nearest(layer.centre + 1, {passage.chord_at(next_bar).root})
        intervals = chord.intervals
        # Whatever the grid says, a new chord begins with its root.
        symbol = "R" if at == passage.span_at(at).step else stroke.symbol
        pitch = {
            "R": root,
            "3": root + next((i for i in (3, 4) if i in intervals), 12),
            "5": root + next((i for i in (7, 6) if i in intervals), 12),
            "7": root + next((i for i in (10, 11) if i in intervals), 12),
            "8": root + 12,
            "a": following + rng.choice((-1, -2, 2)),
        }[symbol]
        tones.append(Tone(at, length, pitch, 0.9 if at % steps == 0 else 0.78))
    return tones


def transpose(tones: Sequence[Tone], centre: float) -> list[Tone]:
    """The same melody in the octave nearest to ``centre``."""
    if not tones:
        return []
    mean = sum(tone.pitch for tone in tones) / len(tones)
    shift = 12 * round((centre - mean) / 12)
    return [Tone(tone.step, tone.length, tone.pitch + shift, tone.accent) for tone in tones]
