"""A written piece: what is played when, in seconds, ready to be rendered."""

from __future__ import annotations

from dataclasses import dataclass

from demo_music.styles import Layer, Style


@dataclass(frozen=True)
class Note:
    """``start`` and ``seconds`` in seconds, ``pitch`` a MIDI number, ``velocity`` 0..1."""

    start: float
    seconds: float
    pitch: int
    velocity: float


@dataclass(frozen=True)
class Strike:
    """One drum stroke."""

    start: float
    drum: str
    velocity: float


@dataclass(frozen=True)
class Part:
    """Everything one layer's player plays."""

    layer: Layer
    instrument: str
    notes: tuple[Note, ...]


@dataclass(frozen=True)
class Score:
    """The whole piece. ``beat`` is the counted beat in seconds, ``loudness`` the target in LUFS."""

    style: Style
    seconds: float
    beat: float
    loudness: float
    parts: tuple[Part, ...]
    strikes: tuple[Strike, ...]
