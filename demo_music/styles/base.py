"""What a style is made of: its harmony, its layers of instruments, its beat and its sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from demo_music.rhythm import METRES, Metre

Role = Literal["lead", "double", "chords", "bass", "background"]
Effect = Literal["drive", "chorus", "tremolo", "duck", "dark"]
Harmony = Mapping[str, tuple[tuple[str, str], ...]]
"""By mode: pairs of progressions, one for the A sections and one for B. A bar is a word; ``,`` splits it."""


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One player. ``instruments`` and ``grids`` are choices separated by spaces.

    ``centre``: the MIDI pitch the part stays near. ``gain``: dB against the other layers, all of which are
    first brought to one level. ``pan`` -1..1, ``spread`` how far low notes go left and high notes right.
    ``reverb`` and ``echo``: how much is sent there, 0..1. ``heard``: the sections the layer plays in (intro
    ``i``, first part ``A``, middle ``B``, last return ``C``, ending ``o``). ``voices`` of a chord; ``strum``
    seconds between them; ``ring`` steps a note sounds on after its grid lets go.
    """

    role: Role
    instruments: str
    grids: str = ""
    centre: int = 60
    gain: float = 0.0
    pan: float = 0.0
    spread: float = 0.0
    reverb: float = 0.2
    echo: float = 0.0
    heard: str = "iABCo"
    voices: int = 3
    strum: float = 0.0
    ring: float = 0.0
    effects: tuple[Effect, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Style:
    """A way of making music. ``beat``: by drum, a grid for the A sections and, after a space, one for B.
    ``fill`` replaces the beat's second half in the last bar of a section. ``swing``, ``pair``, ``looseness``:
    see ``rhythm.Groove``. ``loudness``: LUFS of a piece of middling arousal. ``room``: reverberation time in
    seconds, ``air`` dB added above 2 kHz at the end."""

    genre: str
    harmony: Harmony
    layers: tuple[Layer, ...]
    ensembles: tuple[str, ...]
    metre_name: str = "4/4"
    beat: Mapping[str, str] = field(default_factory=dict)
    fill: Mapping[str, str] = field(default_factory=dict)
    drums_heard: str = "ABC"
    drums_gain: float = 0.0
    drums_reverb: float = 0.08
    swing: float = 0.5
    pair: int = 4
    looseness: float = 0.004
    pentatonic: bool = False
    loudness: float = -16.0
    room: float = 1.4
    air: float = 2.0

    @property
    def metre(self) -> Metre:
        return METRES[self.metre_name]


# The tonic opens every progression and comes back often: a listener should never doubt where home is.
POP: Harmony = {
    "major": (
        ("I V vi IV", "IV I V vi IV I V V"),
        ("I vi IV V", "IV V I vi IV V I V"),
        ("I IV I V", "vi IV I V"),
        ("I iii IV V", "ii V I vi ii V I V"),
    ),
    "mixolydian": (("I bVII I I", "IV I bVII I v bVII I I"), ("I I bVII I", "bVII I IV I")),
    "minor": (
        ("i bVI bVII i", "iv bVI i bVII iv i V V"),
        ("i bVII bVI V", "bVI bVII i i iv i V V"),
        ("i iv V i", "bVI iv i V"),
    ),
    "harmonic minor": (("i iv V i", "iv i bVI V"), ("i bVI iv V", "iv V i bVI iv i V V")),
    "dorian": (("i IV i i", "bVII i IV i bIII bVII i i"), ("i bVII i i", "IV i bVII i")),
}
GENTLE: Harmony = {
    "major": (
        ("Iadd9 IVadd9 I V", "vi7 IVmaj7 I V"),
        ("I Vsus4,V vi7 IVadd9", "ii7 I IV V"),
        ("Imaj7 vi7 IVmaj7 Vsus4,V", "IVmaj7 I ii7 V"),
    ),
    "mixolydian": (("I bVIImaj7 I I", "v7 I bVII I"),),
    "minor": (
        ("iadd9 bVImaj7 i bVII", "iv7 i bVImaj7 V"),
        ("i7 iv7 i v7", "bVImaj7 i iv7 V"),
        ("i bVII i iv7", "iv7 i bVI V"),
    ),
    "harmonic minor": (("i iv6 V i", "bVI iv i V"), ("i V i iv", "iv i V7 i iv i V7 V7")),
    "dorian": (("i i7 IV i", "bVIImaj7 i IV i"), ("iadd9 bVII i i", "bIIImaj7 i IV i")),
}
JAZZ: Harmony = {
    "major": (
        ("Imaj7 vi7 ii7 V7", "iii7 vi7 ii7 V7 Imaj7 IV7 ii7 V7"),
        ("Imaj9 IVmaj7 iii7,vi7 ii7,V7", "ii7 V7 Imaj7 vi7 II7 II7 ii7 V7"),
        ("I6 ii7,V7 I6 ii7,V7", "IVmaj7 iv6 iii7 vi7 ii7 V7 I6 V7"),
    ),
    "minor": (
        ("i7 iv7 ii7b5 V7", "iv7 i6 bIIImaj7 bVImaj7 ii7b5 V7 i6 V7"),
        ("i6 bVI7,V7 i6 V7", "iv7 i6 bVI7 V7"),
    ),
    "dorian": (("i9 i9 IV9 i9", "bIIImaj7 i9 IV9 i9"), ("i7 i7 IV7 i7", "bVIImaj7 i7 IV7 i7")),
    "mixolydian": (
        ("I6 I9 IVadd9 I6", "bVII I6 IV I6"),
        ("I I7 IV6 I", "IV6 I bVII I"),
    ),
}
BLUES: Harmony = {
    "mixolydian": (("I7 IV7 I7 I7 IV7 IV7 I7 V7", "IV7 IV7 I7 I7 V7 IV7 I7 V7"), ("I7 I7 IV7 I7", "IV7 I7 V7 I7")),
    "minor": (("i7 iv7 i7 i7 iv7 iv7 i7 V7", "bVI7 V7 i7 i7 iv7 iv7 i7 V7"),),
    "dorian": (("i7 IV7 i7 i7", "iv7 i7 V7 i7"),),
}
DARK: Harmony = {
    "minor": (
        ("i i bVI i", "i iv i bVII"),
        ("i bII i bVII", "bVI i bVII i"),
        ("i bVI i io", "iv i bVI V"),
    ),
    "harmonic minor": (("i i bVI V", "i iv bII V"), ("i io i V", "i bVI io V")),
    "dorian": (("i IV i i", "bVII i IV i"),),
}
