"""All learners together: what each says, by how sure it is of this person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from feedback.taste.learners.bandit import Bandit
from feedback.taste.learners.base import History, Learner, Liking, Matrix
from feedback.taste.learners.collaborative import CollaborativeLearner
from feedback.taste.learners.decayed_mean import Profile
from recommender.ranking.features import Pool

MEMBERS: tuple[Learner, ...] = (Profile(), Bandit(), CollaborativeLearner())


@dataclass(frozen=True, eq=False, kw_only=True)
class Together:
    members: Sequence[Liking]

    @property
    def sureness(self) -> float:
        return max(member.sureness for member in self.members)

    def values(self, pool: Pool) -> Matrix:
        total: Matrix = 0.5 + self._leads(pool).sum(axis=0)
        return np.clip(total, 0.0, 1.0)

    def uncertainty(self, pool: Pool) -> Matrix:
        """As of independent members: less than each of them alone."""
        precision = sum(1.0 / np.maximum(member.uncertainty(pool), 1e-3) ** 2 for member in self.members)
        told: Matrix = np.minimum(np.sqrt(1.0 / precision), 0.5)
        return told

    def because(self, pool: Pool, row: int) -> str:
        for place in np.argsort(-self._leads(pool)[:, row]):
            if clause := self.members[int(place)].because(pool, row):
                return clause
        return ""

    def _leads(self, pool: Pool) -> Matrix:
        """(members, n): how far each lifts each track from the middle; the shares of the surer ones are larger."""
        shares = np.array([member.sureness for member in self.members])
        shares = shares / (shares.sum() or 1.0)
        return np.stack([share * (one.values(pool) - 0.5) for share, one in zip(shares, self.members, strict=True)])


@dataclass(frozen=True)
class Hybrid:
    members: tuple[Learner, ...] = MEMBERS
    name: str = "hybrid"

    def learn(self, history: History) -> Together | None:
        learned = [liking for member in self.members if (liking := member.learn(history)) is not None]
        return Together(members=learned) if learned else None
