"""Bayesian linear regression on what a track is like: a posterior over how much the person cares for each thing.

With evidence ``x`` of a track and what a reaction says, ``y`` in -1..1, ``y = x'b + noise`` and a normal prior over
``b`` give ``b ~ N(A^-1 c, A^-1)``, ``A = prior^-1 + sum w x x' / s^2``, ``c = sum w x y / s^2``; the weight ``w`` of a
reaction halves every half-life, and what came before the taste changed is left out. Drawing ``b`` from that posterior
is linear Thompson sampling (Agrawal and Goyal 2013).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from core.schemas import Preference
from feedback.taste.evidence import LONG_TERM, NOISE, STEEPNESS, Heard, clause, evidence, prior
from feedback.taste.learners.base import History, Matrix
from recommender.ranking.features import Pool

HALF_SURE = 4.0
LEAST_CARE = 0.02


@dataclass(frozen=True, eq=False, kw_only=True)
class Posterior:
    """``mean`` (d,) of how much the person cares, in the order of ``targets``, and ``precision`` (d, d), the inverse of
    its covariance; ``count``: the effective number of reactions behind it."""

    targets: tuple[str, ...]
    mean: Matrix
    precision: Matrix
    teachers: Mapping[str, Preference]
    count: float

    @property
    def sureness(self) -> float:
        return self.count / (self.count + HALF_SURE)

    @cached_property
    def covariance(self) -> Matrix:
        """(d, d), worked out when it is first asked for: a list by what is believed needs the mean alone."""
        return inverse(self.precision)

    def values(self, pool: Pool) -> Matrix:
        value: Matrix = 0.5 + 0.5 * np.tanh(STEEPNESS * (self._table(pool) @ self.mean))
        return value

    def uncertainty(self, pool: Pool) -> Matrix:
        table = self._table(pool)
        spread = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", table, self.covariance, table), 0.0))
        told: Matrix = 0.5 * np.tanh(STEEPNESS * spread)
        return told

    def because(self, pool: Pool, row: int) -> str:
        shares = self._table(pool) * self.mean
        lead = np.where(shares[row] > 0, shares[row] - shares.mean(axis=0), 0.0)
        for column in np.argsort(-lead):
            teacher = self.teachers.get(self.targets[column])
            if lead[column] > 0 and teacher:
                return clause(teacher, int(pool.ids[row]))
        return ""

    def drawn(self, generator: np.random.Generator) -> Posterior:
        """One possible person: the mean drawn from the posterior (Thompson sampling)."""
        return replace(self, mean=generator.multivariate_normal(self.mean, self.covariance, method="cholesky"))

    def _table(self, pool: Pool) -> Matrix:
        """(n, d) evidence of the pool's tracks in the posterior's own order."""
        names, table = evidence(pool, self.targets)
        place = {name: column for column, name in enumerate(names)}
        aligned = np.zeros((len(pool), len(self.targets)))
        for column, name in enumerate(self.targets):
            if name in place:
                aligned[:, column] = table[:, place[name]]
        return aligned


def precision_of(targets: Sequence[str], rows: Matrix, weights: Matrix) -> Matrix:
    """(d, d) how sure it is after reactions to tracks with this evidence (m, d), weighted (m,); the prior when there
    were none."""
    told: Matrix = np.diag(1 / prior(targets) ** 2) + (rows * weights[:, None]).T @ rows / NOISE**2
    return told


def inverse(precision: Matrix) -> Matrix:
    """The covariance, symmetric to the last digit."""
    covariance = np.linalg.inv(precision)
    told: Matrix = (covariance + covariance.T) / 2
    return told


@dataclass(frozen=True)
class Bandit:
    half_life: float = LONG_TERM
    name: str = "bandit"

    def learn(self, history: History) -> Posterior | None:
        place = {int(one): row for row, one in enumerate(history.tracks.ids)}
        known = [event for event in history.events if event.track_id in place]
        if not known:
            return None
        targets, table = evidence(history.tracks)
        rows = table[[place[event.track_id] for event in known]]
        said = np.array([event.says for event in known])
        weights = history.weights(known, self.half_life)
        precision = precision_of(targets, rows, weights)
        mean = np.linalg.solve(precision, rows.T @ (weights * said)) / NOISE**2
        return Posterior(
            targets=targets,
            mean=mean,
            precision=precision,
            teachers=_teachers(history, targets, mean, known=known, taught=rows * (weights * said)[:, None]),
            count=float((weights * np.abs(said)).sum()),
        )


def _teachers(
    history: History, targets: tuple[str, ...], mean: Matrix, *, known: Sequence[Heard], taught: Matrix
) -> dict[str, Preference]:
    """For everything the person cares for at all: the reaction that taught most of it."""
    titles = {int(one): facts.title for one, facts in zip(history.tracks.ids, history.tracks.facts, strict=True)}
    told: dict[str, Preference] = {}
    leading = np.argmax(taught * np.sign(mean), axis=0)
    for column in np.flatnonzero(np.abs(mean) >= LEAST_CARE):
        event = known[leading[column]]
        told[targets[column]] = Preference(
            target=targets[column],
            strength=round(float(mean[column]), 4),
            track_id=event.track_id,
            title=titles[event.track_id],
            taught_by=event.kind,
        )
    return told
