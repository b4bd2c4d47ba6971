"""What people feel in a song, from Spotify's features: ridge regression on people's ratings, ten numbers an axis.

Spotify's valence is not what listeners report: their own ratings of pleasantness rise with its valence and with energy,
and fall with speechiness and danceability. Fitted by ``train sound_affect``; figures in ``trained/sound_affect.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .encoders import loaded_once

FELT_FILE = Path(__file__).parent / "trained" / "sound_affect.npz"

INPUTS = ("danceability", "energy", "speechiness", "valence", "acousticness", "loudness")
AXES = ("valence", "arousal")
LOUDNESS_FLOOR = -30.0
QUIET_SPEECH = 0.02
"""Added to speechiness before its logarithm: the least that Spotify reports of any song."""

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class FeltModel:
    """``centre``, ``scale`` (6,) of ``INPUTS`` in training; ``slopes`` (6, 2) and ``intercepts`` (2,) of ``AXES``,
    ratings scaled to 0..1; ``stretch`` (2,): by how much predictions are spread so that they vary as ratings do."""

    centre: Vector
    scale: Vector
    slopes: Vector
    intercepts: Vector
    stretch: Vector

    def read(self, inputs: Vector) -> Vector:
        """(n, 6) rows of ``as_rows`` to (n, 2) valence and arousal as felt, 0..1; what is unknown (NaN) is average."""
        standard = np.nan_to_num((inputs - self.centre) / self.scale)
        return np.clip(self.intercepts + standard @ self.slopes * self.stretch, 0, 1)  # type: ignore[no-any-return]


def as_rows(features: Mapping[str, Vector]) -> Vector:
    """(n, 6) from (n,) arrays by Spotify's names, loudness in dB; NaN where unknown."""
    shaped = {
        **features,
        "speechiness": np.log(features["speechiness"] + QUIET_SPEECH),
        "loudness": np.clip((features["loudness"] - LOUDNESS_FLOOR) / -LOUDNESS_FLOOR, 0, 1),
    }
    return np.stack([np.asarray(shaped[name], dtype=np.float64) for name in INPUTS], axis=1)


def felt(features: Mapping[str, Vector]) -> Vector:
    """(n, 2): valence and arousal, 0..1, as people would rate songs with these features."""
    return load_felt().read(as_rows(features))


def save_felt(model: FeltModel) -> None:
    np.savez_compressed(FELT_FILE, **{f.name: getattr(model, f.name) for f in fields(FeltModel)})


@loaded_once
def load_felt() -> FeltModel:
    with np.load(FELT_FILE) as stored:
        return FeltModel(**{f.name: stored[f.name] for f in fields(FeltModel)})
