"""Places on the map of feelings as pages draw it: 0..100 each way, x growing happier and y growing calmer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from recommender.models import Track


@dataclass(frozen=True)
class Dot:
    """A track's place on the map; ``number`` is what the dot is marked with."""

    track_id: int
    number: int
    name: str
    x: float
    y: float


def point(valence: float, arousal: float) -> dict[str, float]:
    return {"x": round(100 * valence, 2), "y": round(100 * (1 - arousal), 2)}


def dots(numbered: Iterable[tuple[int, Track]]) -> Iterator[Dot]:
    """The dots of those tracks whose place is known."""
    for number, track in numbered:
        profile = getattr(track, "profile", None)
        if profile is not None and profile.valence is not None and profile.arousal is not None:
            yield Dot(track.pk, number, str(track), **point(profile.valence, profile.arousal))
