"""Looking as often as one likes: the mixture sequential probability ratio test and its confidence sequence.

With the estimate ``d`` of a difference, its variance ``V`` and a normal mixture of variance ``tau^2`` over the true
effect, the likelihood ratio against "no difference" is ``sqrt(V/(V+tau^2)) exp(tau^2 d^2 / (2 V (V+tau^2)))``
(Robbins 1970; Johari et al. 2017). Under no difference it exceeds ``1/alpha`` at any time with probability at most
``alpha``. It rests on the means being nearly normal, so nothing is told before ``FIRST_LOOK`` people an arm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.stats.ab_test import Effect, difference

Values = NDArray[np.float64]

FIRST_LOOK = 50
"""People in each arm before the first look."""


def log_ratio(estimate: Values, variance: Values, tau: float) -> Values:
    """The log likelihood ratio; arrays of any one shape. ``tau``: the size of the effect worth finding."""
    wider = variance + tau**2
    ratio: Values = 0.5 * np.log(variance / wider) + tau**2 * estimate**2 / (2 * variance * wider)
    return ratio


def radius(variance: Values, tau: float, alpha: float = 0.05) -> Values:
    """Half the width of the confidence sequence: the estimates whose ratio stays below ``1/alpha``."""
    wider = variance + tau**2
    half: Values = np.sqrt(variance * wider / tau**2 * (2 * np.log(1 / alpha) + np.log(wider / variance)))
    return half


@dataclass(frozen=True, eq=False, kw_only=True)
class Sequence:
    """The confidence sequence as people came in. ``people``: how many in all at each look; ``p_value``: the
    always-valid p-value, never rising. Empty before ``FIRST_LOOK``."""

    people: NDArray[np.int64]
    estimate: Values
    low: Values
    high: Values
    p_value: Values

    @property
    def latest(self) -> Effect | None:
        if not len(self.people):
            return None
        low, high, estimate = float(self.low[-1]), float(self.high[-1]), float(self.estimate[-1])
        return Effect(difference=estimate, low=low, high=high, variance=((high - low) / 2) ** 2)


def confidence_sequence(
    outcome: Values, treated: NDArray[np.bool_], tau: float, *, alpha: float = 0.05, looks: int = 120
) -> Sequence:
    """Of (n,) outcomes in the order people came, and who of them was treated; at most ``looks`` evenly spread looks,
    the last of which is at everybody."""
    shown = np.unique(np.linspace(1, max(len(outcome), 1), looks).astype(int))
    kept = []
    for count in shown:
        seen, arm = outcome[:count], treated[:count]
        if min(int(arm.sum()), int((~arm).sum())) < FIRST_LOOK:
            continue
        estimate, variance = difference(seen[~arm], seen[arm])
        if variance > 0:
            kept.append((int(count), estimate, variance))
    return _sequence(kept, tau, alpha)


def mean_sequence(outcome: Values, tau: float, *, alpha: float = 0.05, looks: int = 120) -> Sequence:
    """The same for whether the mean of (n,) outcomes, in the order people came, differs from zero."""
    shown = np.unique(np.linspace(FIRST_LOOK, max(len(outcome), FIRST_LOOK), looks).astype(int))
    seen = [outcome[:count] for count in shown if count <= len(outcome)]
    kept = [(len(one), float(one.mean()), float(one.var(ddof=1)) / len(one)) for one in seen]
    return _sequence([one for one in kept if one[2] > 0], tau, alpha)


def _sequence(kept: list[tuple[int, float, float]], tau: float, alpha: float) -> Sequence:
    if not kept:
        none = np.zeros(0)
        return Sequence(people=none.astype(np.int64), estimate=none, low=none, high=none, p_value=none)
    people, estimates, variances = (np.array(column) for column in zip(*kept, strict=True))
    half = radius(variances, tau, alpha)
    p_value = np.minimum.accumulate(np.minimum(1.0, np.exp(-log_ratio(estimates, variances, tau))))
    return Sequence(
        people=people.astype(np.int64), estimate=estimates, low=estimates - half, high=estimates + half, p_value=p_value
    )
