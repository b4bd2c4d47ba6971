"""Judging a policy by what another one showed: inverse propensity, self-normalised and doubly robust estimates.

``rewards``, ``propensities`` and ``target`` are (n,): what came of each logged choice, the probability with which it
was made, and the probability with which the policy to be judged would have made it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.stats.ab_test import normal_quantile

Values = NDArray[np.float64]

LEAST_SAMPLE = 100.0
CLIP = 20.0
"""The largest weight a single choice may have: a little bias for far less variance (Ionides 2008)."""

METHODS = {"ips": "inverse propensity", "snips": "self-normalised (SNIPS)", "dr": "doubly robust"}


class TooLittleOverlap(BadInput):
    code = "too_little_overlap"
    message = "What was shown says too little about this policy."
    hint = "Let lists explore for a while, so that more of what the policy would choose is shown."


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """``value``: the reward a choice that is to be expected; ``sample``: effective sample size; ``clipped``: the share
    of weights cut at the clip."""

    method: str
    value: float
    low: float
    high: float
    sample: float
    clipped: float

    @property
    def called(self) -> str:
        return METHODS[self.method]


def effective_sample(weights: Values) -> float:
    """Kish's ``(sum w)^2 / sum w^2``: how many equally weighted choices these are worth."""
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares else 0.0


def judge(
    rewards: Values,
    propensities: Values,
    target: Values,
    *,
    logged_model: Values | None = None,
    target_model: Values | None = None,
    people: NDArray[np.int64] | None = None,
    clip: float = CLIP,
    alpha: float = 0.05,
) -> tuple[Estimate, ...]:
    """IPS and SNIPS; with the model's predicted reward of the logged choice and of the judged policy's choice (both
    (n,)) also DR. ``people``: (n,) whose choice each was; one person's are not independent of each other.

    Raises TooLittleOverlap below an effective sample of ``LEAST_SAMPLE``, BadInput for propensities outside 0..1.
    """
    if not (len(rewards) == len(propensities) == len(target)) or np.any((propensities <= 0) | (propensities > 1)):
        raise BadInput("Every choice needs a reward and a propensity above 0 and up to 1.", code="bad_propensity")
    raw = target / propensities
    weights = np.minimum(raw, clip)
    sample = effective_sample(weights)
    if sample < LEAST_SAMPLE:
        raise TooLittleOverlap(f"The effective sample is {sample:.0f}; at least {LEAST_SAMPLE:.0f} is needed.")
    told = {"ips": (float((weights * rewards).mean()), weights * rewards)}
    normal = float((weights * rewards).sum() / weights.sum())
    told["snips"] = (normal, normal + weights / weights.mean() * (rewards - normal))
    if logged_model is not None and target_model is not None:
        robust = target_model + weights * (rewards - logged_model)
        told["dr"] = (float(robust.mean()), robust)
    shares = {"sample": sample, "clipped": float(np.mean(raw > clip))}
    whose = np.arange(len(raw)) if people is None else people
    estimates = []
    for name, (value, terms) in told.items():
        # the estimate is the mean of these terms (to first order, for SNIPS)
        half = normal_quantile(1 - alpha / 2) * spread_of_mean(terms, whose)
        estimates.append(Estimate(method=name, value=value, low=value - half, high=value + half, **shares))
    return tuple(estimates)


def spread_of_mean(terms: Values, people: NDArray[np.int64]) -> float:
    """Standard error of the mean of ``terms``, where only the people are independent (cluster-robust: Liang and
    Zeger 1986)."""
    groups, of = np.unique(people, return_inverse=True)
    if len(groups) < 2:
        return float("inf")
    sums = np.bincount(of, terms - terms.mean())
    return float(np.sqrt(len(groups) / (len(groups) - 1) * (sums**2).sum())) / len(terms)
