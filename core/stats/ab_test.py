"""Effects, power, sample ratio and variance reduction, for outcomes that are one number a person."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

SRM_ALARM = 0.001
"""A sample-ratio p-value below this says that the assignment or the logging is broken (Fabijan et al. 2019)."""


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A difference of two means (treated less control) with its interval, in the outcome's own unit."""

    difference: float
    low: float
    high: float
    variance: float

    @property
    def clear(self) -> bool:
        """Does the interval leave zero out?"""
        return self.low > 0 or self.high < 0


def difference(control: Values, treated: Values) -> tuple[float, float]:
    """The difference of means and its variance ``s_c^2/n_c + s_t^2/n_t``. Needs two people in each."""
    if min(len(control), len(treated)) < 2:
        return 0.0, math.inf
    variance = float(control.var(ddof=1) / len(control) + treated.var(ddof=1) / len(treated))
    return float(treated.mean() - control.mean()), variance


def fixed_effect(control: Values, treated: Values, alpha: float = 0.05) -> Effect:
    """The interval that holds for one look planned beforehand; ``sequential`` has the one for any number of looks."""
    estimate, variance = difference(control, treated)
    radius = normal_quantile(1 - alpha / 2) * math.sqrt(variance)
    return Effect(difference=estimate, low=estimate - radius, high=estimate + radius, variance=variance)


def normal_quantile(share: float) -> float:
    return NormalDist().inv_cdf(share)


def sample_ratio_p(counts: Sequence[int], shares: Sequence[float]) -> float:
    """Pearson's chi-square test that people fell into the arms by the planned shares; 1 when nobody was seen yet."""
    from scipy.stats import chisquare  # the web process stays light until somebody opens the results

    total, planned = sum(counts), sum(shares)
    if total == 0 or len(counts) < 2:
        return 1.0
    return float(chisquare(counts, [total * share / planned for share in shares]).pvalue)


def cuped(outcome: Values, before: Values) -> Values:
    """Outcomes less what was known of each person before: ``Y - theta (X - mean X)``, theta = cov(X, Y)/var(X).

    Same mean, variance times ``1 - rho^2`` (Deng et al. 2013). ``before`` must come from before the exposure; give the
    people of all arms together, so that theta is one.
    """
    spread = float(before.var()) if len(before) else 0.0
    if spread == 0.0:
        return outcome
    theta = float(np.mean((before - before.mean()) * (outcome - outcome.mean()))) / spread
    adjusted: Values = outcome - theta * (before - before.mean())
    return adjusted


def people_needed(deviation: float, effect: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """People an arm so that a true ``effect`` is found with ``power`` in one planned look:
    ``2 (z_(1-alpha/2) + z_power)^2 s^2 / effect^2``."""
    if effect <= 0:
        raise ValueError("the effect worth finding must be above zero")
    z = normal_quantile(1 - alpha / 2) + normal_quantile(power)
    return math.ceil(2 * (z * deviation / effect) ** 2)


def power_of(variance: float, effect: float, alpha: float = 0.05) -> float:
    """The chance that one planned look finds a true ``effect``, given the variance of the difference."""
    if not 0 < variance < math.inf:
        return 0.0
    z = effect / math.sqrt(variance)
    at = normal_quantile(1 - alpha / 2)
    return NormalDist().cdf(z - at) + NormalDist().cdf(-z - at)
