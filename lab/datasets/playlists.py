"""Named playlists with their tracks' Spotify features: a fifth of each is hidden."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core import schemas
from lab.datasets.lastfm import Listening, rows, split
from recommender.library.audio_profiles import SCALES
from recommender.perception.audio.affect_model import arousal_of

FEATURES = tuple(name for name in schemas.FEATURES if name not in ("tempo", "key", "mode"))


@dataclass(frozen=True, kw_only=True)
class Playlists:
    """``features`` (items, 8) standardised; ``plane`` (items, 2) valence and arousal; ``genres`` (items,)."""

    listening: Listening
    features: NDArray[np.float64]
    plane: NDArray[np.float64]
    genres: tuple[str, ...]


def read_playlists(path: Path, generator: np.random.Generator, most: int | None = None) -> Playlists:
    """Every track counts, also those of one list only: a new list is what has to be continued."""
    held: dict[str, list[str]] = {}
    facts: dict[str, dict[str, str]] = {}
    for row in rows(path):
        held.setdefault(row["playlist_id"], []).append(row["track_id"])
        facts[row["track_id"]] = row
    names = {track: track for track in facts}
    listening = split([dict.fromkeys(one, 1.0) for one in held.values()][:most], names, 1, generator)
    table = np.array([[float(facts[track][name]) for name in FEATURES] for track in listening.names])
    scales = np.array([SCALES[name] for name in FEATURES])
    place = {name: column for column, name in enumerate(FEATURES)}
    arousal = arousal_of(*(table[:, place[name]] for name in ("energy", "loudness", "acousticness")))
    return Playlists(
        listening=listening,
        features=(table - scales[:, 0]) / scales[:, 1],
        plane=np.stack([table[:, place["valence"]], arousal], axis=1),
        genres=tuple(facts[track]["playlist_genre"] for track in listening.names),
    )
