"""How a percentile of instrumentalness becomes a value. Part of ``train sound_features``.

Spotify's instrumentalness has two heaps: seven tracks of ten lie below .01, and most of the others near 1. The quantile
at an uncertain percentile therefore says "surely sung". What is wanted is the value to expect: an isotonic fit of the
clips' own values on their cross-validated percentiles, and, the further a sound lies from all clips, the mean of the
styles it is taken for, which the table knows from many more tracks.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import roc_auc_score

Vector = NDArray[np.float64]

GRID = np.linspace(0, 1, 101)
FOLDS = 5
WITHOUT_VOICE, WITH_VOICE = ("classical", "jazz"), ("pop", "hiphop")


def expected_by_percentile(percentiles: Vector, values: Vector, weights: Vector) -> Vector:
    """(101,) the value to expect at each percentile 0, .01 ... 1; never falling. All arguments are (n,)."""
    fitted = IsotonicRegression(out_of_bounds="clip").fit(percentiles, values, sample_weight=weights)
    return np.asarray(fitted.predict(GRID), dtype=np.float64)


def expected(percentiles: Vector, curve: Vector, by_style: Vector, near: Vector) -> Vector:
    """(n,) values: the ``curve``'s where the sound is ``near`` (0..1), else ``by_style``."""
    return near * np.interp(percentiles, GRID, curve) + (1 - near) * by_style


def judged(
    percentiles: Vector, truth: Vector, weights: Vector, *, groups: NDArray[np.intp], by_style: Vector, near: Vector
) -> Vector:
    """(n,) values as ``expected`` gives them, the curve fitted without the clip's own artist."""
    fold_of = np.random.default_rng(0).integers(0, FOLDS, groups.max() + 1)[groups]
    values = np.empty(len(truth))
    for fold in range(FOLDS):
        rest, here = fold_of != fold, fold_of == fold
        curve = expected_by_percentile(percentiles[rest], truth[rest], weights[rest])
        values[here] = expected(percentiles[here], curve, by_style[here], near[here])
    return values


def figures(values: Vector, truth: Vector, known: NDArray[np.bool_], genres: NDArray[np.str_]) -> dict[str, Any]:
    """Root mean square error where the artist is known, means by genre, and how often a clip of a style mostly without
    voices is above one of a style mostly with (area under the curve)."""
    without, sung = np.isin(genres, WITHOUT_VOICE), np.isin(genres, WITH_VOICE)
    both = without | sung
    return {
        "rmse, track or artist": round(float(np.sqrt(np.mean((values - truth)[known] ** 2))), 4),
        "mean": {name: round(float(values[genres == name].mean()), 3) for name in (*WITHOUT_VOICE, *WITH_VOICE)},
        "area, classical and jazz above pop and hiphop": round(float(roc_auc_score(without[both], values[both])), 4),
    }
