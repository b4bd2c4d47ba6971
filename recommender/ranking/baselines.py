"""Simple ways to make a list for a photo, for the real one to be held against: in studies with people, and in the
laboratory. From what everybody may hear, one song an artist."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import numpy as np

from core.schemas import ImageReading, MusicBrief, RankedList, ScoredTrack
from core.text import artist_key
from recommender.mapping.leanings import styles_of
from recommender.models import Track
from recommender.ranking.pipeline import nearest_only

Baseline = Callable[[ImageReading, MusicBrief, int], Iterable[int]]
"""From what was read of a photo, the brief made of it and a seed, to ids of tracks, the first to be listed first."""
TIMES = 5
"""How many times the length of a list is looked at, for one song an artist."""


def mood_rule(reading: ImageReading, brief: MusicBrief, seed: int) -> Iterable[int]:
    """Any songs that are known to have the photo's likeliest mood; the next one, where there are too few."""
    for mood in sorted(reading.moods, key=lambda label: -label.score):
        found = _drawn(_shared().filter(annotation__moods__contains=[mood.name]), brief, seed)
        if len(found) >= brief.count:
            return found
    return _drawn(_shared(), brief, seed)


def nearest_in_mood(_reading: ImageReading, brief: MusicBrief, _seed: int) -> Iterable[int]:
    """The songs that lie nearest to the brief's valence and arousal."""
    return [track.track_id for track in nearest_only(replace(brief, count=TIMES * brief.count), None).tracks]


def popular_in_style(_reading: ImageReading, brief: MusicBrief, _seed: int) -> Iterable[int]:
    """The best known songs of the style that the chosen way leads with; of its next one, where there are too few."""
    for style in styles_of(brief.direction) if brief.direction else []:
        found = _best_known(_shared().filter(annotation__styles__0=style), brief)
        if len(found) >= brief.count:
            return found
    return _best_known(_shared(), brief)


def at_random(_reading: ImageReading, brief: MusicBrief, seed: int) -> Iterable[int]:
    return _drawn(_shared(), brief, seed)


BASELINES: Mapping[str, Baseline] = {
    "mood rule": mood_rule,
    "nearest in mood": nearest_in_mood,
    "popular in style": popular_in_style,
    "random": at_random,
}


def baseline_list(name: str, reading: ImageReading, brief: MusicBrief, seed: int = 0) -> RankedList:
    """The list of one of ``BASELINES``, as long as the brief asks for where there is that much."""
    ids = list(BASELINES[name](reading, brief, seed))
    rows = Track.objects.in_bulk(ids)
    chosen: dict[str, Track] = {}
    for one in ids:
        chosen.setdefault(artist_key(rows[one].artist) or f"track {one}", rows[one])
    listed = list(chosen.values())[: brief.count]
    return RankedList(
        tracks=tuple(
            ScoredTrack(track_id=track.pk, title=track.title, artist=track.artist, score=0.0, parts=(), rank=rank)
            for rank, track in enumerate(listed, 1)
        ),
        policy=name,
    )


def _shared() -> Track.TrackQueries:
    return Track.objects.visible_to(None).filter(missing_since__isnull=True).exclude(artist="")


def _best_known(tracks: Track.TrackQueries, brief: MusicBrief) -> list[int]:
    return list(tracks.order_by("-popularity", "pk").values_list("pk", flat=True)[: TIMES * brief.count])


def _drawn(tracks: Track.TrackQueries, brief: MusicBrief, seed: int) -> list[int]:
    ids = list(tracks.order_by("pk").values_list("pk", flat=True))
    count = min(len(ids), TIMES * brief.count)
    return [int(one) for one in np.random.default_rng(seed).choice(ids, count, replace=False)] if ids else []
