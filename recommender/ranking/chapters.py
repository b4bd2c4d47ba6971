"""A list for a brief of several stages: each stage is ranked and ordered by itself, and no track comes twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from accounts.models import User
from core.schemas import MusicBrief, RankedList, ScoredTrack, Unmet
from recommender.mapping.multi_photo import brief_of_stage
from recommender.ranking import pipeline


def recommend(
    brief: MusicBrief,
    person: User | None,
    *,
    exclude: Collection[int] = (),
    keep: Sequence[int] = (),
    **options: Any,
) -> RankedList:
    """``pipeline.recommend``, stage by stage where the brief has stages. Kept tracks come in the first stage."""
    if not brief.stages:
        return pipeline.recommend(brief, person, exclude=exclude, keep=keep, **options)
    tracks: list[ScoredTrack] = []
    unmet: dict[str, Unmet] = {}
    timings: Counter[str] = Counter()
    policy = ""
    for number, stage in enumerate(brief.stages):
        taken = {track.track_id for track in tracks}
        ranked = pipeline.recommend(
            brief_of_stage(brief, stage),
            person,
            exclude={*exclude, *taken, *(() if number == 0 else keep)},
            keep=keep if number == 0 else (),
            **options,
        )
        tracks += [
            replace(track, rank=len(tracks) + place, chapter=number + 1) for place, track in enumerate(ranked.tracks, 1)
        ]
        unmet |= {one.message: one for one in ranked.unmet}
        timings.update(ranked.timings)
        policy = f"{ranked.policy}-staged"
    return RankedList(tracks=tuple(tracks), unmet=tuple(unmet.values()), timings=dict(timings), policy=policy)
