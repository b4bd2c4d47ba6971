"""A decayed profile: reactions to what a person leans to, and that as one more part of the ranking.

For each target (a feature, a mood, a style, an instrument, an artist) the leaning is the weighted mean of
``sign * evidence``: the sign is what the reaction says (``evidence.SAYS``), the evidence how far the track lies from
what is usual, and the weight halves with every half-life. Twice over: long-term and current taste forget at different
paces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from core.schemas import Preference, TasteProfile, TasteSnapshot
from feedback.taste.evidence import CURRENT, LONG_TERM, STEEPNESS, Heard, Matrix, clause, evidence, fading, pull
from feedback.taste.learners.base import History
from recommender.ranking.features import Pool

PRIOR = 1.0
"""Reactions' worth of "no leaning" that every target starts with."""
LEAST = 0.01
"""A leaning weaker than this is none."""
HALF_SURE = 4.0
"""The effective number of reactions at which half of that weight is given."""


def learn(
    events: Sequence[Heard], tracks: Pool, now: datetime, half_life: float, changed: datetime | None = None
) -> TasteSnapshot:
    """What these reactions teach, forgetting by half in ``half_life`` days and all that came before the taste
    ``changed``. ``tracks`` holds the tracks reacted to."""
    place = {int(one): row for row, one in enumerate(tracks.ids)}
    known = [event for event in events if event.track_id in place]
    if not known:
        return TasteSnapshot()
    rows = [place[event.track_id] for event in known]
    signed = np.array([event.says for event in known]) * fading(known, now, half_life, changed)
    count = float(np.abs(signed).sum())
    targets, table = evidence(tracks)
    taught = signed[:, None] * table[rows]
    spoken = np.where([":" in target for target in targets], (np.abs(signed)[:, None] * table[rows]).sum(axis=0), count)
    strength = taught.sum(axis=0) / (spoken + PRIOR)
    leanings = {}
    clear = np.flatnonzero(np.abs(strength) > LEAST)
    leading = np.argmax(taught[:, clear] * np.sign(strength[clear]), axis=0)
    for column, row in zip(clear, leading, strict=True):
        teacher = known[row]
        leanings[targets[column]] = Preference(
            target=targets[column],
            strength=round(float(strength[column]), 4),
            track_id=teacher.track_id,
            title=tracks.facts[place[teacher.track_id]].title,
            taught_by=teacher.kind,
        )
    liked = np.maximum(signed, 0.0)
    return TasteSnapshot(
        leanings=leanings,
        count=round(count, 4),
        valence=_centre(tracks.columns["valence"][rows], liked),
        arousal=_centre(tracks.columns["arousal"][rows], liked),
    )


def portrait(history: History) -> TasteProfile:
    """Long-term and current taste since it last changed, and what it was before."""
    told, changed = (history.events, history.tracks, history.now), history.changed
    earlier = [event for event in history.events if changed and event.at < changed]
    return TasteProfile(
        long_term=learn(*told, LONG_TERM, changed),
        current=learn(*told, CURRENT, changed),
        reactions=len(history.events),
        changed=changed,
        earlier=learn(earlier, history.tracks, changed, LONG_TERM) if changed else TasteSnapshot(),
    )


def _centre(values: Matrix, weights: Matrix) -> float | None:
    known = np.isfinite(values) & (weights > 0)
    return round(float(np.average(values[known], weights=weights[known])), 4) if known.any() else None


def sureness(snapshot: TasteSnapshot) -> float:
    """0..1: how far to go by what was learned."""
    return snapshot.count / (snapshot.count + HALF_SURE)


def blend(profile: TasteProfile) -> dict[str, Preference]:
    """Long-term and current leanings as one, each by how sure it is; the surer one's teacher is named."""
    outlooks = [(sureness(one), one.leanings) for one in (profile.long_term, profile.current)]
    total = sum(sure for sure, _ in outlooks) or 1.0
    blended: dict[str, Preference] = {}
    for target in {target for _, leanings in outlooks for target in leanings}:
        told = [
            (sure * leanings[target].strength, leanings[target]) for sure, leanings in outlooks if target in leanings
        ]
        strength = sum(part for part, _ in told) / total
        _, best = max(told, key=lambda pair: pair[0] * np.sign(strength))
        blended[target] = replace(best, strength=strength)
    return blended


@dataclass(frozen=True, kw_only=True)
class ProfileTaste:
    """What a profile says of tracks; ``count``: the effective number of reactions behind it."""

    leanings: Mapping[str, Preference]
    count: float = 0.0

    @property
    def sureness(self) -> float:
        return self.count / (self.count + HALF_SURE)

    def uncertainty(self, tracks: Pool) -> Matrix:
        """As of a mean of so many reactions, the same for every track."""
        return np.full(len(tracks), 0.5 / (1 + self.count) ** 0.5)

    def values(self, tracks: Pool) -> Matrix:
        """(n,) 0..1, .5 where nothing speaks for or against a track."""
        _, shares = self._shares(tracks)
        value: Matrix = 0.5 + 0.5 * np.tanh(STEEPNESS * shares.sum(axis=1))
        return value

    def because(self, tracks: Pool, row: int) -> str:
        """What of the taste raised this track most above the others, as a clause; empty when nothing did."""
        targets, shares = self._shares(tracks)
        if not targets:
            return ""
        lead = np.where(shares[row] > 0, shares[row] - shares.mean(axis=0), 0.0)
        best = int(np.argmax(lead))
        return clause(self.leanings[targets[best]], int(tracks.ids[row])) if lead[best] > 0 else ""

    def _shares(self, tracks: Pool) -> tuple[tuple[str, ...], Matrix]:
        """The targets that tracks have and the person leans to, and what each adds to each track."""
        targets, table = evidence(tracks, self.leanings)
        return targets, table * np.array([pull(self.leanings[target]) for target in targets])


@dataclass(frozen=True)
class Profile:
    """The decayed profile as a learner."""

    name: str = "profile"

    def learn(self, history: History) -> ProfileTaste | None:
        profile = portrait(history)
        count = max(profile.long_term.count, profile.current.count)
        return ProfileTaste(leanings=blend(profile), count=count) if count else None
