"""How far numbers agree: predictions with the truth, confidence with correctness, raters with each other.

scipy is imported where it is used, so that the web process stays light. What scikit-learn measures (error, R squared,
area under the curve, Brier's score) is asked of it where it is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.floating[Any]]

BINS = 15
"""Bins of equal mass for reliability (Nixon et al. 2019, "Measuring calibration in deep learning")."""


def pearson(a: Numbers, b: Numbers) -> float:
    """Correlation, -1..1; 0 where one side does not vary."""
    if min(np.std(a), np.std(b)) <= 1e-12:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def spearman(a: Numbers, b: Numbers) -> float:
    """Rank correlation, ties by their mean rank; 0 where one side does not vary."""
    from scipy.stats import rankdata

    return pearson(rankdata(a), rankdata(b))


def concordance(a: Numbers, b: Numbers) -> float:
    """Lin's (1989) coefficient: 1 only where the values agree, not merely their order."""
    apart = a.var() + b.var() + (a.mean() - b.mean()) ** 2
    return float(2 * ((a - a.mean()) * (b - b.mean())).mean() / apart) if apart > 1e-12 else 0.0


@dataclass(frozen=True, kw_only=True)
class Bin:
    """What was claimed and what came true in one bin, and how many there were."""

    claimed: float
    true: float
    count: int


def reliability(claimed: Numbers, true: Numbers, bins: int = BINS) -> tuple[Bin, ...]:
    """Claims 0..1 against outcomes 0 or 1, in bins of equal mass, lowest claim first."""
    order = np.argsort(claimed, kind="stable")
    parts = [part for part in np.array_split(order, min(bins, len(order))) if len(part)]
    return tuple(
        Bin(claimed=float(claimed[part].mean()), true=float(true[part].mean()), count=len(part)) for part in parts
    )


def calibration_error(claimed: Numbers, true: Numbers, bins: int = BINS) -> float:
    """Expected calibration error: the mean distance of claims from outcomes over the bins, by their size."""
    told = reliability(claimed, true, bins)
    return sum(one.count * abs(one.claimed - one.true) for one in told) / len(claimed)


def conformal_width(errors: Numbers, level: float) -> float:
    """The half-width that holds the next truth with probability ``level``: split conformal prediction's quantile
    ``ceil((n + 1) level) / n`` of absolute errors on a calibration set (Lei et al. 2018)."""
    place = int(np.ceil((len(errors) + 1) * level)) - 1
    return float(np.sort(np.abs(errors))[min(place, len(errors) - 1)])


def covered(predicted: Numbers, truth: Numbers, width: float) -> NDArray[np.float64]:
    """(n,) 1 where the truth lies within ``width`` of the prediction."""
    return np.asarray(np.abs(predicted - truth) <= width, dtype=np.float64)


def usability_score(answers: Sequence[int]) -> float:
    """System Usability Scale, 0..100, of ten answers 1..5 (Brooke 1996): odd items speak for, even ones against."""
    if len(answers) != 10 or not all(1 <= answer <= 5 for answer in answers):
        raise ValueError("the scale has ten answers from 1 to 5")
    return 2.5 * sum(answer - 1 if place % 2 == 0 else 5 - answer for place, answer in enumerate(answers))


def krippendorff_alpha(ratings: Numbers) -> float:
    """Agreement of raters on an interval scale: Krippendorff's (2011) alpha, 1 perfect, 0 as chance has it.

    ``ratings``: (raters, items), NaN where somebody did not rate; items rated once are left out. Own code: the package
    that has it is under the GPL.
    """
    columns = [column[np.isfinite(column)] for column in ratings.T]
    columns = [column for column in columns if len(column) > 1]
    known = np.concatenate(columns) if columns else np.array([])
    if len(known) < 2 or known.var() == 0:
        return 1.0 if len(known) else 0.0
    apart = sum(2 * len(column) * ((column - column.mean()) ** 2).sum() / (len(column) - 1) for column in columns)
    by_chance = 2 * len(known) * ((known - known.mean()) ** 2).sum() / (len(known) - 1)
    return float(1 - apart / by_chance)
