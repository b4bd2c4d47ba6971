"""Pitches, scales, chords and voice leading.

Pitches are MIDI numbers (middle C = 60, A4 = 69 = 440 Hz); pitch classes are 0..11 with C = 0. Chords are
written as Roman numerals measured on the major scale whatever the mode, so ``bVI`` is always eight semitones
above the tonic; capitals are major, small letters minor.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

MODES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
}
KEY_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

_DEGREES = {"I": 0, "II": 2, "III": 4, "IV": 5, "V": 7, "VI": 9, "VII": 11}
_NUMERAL = re.compile(r"(?P<accidental>[b#]?)(?P<degree>[IV]+|[iv]+)(?P<quality>.*)")
_MAJOR_QUALITIES = {
    "": (0, 4, 7),
    "5": (0, 7),
    "6": (0, 4, 7, 9),
    "7": (0, 4, 7, 10),
    "9": (0, 4, 7, 10, 14),
    "maj7": (0, 4, 7, 11),
    "maj9": (0, 4, 7, 11, 14),
    "add9": (0, 4, 7, 14),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
}
_MINOR_QUALITIES = {
    "": (0, 3, 7),
    "6": (0, 3, 7, 9),
    "7": (0, 3, 7, 10),
    "9": (0, 3, 7, 10, 14),
    "add9": (0, 3, 7, 14),
    "o": (0, 3, 6),
    "o7": (0, 3, 6, 9),
    "7b5": (0, 3, 6, 10),
}


@dataclass(frozen=True)
class Chord:
    """``root`` pitch class and the ``intervals`` above it, in semitones, root first."""

    root: int
    intervals: tuple[int, ...]

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        return tuple((self.root + interval) % 12 for interval in self.intervals)


def is_minor(mode: str) -> bool:
    """Whether the mode's third is minor."""
    return MODES[mode][2] == 3


def chord(numeral: str, tonic: int) -> Chord:
    """The chord a Roman numeral names in a key; ``ValueError`` for one that is not in the tables."""
    match = _NUMERAL.fullmatch(numeral)
    if match is None:
        raise ValueError(f"{numeral!r} is not a Roman numeral.")
    degree, quality = match["degree"], match["quality"]
    qualities = _MAJOR_QUALITIES if degree.isupper() else _MINOR_QUALITIES
    if degree.upper() not in _DEGREES or quality not in qualities:
        raise ValueError(f"{numeral!r} is not a chord this composer knows.")
    shift = {"b": -1, "#": 1, "": 0}[match["accidental"]]
    return Chord((tonic + _DEGREES[degree.upper()] + shift) % 12, qualities[quality])


def scale_over(chord: Chord, tonic: int, mode: str, *, pentatonic: bool = False) -> frozenset[int]:
    """The pitch classes a melody may use over a chord.

    The mode's scale, where a chord tone from outside it (the leading note of a minor key's dominant, say)
    takes the place of its neighbours. ``pentatonic`` leaves out the two notes that make semitones.
    """
    steps = MODES[mode]
    if pentatonic:
        steps = tuple(step for step in steps if step not in ((2, 8, 9) if is_minor(mode) else (5, 10, 11)))
    tones = frozenset(chord.pitch_classes)
    foreign = tones - {(tonic + step) % 12 for step in MODES[mode]}
    blocked = {(tone + shift) % 12 for tone in foreign for shift in (-1, 1)}
    return frozenset((tonic + step) % 12 for step in steps) - blocked | tones


def nearest(target: float, pitch_classes: Collection[int]) -> int:
    """The pitch closest to ``target`` whose pitch class is among those given."""
    centre = round(target)
    return min(
        (pitch for pitch in range(centre - 12, centre + 13) if pitch % 12 in pitch_classes),
        key=lambda pitch: (abs(pitch - target), pitch),
    )


def voice(chord: Chord, previous: Sequence[int], centre: float, size: int) -> tuple[int, ...]:
    """A close-position voicing of ``size`` notes that moves least from ``previous`` and stays near ``centre``.

    All inversions within an octave of the centre are compared by the total movement of the voices in
    semitones plus the distance of the middle from the centre. A chord with more notes than voices gives up
    its fifth first, then its root, which the bass plays.
    """
    classes = list(chord.pitch_classes)
    for expendable in ((chord.root + 7) % 12, chord.root):
        if len(classes) > max(size, 2) and expendable in classes:
            classes.remove(expendable)
    options = []
    for bottom in range(round(centre) - 14, round(centre) + 8):
        if bottom % 12 not in classes:
            continue
        notes = [bottom]
        while len(notes) < size:
            notes.append(next(pitch for pitch in range(notes[-1] + 1, notes[-1] + 13) if pitch % 12 in classes))
        options.append(tuple(notes))

    def cost(notes: tuple[int, ...]) -> float:
        movement = sum(abs(a - b) for a, b in zip(notes, previous, strict=False))
        return movement + 1.5 * abs(sum(notes) / len(notes) - centre)

    return min(options, key=cost)


def frequency(pitch: float) -> float:
    """Hertz of a MIDI pitch in equal temperament, A4 = 440 Hz."""
    return float(440.0 * 2.0 ** ((pitch - 69) / 12))
