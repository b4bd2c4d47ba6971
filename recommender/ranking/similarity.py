"""Nearness to tracks that were pointed at: the same artists, and titles and styles near in meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Avg
from numpy.typing import NDArray
from pgvector.django import CosineDistance

from accounts.models import User
from core.schemas import Label
from core.text import artist_key
from recommender.library.matching.name_search import MOST_NAMES, found_by_name
from recommender.library.vectors.store import nearest
from recommender.models import Track, TrackVector, VectorSpace
from recommender.perception.weights.loaders import TEXT_SPACE
from recommender.ranking.features import Pool
from recommender.ranking.scoring import semantic

WEIGHT = 0.3
"""Beside the other parts' weights (``scoring.WEIGHTS``)."""
SAME_ARTIST = 0.5
"""Share of the part that an artist in common gives; nearness in meaning gives the rest."""
ARTISTS_SEARCHED = MOST_NAMES


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """A ranking preference. ``artists``: keys of the pointed-at tracks' artists; ``near``: cosine similarity by track
    id with the mean of their text vectors."""

    artists: frozenset[str]
    near: Mapping[int, float]
    name: str = "likeness"
    weight: float = WEIGHT

    def values(self, pool: Pool) -> NDArray[np.float64]:
        same = np.array([artist_key(facts.artist) in self.artists for facts in pool.facts], dtype=np.float64)
        near = semantic(np.array([self.near.get(int(one), np.nan) for one in pool.ids], dtype=np.float64))
        value: NDArray[np.float64] = np.where(np.isnan(near), same, SAME_ARTIST * same + (1 - SAME_ARTIST) * near)
        return value


def likeness(like: Sequence[int], pool: Pool) -> Likeness:
    """The preference for what is like the tracks ``like``, for the tracks of the pool."""
    near: dict[int, float] = {}
    if centre := _centre(like):
        space, vector = centre
        rows = TrackVector.objects.filter(space=space, track_id__in=pool.ids.tolist())
        far = rows.annotate(far=CosineDistance("vector", vector)).values_list("track_id", "far")
        near = {track: 1.0 - float(distance) for track, distance in far}
    return Likeness(artists=frozenset(_artists(like)), near=near)


def alike(like: Sequence[int], tracks: Track.TrackQueries, person: User | None, k: int) -> list[int]:
    """Up to ``2 k`` of ``tracks`` worth considering: by the same artists, and near in meaning."""
    names = [Label(name=artist, score=1.0, kind="artist") for artist in _artists(like)[-ARTISTS_SEARCHED:]]
    found = found_by_name(tracks, names)
    ids = sorted(found, key=lambda one: -found[one])[:k]
    if centre := _centre(like):
        ids += [one for one, _ in nearest(centre[0], centre[1], person=person, tracks=tracks, k=k)]
    return ids


def _artists(like: Sequence[int]) -> list[str]:
    """The first-named artists of these tracks, in the order in which the tracks were pointed at."""
    known = dict(Track.objects.filter(pk__in=like).values_list("pk", "artist"))
    return list(dict.fromkeys(key for one in like if (key := artist_key(known.get(one, "")))))


def _centre(like: Sequence[int]) -> tuple[VectorSpace, list[float]] | None:
    """The mean of these tracks' text vectors; None when none has one."""
    space = VectorSpace.objects.filter(name=TEXT_SPACE, active=True).first()
    mean = TrackVector.objects.filter(space=space, track_id__in=like).aggregate(mean=Avg("vector"))["mean"]
    return (space, [float(x) for x in mean]) if space and mean is not None else None
