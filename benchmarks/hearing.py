"""Is tempo and key heard right? The demonstration library, whose recipes are known, against what is heard in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

TOLERANCE = 0.04
OCTAVES = (1.0, 2.0, 0.5)
SEED, ROUNDS = 0, 1000
MINOR_MODES = ("minor", "dorian", "harmonic minor")
"""Scales with a minor third; the others count as major."""


def run() -> dict[str, Any]:
    """Shares of pieces, each with a 95 % bootstrap interval. Renders what is missing of the library first."""
    from django.conf import settings

    from recommender.catalogue.demo import render_library
    from recommender.perception.sound import read_sound

    rendered = render_library(settings.HOME / "music")
    tempo, octave, tonic, mode = [], [], [], []
    for track in rendered:
        reading, recipe = read_sound(track.path), track.recipe
        ratio = reading.tempo / recipe.tempo
        tempo.append(abs(ratio - 1) <= TOLERANCE)
        octave.append(any(abs(ratio / factor - 1) <= TOLERANCE for factor in OCTAVES))
        tonic.append(reading.key == recipe.key)
        mode.append(reading.mode == int(recipe.mode not in MINOR_MODES))
    return {
        "tracks": len(rendered),
        "tempo": _share(tempo),
        "tempo_octave_allowed": _share(octave),
        "tonic": _share(tonic),
        "mode": _share(mode),
        "tonic_and_mode": _share([t and m for t, m in zip(tonic, mode, strict=True)]),
        "tolerance": TOLERANCE,
        "seed": SEED,
    }


def _share(right: Sequence[bool]) -> dict[str, float]:
    rng = np.random.default_rng(SEED)
    draws = rng.choice(np.array(right, float), (ROUNDS, len(right))).mean(axis=1)
    low, high = np.quantile(draws, [0.025, 0.975])
    return {"value": round(float(np.mean(right)), 4), "low": round(float(low), 4), "high": round(float(high), 4)}
