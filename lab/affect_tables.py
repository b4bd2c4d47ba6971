"""Tables on valence and arousal that several studies share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import mean_absolute_error

from core.stats.agreement import concordance, pearson, spearman
from core.stats.intervals import Estimate, mean, measured
from lab.study import Cell, Lab, Table

Numbers = NDArray[np.float64]
AXES = ("valence", "arousal")
COLUMNS = ("system", "axis", "Pearson", "Spearman", "concordance", "mean error")


def rows(
    systems: Mapping[str, Numbers], truth: Numbers, groups: NDArray[Any], seed: int
) -> tuple[tuple[Cell, ...], ...]:
    """A row for each system and axis, under ``COLUMNS``; intervals resample groups."""
    return tuple(
        (
            name,
            axis,
            correlation(points[:, place], truth[:, place], groups, seed),
            round(spearman(points[:, place], truth[:, place]), 4),
            round(concordance(points[:, place], truth[:, place]), 4),
            round(mean_absolute_error(points[:, place], truth[:, place]), 4),
        )
        for name, points in systems.items()
        for place, axis in enumerate(AXES)
    )


def correlation(read: Numbers, truth: Numbers, groups: NDArray[Any], seed: int) -> Estimate:
    return measured(lambda some: pearson(read[some], truth[some]), groups, seed)


def both(read: Numbers, truth: Numbers) -> tuple[float, float]:
    """Pearson correlations of valence and arousal."""
    return pearson(read[:, 0], truth[:, 0]), pearson(read[:, 1], truth[:, 1])


SHUFFLES = 10


def control(predict: Callable[[Numbers], Numbers], truth: Numbers, lab: Lab, salt: str) -> Table:
    """The same learner on ratings dealt out at random, ``SHUFFLES`` times: held-out predictions of ratings that nothing
    can foresee. ``predict``: targets (n, outputs) to held-out predictions of the same shape."""
    generator = lab.random(salt)
    permuted = np.hstack([truth[generator.permutation(len(truth))] for _ in range(SHUFFLES)])
    read = predict(permuted)
    by_axis = [
        [pearson(read[:, place], permuted[:, place]) for place in range(axis, 2 * SHUFFLES, 2)] for axis in range(2)
    ]
    return Table(
        name="control",
        title=f"The same, learned from shuffled ratings ({SHUFFLES} shuffles)",
        columns=("ratings", *(f"{axis}, Pearson" for axis in AXES)),
        rows=(("shuffled", *(mean(values, lab.seed) for values in by_axis)),),
        note="Chance is 0, or a little below: a held-out mean moves against what is held out.",
        control=True,
    )
