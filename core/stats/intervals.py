"""How sure a figure is: bootstrap intervals, paired permutation tests, effect sizes, and Holm's correction."""

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


def mean(values: Sequence[float] | Numbers, seed: int = 0) -> Estimate:
    """The mean with its percentile bootstrap interval. ``values``: one for each unit, at least one."""
    known = np.asarray(values, dtype=np.float64)
    draws = np.random.default_rng(seed).integers(0, len(known), (ROUNDS, len(known)))
    return _estimate(float(known.mean()), known[draws].mean(axis=1), len(known))


def measured(
    measure: Callable[[NDArray[np.intp]], float], groups: NDArray[Any], seed: int = 0, rounds: int = 500
) -> Estimate:
    """Any measure of rows, with an interval from resampling whole groups (themes, artists, people).

    ``measure``: row numbers to a figure; ``groups``: (n,) the group of each row.
    """
    names, place = np.unique(groups, return_inverse=True)
    members = [np.flatnonzero(place == one) for one in range(len(names))]
    generator = np.random.default_rng(seed)
    drawn = [
        measure(np.concatenate([members[one] for one in generator.integers(0, len(members), len(members))]))
        for _ in range(rounds)
    ]
    return _estimate(measure(np.arange(len(groups))), np.array(drawn), len(members))


def _estimate(value: float, drawn: Numbers, units: int) -> Estimate:
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(value=round(value, 4), low=round(float(low), 4), high=round(float(high), 4), n=units)


def wilson(hits: int, n: int) -> Estimate:
    """A share of ``n`` >= 1 independent yes-or-no answers with Wilson's (1927) score interval."""
    z = 1.959964
    share = hits / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z * ((share * (1 - share) + z**2 / (4 * n)) / n) ** 0.5 / (1 + z**2 / n)
    return Estimate(value=round(share, 4), low=round(middle - reach, 4), high=round(middle + reach, 4), n=n)


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
    """Sign-flip randomisation test of paired differences; the observed one counts as one of the permutations
    (Phipson & Smyth 2010), so p is never 0."""
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], (rounds, len(differences)))
    flipped = np.abs((signs * differences).mean(axis=1))
    beyond = int((flipped >= abs(float(differences.mean())) - 1e-12).sum())
    return (beyond + 1) / (rounds + 1)


def holm(ps: Mapping[str, float]) -> dict[str, float]:
    """Holm's (1979) step-down correction of several tests: adjusted p by name."""
    adjusted: dict[str, float] = {}
    highest = 0.0
    for place, name in enumerate(sorted(ps, key=ps.__getitem__)):
        highest = max(highest, min(1.0, (len(ps) - place) * ps[name]))
        adjusted[name] = highest
    return adjusted
