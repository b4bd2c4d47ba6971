"""How sure a figure is: scipy's bootstrap intervals and permutation tests, effect sizes, and Holm's correction.

scipy is imported where it is used: pages import this module, and the web process stays light until somebody opens one
that reckons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROUNDS = 2000
LEVEL = 0.95

Numbers = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A figure with its 95 % interval over ``n`` resampled units (requests, people, photos)."""

    value: float
    low: float
    high: float
    n: int

    def figures(self) -> dict[str, float]:
        """As model cards and benchmarks keep it."""
        return {"value": self.value, "low": self.low, "high": self.high}


Seed = int | np.random.Generator


def mean(values: Sequence[float] | Numbers, seed: Seed = 0) -> Estimate:
    """The mean with its percentile bootstrap interval. ``values``: one for each unit, at least one."""
    known = np.asarray(values, dtype=np.float64)
    return _estimate(float(known.mean()), resampled(known, np.mean, seed, vectorized=True), len(known))


def measured(
    measure: Callable[[NDArray[np.intp]], float], groups: NDArray[Any], seed: Seed = 0, rounds: int = 500
) -> Estimate:
    """Any measure of rows, with an interval from resampling whole groups (themes, artists, people).

    ``measure``: row numbers to a figure; ``groups``: (n,) the group of each row.
    """
    names, place = np.unique(groups, return_inverse=True)
    members = [np.flatnonzero(place == one) for one in range(len(names))]

    def of_groups(drawn: NDArray[np.intp]) -> float:
        return measure(np.concatenate([members[one] for one in drawn]))

    drawn = resampled(np.arange(len(members)), of_groups, seed, rounds)
    return _estimate(measure(np.arange(len(groups))), drawn, len(members))


def measured_each(
    measure: Callable[[NDArray[np.intp]], float], rows: int, seed: Seed = 0, rounds: int = 500
) -> Estimate:
    """The same where every one of ``rows`` stands for itself."""
    drawn = resampled(np.arange(rows), measure, seed, rounds)
    return _estimate(measure(np.arange(rows)), drawn, rows)


def resampled(
    units: NDArray[Any], measure: Callable[..., Any], seed: Seed = 0, rounds: int = ROUNDS, *, vectorized: bool = False
) -> Numbers:
    """(rounds,): the measure of ``units`` drawn anew, with replacement, as often as there are of them. A ``vectorized``
    measure takes many draws at once, and the ``axis`` along which one lies."""
    from scipy.stats import bootstrap

    if len(units) < 2:
        return np.array([float(measure(units))])
    rng = np.random.default_rng(seed)
    one_number = measure if vectorized else lambda drawn: float(measure(drawn))
    told = bootstrap((units,), one_number, n_resamples=rounds, vectorized=vectorized, method="percentile", rng=rng)
    return np.asarray(told.bootstrap_distribution, dtype=np.float64)


def _estimate(value: float, drawn: Numbers, units: int) -> Estimate:
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value=round(value, 4), low=round(float(low), 4), high=round(float(high), 4), n=units)


def wilson(hits: int, n: int) -> Estimate:
    """A share of ``n`` >= 1 independent yes-or-no answers with Wilson's (1927) score interval."""
    from scipy.stats import binomtest

    low, high = binomtest(hits, n).proportion_ci(LEVEL, method="wilson")
    return Estimate(value=round(hits / n, 4), low=round(low, 4), high=round(high, 4), n=n)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """How far one is ahead of another on the same units. ``p``: two-sided, of no difference; ``effect``: the mean
    difference over the differences' standard deviation (Cohen's d for pairs)."""

    difference: Estimate
    p: float
    effect: float


def compared(one: Sequence[float] | Numbers, other: Sequence[float] | Numbers, seed: int = 0) -> Comparison:
    """Paired: the same units in the same order."""
    apart = np.asarray(one, dtype=np.float64) - np.asarray(other, dtype=np.float64)
    spread = float(apart.std(ddof=1)) if len(apart) > 1 else 0.0
    return Comparison(
        difference=mean(apart, seed),
        p=permutation_p(apart, seed),
        effect=round(float(apart.mean()) / spread, 4) if spread else 0.0,
    )


def permutation_p(differences: Numbers, seed: int = 0, rounds: int = ROUNDS) -> float:
    """Sign-flip test of paired differences: exact where there are no more than ``rounds`` ways to flip, else by
    chance, where the observed one counts as one of them (Phipson & Smyth 2010), so p is never 0."""
    from scipy.stats import permutation_test

    rng = np.random.default_rng(seed)
    told = permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=rounds, rng=rng)
    return float(told.pvalue)


def holm(ps: Mapping[str, float]) -> dict[str, float]:
    """Holm's (1979) step-down correction of several tests: adjusted p by name."""
    adjusted: dict[str, float] = {}
    highest = 0.0
    for place, name in enumerate(sorted(ps, key=ps.__getitem__)):
        highest = max(highest, min(1.0, (len(ps) - place) * ps[name]))
        adjusted[name] = highest
    return adjusted
