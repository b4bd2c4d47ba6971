"""What every learner takes and gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from feedback.taste.evidence import Heard, fading
from feedback.taste.learners import drift
from recommender.ranking.features import Pool

Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class History:
    """What one person said and did, newest first, and the tracks it was about. ``tracks`` holds every track of
    ``events`` that the person may still see; ``now`` is when it is learned from."""

    events: Sequence[Heard]
    tracks: Pool
    now: datetime

    @cached_property
    def changed(self) -> datetime | None:
        """When the taste last changed; None if no change is seen."""
        return drift.changed_at(self.events, self.tracks)

    def weights(self, events: Sequence[Heard], half_life: float) -> Matrix:
        """(n,) what each of these events still counts, 0..1."""
        return fading(events, self.now, half_life, self.changed)


class Liking(Protocol):
    """What was learned of one person."""

    @property
    def sureness(self) -> float:
        """0..1: how far to go by it."""
        ...

    def values(self, pool: Pool, /) -> Matrix:
        """(n,) 0..1, .5 where nothing speaks for or against a track."""
        ...

    def uncertainty(self, pool: Pool, /) -> Matrix:
        """(n,) standard deviation of ``values``, 0..0.5: .5 where nothing is known."""
        ...

    def because(self, pool: Pool, row: int, /) -> str:
        """What of it raised this track most above the others, as a clause; empty when nothing did."""
        ...


class Learner(Protocol):
    @property
    def name(self) -> str: ...

    def learn(self, history: History) -> Liking | None:
        """None where there is nothing to learn from."""
        ...
