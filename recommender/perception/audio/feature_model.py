"""The regressor from timbre to Spotify's features and to genres: kernel ridge regression with stored rows.

Fitted by ``train sound_features`` (``lab.training.audio_features``); the figures are in ``trained/sound_features.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recommender.perception import TRAINED
from recommender.perception.weights.loaders import loaded_once

MODEL_FILE = TRAINED / "sound_features.npz"

FEATURES = ("energy", "valence", "danceability", "acousticness", "instrumentalness", "speechiness")
"""What is predicted, as a percentile of Spotify's catalogue, in the order of the model's columns."""

GAMMA, GENRE_GAMMA = 0.003, 0.01
CLIP = 3.0
NEIGHBOURS = 5

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class SoundModel:
    """Coefficients. ``centre``, ``scale``: (51,) of ``timbre.as_row``; ``rows``: (n, 51) standardised training clips;
    ``weights``: (n, 6) and ``genre_weights``: (n, genres) dual weights; ``intercept``, ``middle``, ``spread``: (6,) of
    the percentiles: fitted mean, mean of the truth, and the factor by which predictions are spread about it;
    ``quantiles``: (6, 101) of each feature in Spotify's catalogue; ``skill``: (6,) cross-validated rank correlations;
    ``genres``: names; ``genre_share``: (genres,) in training; ``sharpness``: of the softmax over genres;
    ``usual_distance``: median over the clips of ``neighbour_distance``; ``voiceless``: (101,) the instrumentalness to
    expect at each percentile, and ``genre_voiceless``: (genres,) of each genre (``lab.training.vocals``)."""

    centre: Vector
    scale: Vector
    rows: Vector
    weights: Vector
    genre_weights: Vector
    intercept: Vector
    middle: Vector
    spread: Vector
    quantiles: Vector
    skill: Vector
    genres: NDArray[np.str_]
    genre_share: Vector
    sharpness: Vector
    usual_distance: Vector
    voiceless: Vector
    genre_voiceless: Vector

    def percentiles(self, row: Vector) -> tuple[dict[str, float], dict[str, float], float]:
        """For one (51,) row: each feature's percentile 0..1, genre probabilities, and 0..1 how near the sound lies
        to those the model was fitted on."""
        distances = squared_distances(self.standardised(row[None]), self.rows)
        spread = self.spread_out(self.intercept + (kernel(distances) @ self.weights)[0])
        votes = np.exp(self.sharpness * (self.genre_share + kernel(distances, GENRE_GAMMA) @ self.genre_weights)[0])
        return (
            dict(zip(FEATURES, map(float, spread), strict=True)),
            dict(zip(map(str, self.genres), map(float, votes / votes.sum()), strict=True)),
            float(nearness(neighbour_distance(distances), self.usual_distance)[0]),
        )

    def spread_out(self, fitted: Vector) -> Vector:
        """(..., 6) least squares' percentiles, which keep too close to the mean, spread about it as the truth is."""
        return np.clip(self.middle + (fitted - self.intercept) * self.spread, 0, 1)

    def value(self, feature: str, percentile: float) -> float:
        """A percentile 0..1 of Spotify's catalogue as the feature's own value 0..1."""
        column = self.quantiles[FEATURES.index(feature)]
        return float(np.interp(np.clip(percentile, 0, 1) * (len(column) - 1), np.arange(len(column)), column))

    def instrumentalness(self, percentile: float, genres: dict[str, float], near: float) -> float:
        """The value to expect, 0..1: of its percentile where the sound is ``near``, else of the genres it may be."""
        by_style = sum(genres[str(name)] * float(v) for name, v in zip(self.genres, self.genre_voiceless, strict=True))
        at = float(np.interp(percentile, np.linspace(0, 1, len(self.voiceless)), self.voiceless))
        return near * at + (1 - near) * by_style

    def standardised(self, rows: Vector) -> Vector:
        """(n, 51) raw rows to clipped standard scores: no one odd measurement may carry a prediction away."""
        return np.clip((rows - self.centre) / self.scale, -CLIP, CLIP)


def squared_distances(a: Vector, b: Vector) -> Vector:
    """(len(a), len(b)): between standardised rows."""
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2 * a @ b.T
    return np.maximum(squares, 0)  # type: ignore[no-any-return]


def kernel(squares: Vector, gamma: float = GAMMA) -> Vector:
    """The Gaussian kernel of squared distances."""
    return np.exp(-gamma * squares)


def neighbour_distance(squares: Vector) -> Vector:
    """(n,): mean of each row's smallest squared distances."""
    return np.sort(squares, axis=1)[:, :NEIGHBOURS].mean(axis=1)  # type: ignore[no-any-return]


def nearness(distance: Vector, usual: Vector) -> Vector:
    """1 for a sound as near to its neighbours as the training clips are to theirs, falling with the square of the
    distance: where a prediction would be an extrapolation."""
    return np.minimum(usual / np.maximum(distance, 1e-9), 1)


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
