"""People who like what this person likes: a random walk over everybody's likes, once there are enough people.

Only tracks that several people like are walked over, so that a single person's likes can be read from nobody else's
list. The fitted walk is kept for some minutes in each process.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

import numpy as np
from django.db.models import Q

from feedback.models import Reaction
from feedback.taste.learners.base import History, Matrix
from recommender.ranking.collaborative import RandomWalk
from recommender.ranking.features import Pool

LEAST_PEOPLE = 30
"""People with likes of their own, before what they have in common means anything."""
LEAST_COMPANY = 3
"""People who like a track, before it counts."""
MOST_LIKES = 500_000
KEPT_SECONDS = 600.0
HEARD_ENOUGH = 0.8
HALF_SURE = 10.0


@dataclass(frozen=True, eq=False)
class Company:
    """Everybody's likes, walked: ``place`` of each track in ``walk``."""

    walk: RandomWalk
    place: Mapping[int, int]


@dataclass(frozen=True, eq=False, kw_only=True)
class CollaborativeTaste:
    """``scores`` by track id, 0..1: how much the company of this person's likes likes it; ``closest`` by track id, the
    title of the liked track that leads there most."""

    scores: Mapping[int, float]
    closest: Mapping[int, str]
    likes: int

    @property
    def sureness(self) -> float:
        return self.likes / (self.likes + HALF_SURE)

    def values(self, pool: Pool) -> Matrix:
        known = [self.scores.get(int(one), 0.0) for one in pool.ids]
        return 0.5 + 0.5 * np.array(known, dtype=np.float64)

    def uncertainty(self, pool: Pool) -> Matrix:
        return np.where([int(one) in self.scores for one in pool.ids], 0.5 / (1 + self.likes) ** 0.5, 0.5)

    def because(self, pool: Pool, row: int) -> str:
        title = self.closest.get(int(pool.ids[row]), "")
        return f"People who like “{title}” like it too" if title else ""


@dataclass(frozen=True)
class CollaborativeLearner:
    name: str = "company"

    def learn(self, history: History) -> CollaborativeTaste | None:
        from scipy import sparse

        company = everybody()
        if company is None:
            return None
        titles = {int(one): facts.title for one, facts in zip(history.tracks.ids, history.tracks.facts, strict=True)}
        liked = {event.track_id: event.says for event in history.events if event.says > 0}
        known = {track: says for track, says in liked.items() if track in company.place}
        if not known:
            return None
        columns = [company.place[track] for track in known]
        row = sparse.csr_matrix((list(known.values()), ([0] * len(known), columns)), shape=(1, len(company.place)))
        scores = company.walk.score(row)[0]
        scores[columns] = 0.0
        top = float(scores.max())
        if top <= 0:
            return None
        shares = np.asarray(company.walk.similarity[columns].todense())
        leading = shares.argmax(axis=0)
        names = [titles.get(track, "") for track in known]
        tracks = list(company.place)
        return CollaborativeTaste(
            scores={tracks[item]: float(scores[item]) / top for item in np.flatnonzero(scores > 0)},
            closest={tracks[item]: names[int(leading[item])] for item in np.flatnonzero(scores > 0)},
            likes=len(known),
        )


_lock = Lock()
_kept: tuple[float, Company | None] | None = None


def everybody() -> Company | None:
    """The fitted walk, at most ``KEPT_SECONDS`` old; None while there are too few people."""
    global _kept  # noqa: PLW0603 - what is kept between requests
    with _lock:
        if _kept is None or time.monotonic() - _kept[0] > KEPT_SECONDS:
            _kept = time.monotonic(), _fitted()
        return _kept[1]


def forget_everybody() -> None:
    """The next call fits anew."""
    global _kept  # noqa: PLW0603
    _kept = None


def _fitted() -> Company | None:
    from scipy import sparse

    liked = Reaction.objects.standing().filter(
        Q(kind=Reaction.Kind.LIKE) | Q(kind=Reaction.Kind.PLAYED, share__gte=HEARD_ENOUGH), track__owner=None
    )
    pairs = np.array(
        list(liked.order_by("-created").values_list("owner_id", "track_id")[:MOST_LIKES]), dtype=np.int64
    ).reshape(-1, 2)
    pairs = np.unique(pairs, axis=0)
    tracks, counts = np.unique(pairs[:, 1], return_counts=True)
    kept = tracks[counts >= LEAST_COMPANY]
    pairs = pairs[np.isin(pairs[:, 1], kept)]
    people, rows = np.unique(pairs[:, 0], return_inverse=True)
    if len(people) < LEAST_PEOPLE:
        return None
    columns = np.searchsorted(kept, pairs[:, 1])
    matrix = sparse.csr_matrix((np.ones(len(pairs)), (rows, columns)), shape=(len(people), len(kept)))
    return Company(RandomWalk().fit(matrix), {int(track): place for place, track in enumerate(kept)})
