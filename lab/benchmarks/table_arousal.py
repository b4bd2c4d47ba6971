"""Arousal from Spotify's features: the coefficients of ``audio.affect_model`` and their figures, computed again.

Needs ``music_affect/human_va_with_spotify_features.csv`` (322 songs of PMEmo with human ratings) and
``spotify/tracks_features_70k.csv.gz`` in the data folder (``DYLUMO_SHARED``). Folds are by artist; the interval is a
bootstrap over songs of the cross-validated predictions.
"""

from __future__ import annotations

import csv
import gzip
import os
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from core.stats.agreement import spearman
from core.stats.intervals import measured
from recommender.library.audio_profiles import SCALES
from recommender.library.importers.tables.rows import BadRow, RowReader
from recommender.perception.audio.affect_model import AROUSAL_SLOPES, LOUDNESS_FLOOR, arousal_of

FEATURES = tuple(AROUSAL_SLOPES)
SEED, FOLDS, REPEATS, BOOTSTRAPS = 0, 5, 20, 2000


def run() -> dict[str, Any]:
    """Coefficients, rank correlations with their 95 % intervals, and the catalogue's means and deviations."""
    data = Path(os.environ.get("DYLUMO_SHARED", settings.BASE_DIR.parent / "shared")) / "data"
    matrix, ratings, artists = _rated(data / "music_affect" / "human_va_with_spotify_features.csv")
    slopes, _ = _fitted(matrix, ratings)
    skill = float(np.corrcoef(matrix @ slopes, ratings)[0, 1])
    wide = slopes / skill
    predicted = np.mean([_cross_validated(matrix, ratings, artists, SEED + n) for n in range(REPEATS)], axis=0)
    validated = measured(lambda some: spearman(predicted[some], ratings[some]), artists, SEED, BOOTSTRAPS)
    shipped = arousal_of(matrix[:, 0], matrix[:, 1] * -LOUDNESS_FLOOR + LOUDNESS_FLOOR, matrix[:, 2])
    return {
        "songs": len(ratings),
        "slopes": dict(zip(FEATURES, wide.round(3).tolist(), strict=True)),
        "intercept": round(float(ratings.mean() - matrix.mean(axis=0) @ wide), 3),
        "fit_correlation": round(skill, 3),
        "spearman_cross_validated": round(validated.value, 3),
        "interval_95": [round(validated.low, 2), round(validated.high, 2)],
        "spearman_energy_alone": round(spearman(matrix[:, 0], ratings), 3),
        "spearman_shipped": round(spearman(shipped, ratings), 3),
        "catalogue_scales": _scales(data / "spotify" / "tracks_features_70k.csv.gz"),
        "folds": f"{REPEATS} x {FOLDS} by artist",
        "seed": SEED,
    }


def _rated(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.str_]]:
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    loudness = np.clip((np.array([float(r["sp_loudness"]) for r in rows]) - LOUDNESS_FLOOR) / -LOUDNESS_FLOOR, 0, 1)
    energy, acousticness = (np.array([float(r[f"sp_{name}"]) for r in rows]) for name in ("energy", "acousticness"))
    ratings = np.array([float(r["arousal_mean"]) for r in rows]) / 9
    return np.stack([energy, loudness, acousticness], axis=1), ratings, np.array([r["artist"].lower() for r in rows])


def _fitted(matrix: NDArray[np.float64], ratings: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    design = np.column_stack([matrix, np.ones(len(matrix))])
    solution = np.linalg.lstsq(design, ratings, rcond=None)[0].astype(np.float64)
    return solution[:-1], float(solution[-1])


def _cross_validated(
    matrix: NDArray[np.float64], ratings: NDArray[np.float64], artists: NDArray[np.str_], seed: int
) -> NDArray[np.float64]:
    names, place = np.unique(artists, return_inverse=True)
    fold = np.random.default_rng(seed).integers(0, FOLDS, len(names))[place]
    predicted = np.zeros(len(ratings))
    for held_out in range(FOLDS):
        slopes, intercept = _fitted(matrix[fold != held_out], ratings[fold != held_out])
        predicted[fold == held_out] = matrix[fold == held_out] @ slopes + intercept
    return predicted


def _scales(path: Path) -> dict[str, list[float]]:
    """Mean and standard deviation of each dimension of the profile space, as ``SCALES`` has them."""
    columns: dict[str, list[float]] = {name: [] for name in SCALES if name not in {"octaves", "arousal"}}
    columns["tempo"] = []
    with gzip.open(path, "rt", newline="") as file:
        records = csv.reader(file)
        reader = RowReader(next(records))
        for line, record in enumerate(records, start=2):
            try:
                row = reader.read(line, record)
            except BadRow:
                continue
            for name, column in columns.items():
                value = row.mode if name == "mode" else row.features[name]
                column.append(np.nan if value is None else value)
    values = {name: np.array(column) for name, column in columns.items()}
    values["octaves"] = np.log2(values.pop("tempo"))
    values["arousal"] = arousal_of(values["energy"], values["loudness"], values["acousticness"])
    return {name: [round(float(f(values[name])), 2) for f in (np.nanmean, np.nanstd)] for name in SCALES}
