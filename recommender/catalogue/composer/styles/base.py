"""What a style is made of: its harmony, its layers of instruments, its beat and its sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from recommender.catalogue.composer.rhythm import METRES, Metre

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
    seconds. ``minutes`` steers the form's length."""

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

    @property
    def metre(self) -> Metre:
        return METRES[self.metre_name]


POP: Harmony = {
    "major": (
        ("I V vi IV", "IV I V vi IV I V V"),
        ("I vi IV V", "IV V I vi IV V I V"),
        ("I IV vi V", "vi IV I V"),
        ("I iii IV V", "ii V I vi ii V I V"),
    ),
    "mixolydian": (("I bVII IV I", "IV I bVII I IV I v I"), ("I v bVII IV", "bVII IV I I")),
    "minor": (
        ("i bVI bIII bVII", "iv bVI i bVII iv bVI V V"),
        ("i bVII bVI bVII", "bVI bVII i i bVI bVII V V"),
        ("i iv bVII i", "bVI iv i V"),
    ),
    "harmonic minor": (("i iv V i", "iv i bVI V"), ("i bVI iv V", "iv V i bVI iv i V V")),
    "dorian": (("i IV i bVII", "bVII IV i i bIII IV i i"), ("i bIII IV i", "bVII i bVII IV")),
}
GENTLE: Harmony = {
    "major": (
        ("Iadd9 IVmaj7 I IVmaj7", "vi7 IVmaj7 I V"),
        ("I Vsus4,V vi7 IVadd9", "ii7 I IV V"),
        ("Imaj7 vi7 IVmaj7 Vsus4,V", "IVmaj7 iii7 ii7 V"),
    ),
    "mixolydian": (("I bVIImaj7 IV I", "v7 IV bVII I"),),
    "minor": (
        ("iadd9 bVImaj7 bIII bVII", "iv7 i bVImaj7 V"),
        ("i7 iv7 i7 v7", "bVImaj7 bIII iv7 V"),
        ("i bVII bVImaj7 iv7", "iv7 bVII i V"),
    ),
    "harmonic minor": (("i iv6 V i", "bVI iv i V"), ("i V bVI iv", "iv i V7 i iv i V7 V7")),
    "dorian": (("i7 IV i7 IV", "bVIImaj7 IV i7 i7"), ("iadd9 bVII IV i", "bIIImaj7 IV i7 i7")),
}
JAZZ: Harmony = {
    "major": (
        ("Imaj7 vi7 ii7 V7", "iii7 vi7 ii7 V7 Imaj7 IV7 ii7 V7"),
        ("Imaj9 IVmaj7 iii7,vi7 ii7,V7", "ii7 V7 Imaj7 vi7 II7 II7 ii7 V7"),
        ("I6 ii7,V7 I6 ii7,V7", "IVmaj7 iv6 iii7 vi7 ii7 V7 I6 V7"),
    ),
    "minor": (
        ("i7 iv7 ii7b5 V7", "iv7 bVII7 bIIImaj7 bVImaj7 ii7b5 V7 i6 V7"),
        ("i6 bVI7,V7 i6 V7", "iv7 i6 bVI7 V7"),
    ),
    "dorian": (("i9 IV9 i9 IV9", "bIIImaj7 IV9 i9 i9"), ("i7 i7 IV7 i7", "bVIImaj7 bIIImaj7 IV7 i7")),
    "mixolydian": (("I9 bVIImaj7 I9 IV9", "IV9 I9 v7 I9"),),
}
BLUES: Harmony = {
    "mixolydian": (("I7 IV7 I7 I7 IV7 IV7 I7 V7", "IV7 IV7 I7 I7 V7 IV7 I7 V7"), ("I7 I7 IV7 I7", "IV7 I7 V7 I7")),
    "minor": (("i7 iv7 i7 i7 iv7 iv7 i7 V7", "bVI7 V7 i7 i7 iv7 iv7 i7 V7"),),
    "dorian": (("i7 IV7 i7 i7", "iv7 i7 V7 i7"),),
}
DARK: Harmony = {
    "minor": (
        ("i i bVI i", "iv i bVI bVII"),
        ("i bII i bVII", "bVI bVII i i"),
        ("i bVI i io", "iv bVI V V"),
    ),
    "harmonic minor": (("i i bVI V", "iv i bII V"), ("i io i V", "bVI iv io V")),
    "dorian": (("i IV i i", "bVII IV i i"),),
}
