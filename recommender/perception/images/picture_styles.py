"""In which styles of music an editor would make a picture's list: a linear head on the built-in networks.

Learned from the answers of an editor who looked at photos (``train picture_styles``); it hears what no concept names:
the light, the age of a print, who is dancing. The figures are in ``trained/picture_styles.md``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.schemas import Label
from recommender.perception import TRAINED
from recommender.perception.weights.loaders import loaded_once

Floats = NDArray[np.float32]

HEAD_FILE = TRAINED / "picture_styles.npz"
MOST = 24
"""How many styles are told of one picture."""
UNSURE, SURE = 0.03, 0.06
"""A strongest score at which the styles tell nothing, and at which they are believed: it goes with their likeness to an
editor's (Spearman .47 on the 50 development photos, which the head has not seen)."""


@dataclass(frozen=True)
class Head:
    """``names`` (s,): styles; a picture's deviation from what is usual is ``((x - centre) @ down) @ up``."""

    names: tuple[str, ...]
    centre: Floats
    down: Floats
    up: Floats


@loaded_once
def head() -> Head:
    with np.load(HEAD_FILE, allow_pickle=False) as stored:
        numbers = {name: stored[name].astype(np.float32) for name in ("centre", "down", "up")}
        return Head(names=tuple(map(str, stored["names"])), **numbers)


def scores(inputs: Floats, known: Head) -> Floats:
    """(n, s) of (n, 2560) ``concepts.probe_input``: how much more than usual each style fits."""
    return np.asarray((inputs - known.centre) @ known.down @ known.up)


def heard(row: Floats, known: Head) -> tuple[Label, ...]:
    """The strongest of one picture's scores (s,); the first is how sure they are as a whole, 0..1."""
    order = np.argsort(-row)[:MOST]
    strongest = float(row[order[0]])
    sureness = min(max((strongest - UNSURE) / (SURE - UNSURE), 0.0), 1.0)
    return tuple(
        Label(
            name=known.names[place],
            score=round(sureness * float(row[place]) / strongest, 4),
            kind="style",
            source="built in",
        )
        for place in order
        if sureness > 0 and row[place] > 0
    )
