"""Valence and arousal as listeners said they felt them: two ridge regressions on cues, and one more on tags.

Fitted by ``train sound_felt`` on listeners' answers; figures in ``trained/sound_felt.md``. What the tables of songs
tell (``affect_model``) keeps a share, since it knows other music; the larger one the less a sound is like the clips. A
clip that is average in both reads as average did before, so values stay on the scale on which the tables' songs stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recommender.perception import TRAINED
from recommender.perception.weights.loaders import loaded_once

MODEL_FILE = TRAINED / "sound_felt.npz"
AXES = ("valence", "arousal")
PARTS = ("cues", "tags")
"""The ridges of the model."""

CLIP, MOST = 3.0, 2.5
"""Standard scores, of one cue and of what all tell together, beyond which a sound is no more extreme."""

FELT_SHARE = 0.8
"""Of what listeners taught in a reading; the rest is the tables'. On the listeners' clips .8 is as good as all."""

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Ridge:
    """``names`` (k,); ``centre``, ``scale``, ``usual`` (k,): mean, deviation and what stands in for the unknown;
    ``slopes`` (k, 2) from standard scores to standard scores of ``AXES``; ``intercepts`` (2,)."""

    names: NDArray[np.str_]
    centre: Vector
    scale: Vector
    usual: Vector
    slopes: Vector
    intercepts: Vector

    def read(self, rows: Vector) -> Vector:
        """(n, k) to (n, 2) standard scores of ``AXES``."""
        return self.intercepts + self.standard(rows) @ self.slopes  # type: ignore[no-any-return]

    def standard(self, rows: Vector) -> Vector:
        """(n, k) standard scores; NaN counts as usual, and no odd measurement weighs more than ``CLIP``."""
        known = np.where(np.isfinite(rows), rows, self.usual)
        return np.clip((known - self.centre) / self.scale, -CLIP, CLIP)

    def row(self, values: Mapping[str, float]) -> Vector:
        return np.array([values[name] for name in self.names.tolist()], dtype=np.float64)


@dataclass(frozen=True)
class FeltModel:
    """``cues``: what every sound tells. ``tags``: what the tagger's probabilities (as log odds) add where it runs.
    ``spread`` (2,): standard deviation of the scores from cues, over clips left out; ``before_mean``, ``before_sd``
    (2,): of the same clips' readings by the tables alone; ``skill`` (2,): cross-validated rank correlations;
    ``strangest``: the mean squared standard score of cues that nine clips in ten keep below."""

    cues: Ridge
    tags: Ridge
    spread: Vector
    before_mean: Vector
    before_sd: Vector
    skill: Vector
    strangest: Vector

    def read(self, cues: Mapping[str, float], before: tuple[float, float]) -> tuple[float, float]:
        """Valence and arousal, 0..1. ``before``: what the tables of songs tell of the same sound."""
        row = self.cues.row(cues)[None]
        strange = max(float(np.mean(self.cues.standard(row) ** 2)), 1e-9)
        share = FELT_SHARE * min(1.0, float(self.strangest) / strange)
        score = np.clip(self.cues.read(row)[0] / self.spread, -MOST, MOST)
        return self._value(share * score + (1 - share) * self._standard(before))

    def moved(self, point: tuple[float, float], tags: Mapping[str, float]) -> tuple[float, float]:
        """A reading's valence and arousal with what the tags add. ``tags``: probabilities by name."""
        odds = {name: log_odds(value) for name, value in tags.items()}
        added = self.tags.read(self.tags.row(odds)[None])[0] / self.spread
        bounded = np.log(np.clip(point, 1e-6, 1 - 1e-6) / (1 - np.clip(point, 1e-6, 1 - 1e-6)))
        return self._squashed(bounded + FELT_SHARE * added * self._steps())

    def _standard(self, before: tuple[float, float]) -> Vector:
        return np.clip((np.array(before) - self.before_mean) / self.before_sd, -CLIP, CLIP)

    def _value(self, score: Vector) -> tuple[float, float]:
        """Standard scores to values that never leave 0..1: a logistic curve with the readings' mean and slope there."""
        return self._squashed(np.log(self.before_mean / (1 - self.before_mean)) + score * self._steps())

    def _steps(self) -> Vector:
        """(2,): log odds in one standard deviation."""
        return self.before_sd / (self.before_mean * (1 - self.before_mean))

    def _squashed(self, odds: Vector) -> tuple[float, float]:
        valence, arousal = 1 / (1 + np.exp(-odds))
        return float(valence), float(arousal)


def log_odds(probability: float) -> float:
    bounded = min(max(probability, 1e-5), 1 - 1e-5)
    return float(np.log(bounded / (1 - bounded)))


def save(model: FeltModel, path: Path = MODEL_FILE) -> None:
    """Write the coefficients, in single precision."""
    arrays = {f"{part}.{f.name}": getattr(getattr(model, part), f.name) for part in PARTS for f in fields(Ridge)}
    arrays |= {f.name: getattr(model, f.name) for f in fields(FeltModel) if f.name not in PARTS}
    single = {n: a if a.dtype.kind == "U" else a.astype(np.float32) for n, a in arrays.items()}
    np.savez_compressed(path, **single)  # type: ignore[arg-type]


@loaded_once
def load() -> FeltModel:
    """The shipped coefficients, once a process."""
    with np.load(MODEL_FILE) as stored:
        arrays = {name: stored[name] for name in stored.files}
    wide = {n: a if a.dtype.kind == "U" else a.astype(np.float64) for n, a in arrays.items()}
    cues, tags = (Ridge(**{f.name: wide[f"{part}.{f.name}"] for f in fields(Ridge)}) for part in PARTS)
    return FeltModel(cues=cues, tags=tags, **{n: a for n, a in wide.items() if "." not in n})
