"""The regressor from timbre to Spotify's features and to genres: kernel ridge regression with stored rows.

Fitted by ``train sound_features`` (``sound_training``); the figures are in ``trained/sound_features.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .encoders import loaded_once

TRAINED = Path(__file__).parent / "trained"
MODEL_FILE = TRAINED / "sound_features.npz"

FEATURES = ("energy", "valence", "danceability", "acousticness", "instrumentalness", "speechiness")
"""What is predicted, as a percentile of Spotify's catalogue, in the order of the model's columns."""

GAMMA = 0.003
CLIP = 3.0
NEIGHBOURS = 5

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class SoundModel:
    """Coefficients. ``centre``, ``scale``: (51,) of ``timbre.as_row``; ``rows``: (n, 51) standardised training clips;
    ``weights``: (n, 6 + genres) dual weights; ``intercept``, ``middle``, ``spread``: (6,) of the percentiles: fitted
    mean, mean of the truth, and the factor by which predictions are spread about it; ``quantiles``: (6, 101) of each
    feature in Spotify's catalogue; ``skill``: (6,) cross-validated rank correlations; ``genres``: names;
    ``genre_share``: (genres,) in training; ``sharpness``: of the softmax over genres; ``usual_nearness``: median
    kernel value between a clip and its nearest neighbours."""

    centre: Vector
    scale: Vector
    rows: Vector
    weights: Vector
    intercept: Vector
    middle: Vector
    spread: Vector
    quantiles: Vector
    skill: Vector
    genres: NDArray[np.str_]
    genre_share: Vector
    sharpness: Vector
    usual_nearness: Vector

    def percentiles(self, row: Vector) -> tuple[dict[str, float], dict[str, float], float]:
        """For one (51,) row: each feature's percentile 0..1, genre probabilities, and 0..1 how near the sound lies
        to those the model was fitted on."""
        likeness = kernel(self.standardised(row[None]), self.rows)
        output = (likeness @ self.weights)[0]
        raw = self.intercept + output[: len(FEATURES)]
        spread = np.clip(self.middle + (raw - self.intercept) * self.spread, 0, 1)
        votes = np.exp(self.sharpness * (self.genre_share + output[len(FEATURES) :]))
        nearest = np.sort(likeness[0])[-NEIGHBOURS:].mean()
        return (
            dict(zip(FEATURES, map(float, spread), strict=True)),
            dict(zip(map(str, self.genres), map(float, votes / votes.sum()), strict=True)),
            float(min(nearest / self.usual_nearness, 1.0)),
        )

    def value(self, feature: str, percentile: float) -> float:
        """A percentile 0..1 of Spotify's catalogue as the feature's own value 0..1."""
        column = self.quantiles[FEATURES.index(feature)]
        return float(np.interp(np.clip(percentile, 0, 1) * (len(column) - 1), np.arange(len(column)), column))

    def standardised(self, rows: Vector) -> Vector:
        """(n, 51) raw rows to clipped standard scores: no one odd measurement may carry a prediction away."""
        return np.clip((rows - self.centre) / self.scale, -CLIP, CLIP)


def kernel(a: Vector, b: Vector) -> Vector:
    """(len(a), len(b)): Gaussian kernel of standardised rows."""
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2 * a @ b.T
    return np.exp(-GAMMA * np.maximum(squares, 0))  # type: ignore[no-any-return]


def save(model: SoundModel, path: Path = MODEL_FILE) -> None:
    """Write the coefficients, in single precision."""
    arrays = {f.name: np.asarray(getattr(model, f.name)) for f in fields(SoundModel)}
    single = {n: a if a.dtype.kind == "U" else a.astype(np.float32) for n, a in arrays.items()}
    np.savez_compressed(path, **single)  # type: ignore[arg-type]


@loaded_once
def load() -> SoundModel:
    """The shipped coefficients, once a process."""
    with np.load(MODEL_FILE) as stored:
        arrays = {f.name: stored[f.name] for f in fields(SoundModel)}
    return SoundModel(**{n: a if a.dtype.kind == "U" else a.astype(np.float64) for n, a in arrays.items()})
