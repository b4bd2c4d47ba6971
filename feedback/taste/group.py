"""Several people's tastes as one, for a list that all of them hear.

``average``: the mean of what each would like; ``least_misery``: what the least pleased would like (both: Masthoff 2011,
Group Recommender Systems: Combining Individual Models); ``fair``: from three times as many tracks as are wanted, chosen
by the average, the list is drafted in turns: whoever is served least so far gets what serves them best, and of that
what the others like too (``bench together`` compares the three). Whatever the method, nobody hears what one of them
refused.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from accounts.models import User
from core.schemas import MusicBrief, RankedList, ScoredTrack
from feedback.taste import profile as taste
from feedback.taste.evidence import Matrix
from feedback.taste.learners.base import Liking
from feedback.taste.profile import WEIGHT, Taste
from recommender.mapping import MOST_TRACKS
from recommender.models import Track
from recommender.ranking import chapters
from recommender.ranking import features as pools
from recommender.ranking.features import Pool

METHODS: Mapping[str, str] = {
    "fair": later("taking turns"),
    "average": later("what pleases most on average"),
    "least_misery": later("what displeases nobody"),
}
WIDER = 3
"""Times the wished length: how many tracks a fair draft chooses from."""
OWN_SHARE = 0.5
"""How much of a pick is the person's own liking; the rest is the match with what was wished."""
SERVES_FROM = 0.54
"""A liking from which a track is said to serve a person: somewhat above the .5 of no opinion."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Blended:
    """The likings of several people as one (``Liking``). Reasons never tell what any of them likes."""

    likings: Sequence[Liking | None]
    method: str

    @property
    def sureness(self) -> float:
        return max((one.sureness for one in self.likings if one), default=0.0)

    def each(self, pool: Pool) -> Matrix:
        """(people, n) 0..1; .5 throughout for somebody of whom nothing is known."""
        return np.stack([one.values(pool) if one else np.full(len(pool), 0.5) for one in self.likings])

    def values(self, pool: Pool) -> Matrix:
        values: Matrix = self.each(pool).min(axis=0) if self.method == "least_misery" else self.each(pool).mean(axis=0)
        return values

    def uncertainty(self, pool: Pool) -> Matrix:
        told: Matrix = np.stack([one.uncertainty(pool) if one else np.full(len(pool), 0.5) for one in self.likings])
        mean: Matrix = told.mean(axis=0)
        return mean

    def because(self, pool: Pool, row: int) -> str:
        return _("It suits those who listen") if self.values(pool)[row] > 0.5 else ""


def taste_of(person: User | None, learner: str = "", others: Sequence[User] = (), method: str = "fair") -> Taste | None:
    """The person's taste for the ranking, blended with that of ``others`` who listen along. ``learner``: as for
    ``taste.of``."""
    own = taste.of(person, learner)
    if not others:
        return own
    known = [own, *(taste.of(other, learner) for other in others)]
    if not any(known):
        return None
    likings = [one.liking if one else None for one in known]
    blended = Blended(likings=likings, method=method) if any(likings) else None
    refused = frozenset().union(*(taste.blocked(one) for one in known))
    weight = round(WEIGHT * blended.sureness, 4) if blended else 0.0
    return Taste(liking=blended, weight=weight, blocked=refused)


def recommend(
    brief: MusicBrief, person: User | None, *, taste: Taste | None = None, keep: Sequence[int] = (), **options: Any
) -> RankedList:
    """``chapters.recommend``; drafted in turns where several listen and the method is ``fair``. A list measured in
    minutes, told in chapters or with kept tracks goes by the average."""
    liking = taste.liking if taste else None
    fair = isinstance(liking, Blended) and liking.method == "fair"
    if not fair or keep or brief.stages or brief.limits.minutes or not isinstance(liking, Blended):
        return chapters.recommend(brief, person, taste=taste, keep=keep, **options)
    wide = replace(brief, count=min(WIDER * brief.count, MOST_TRACKS), limits=replace(brief.limits, count=None))
    ranked = chapters.recommend(wide, person, taste=taste, **options)
    return replace(ranked, tracks=drafted(ranked.tracks, liking, brief.count), policy=f"{ranked.policy}-fair")


def drafted(tracks: Sequence[ScoredTrack], liking: Blended, count: int) -> tuple[ScoredTrack, ...]:
    """``count`` of the tracks, chosen in turns by those of whom something is known, in the order in which they came."""
    pool = pools.load(Track.objects.all(), [track.track_id for track in tracks])
    at = {int(one): row for row, one in enumerate(pool.ids)}
    known = [track for track in tracks if track.track_id in at]
    heard = [one is not None for one in liking.likings]
    own = liking.each(pool)[heard][:, [at[track.track_id] for track in known]]
    match = np.array([track.score / 100 for track in known])
    picked = sorted(in_turns(OWN_SHARE * own + (1 - OWN_SHARE) * match, count))
    return tuple(replace(known[row], rank=rank) for rank, row in enumerate(picked, 1))


def in_turns(utility: Matrix, count: int) -> list[int]:
    """Columns of (people, n) ``utility``: each time the one that serves best whoever has got the least so far, where
    what it is worth to all on average counts as much again (of equals the first person, and the first column)."""
    served = np.zeros(len(utility))
    everybody = utility.mean(axis=0)
    left = list(range(utility.shape[1]))
    chosen: list[int] = []
    for _place in range(min(count, len(left))):
        wish = utility[np.argmin(served)] + everybody
        best = left.pop(int(np.argmax(wish[left])))
        chosen.append(best)
        served += utility[:, best]
    return chosen


def serving(people: Sequence[User], track_ids: Collection[int], learner: str = "") -> dict[int, tuple[int, ...]]:
    """By track id, the ids of the people whose taste it serves."""
    pool = pools.load(Track.objects.all(), list(track_ids))
    found: dict[int, tuple[int, ...]] = {int(one): () for one in pool.ids}
    for person in people:
        known = taste.of(person, learner)
        if known is None or known.liking is None:
            continue
        for row in np.flatnonzero(known.values(pool) >= SERVES_FROM):
            found[int(pool.ids[row])] += (person.pk,)
    return found
