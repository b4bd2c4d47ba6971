"""A person's list by what holds for them; a new one drafted from two rankings where two are compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from accounts.models import User
from core.schemas import RankedList, ScoredTrack
from core.stats import interleaving
from core.text import artist_key
from feedback.experiments.assignment import arm_for, contest_for
from feedback.treatments import Treatment

Make = Callable[[Treatment, float], RankedList]
"""Ranks the tracks in one way, with so much exploration."""


def ranked_for(person: User | None, make: Make, *, fresh: bool, seed: int | None = None) -> RankedList:
    """The list, its policy naming the arms that made it. ``fresh``: it replaces no list that is shown, so it may be
    drafted, or explore; a refined list keeps what the person has. A draft is random by its own coin and explores no
    further. ``seed`` makes the draft repeatable.
    """
    way = arm_for(person, "list")
    contest = contest_for(person.pk) if person and fresh else []
    if len(contest) != 2:
        ranked = make(way, way.exploring if fresh else 0.0)
        return replace(ranked, policy=way.policy(ranked.policy))
    ways = [arm.treatment.over(way) for arm in contest]
    made = [make(one, 0.0) for one in ways]
    both = replace(ways[0], arms=(*way.arms, *(arm.mark for arm in contest)))
    tracks = _drafted(made, [arm.mark for arm in contest], np.random.default_rng(seed))
    return replace(made[0], tracks=tracks, policy=both.policy(made[0].policy))


def _drafted(made: list[RankedList], marks: list[str], generator: np.random.Generator) -> tuple[ScoredTrack, ...]:
    """Both rankings best first, drafted to the length of the longer one; each track with its own ranking's reasons."""
    best = [sorted(one.tracks, key=lambda track: -track.score) for one in made]
    allowed = _no_artist_too_often(best)
    best = [[track for track in one if track.track_id in allowed] for one in best]
    found = [{track.track_id: track for track in one} for one in best]
    count = max(len(one.tracks) for one in made)
    first, second = ([track.track_id for track in one] for one in best)
    drafted = interleaving.draft(first, second, count, generator)
    picks = zip(drafted.tracks, drafted.teams, drafted.chances, strict=True)
    return tuple(
        replace(found[team][one], rank=rank, team=marks[team], propensity=chance)
        for rank, (one, team, chance) in enumerate(picks, 1)
    )


def _no_artist_too_often(best: list[list[ScoredTrack]]) -> set[int]:
    """The tracks that leave every artist no more often in both together than in the one that has them most."""
    counts = [Counter(artist_key(track.artist) for track in one if track.artist) for one in best]
    room = counts[0] | counts[1]
    together = {track.track_id: track for one in best for track in one}
    allowed = set()
    for track in sorted(together.values(), key=lambda track: -track.score):
        key = artist_key(track.artist) if track.artist else ""
        if not key or room[key] > 0:
            allowed.add(track.track_id)
            room[key] -= 1
    return allowed
