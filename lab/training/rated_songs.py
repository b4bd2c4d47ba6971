"""Photos and songs that people rated on the same plane: what the bridge is trained and judged on."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recommender.library.audio_profiles import PROFILE_FEATURES, profile_vectors
from recommender.library.genres import genres_of
from recommender.perception.audio.affect_model import AROUSAL_SLOPES, LOUDNESS_FLOOR

Floats = NDArray[np.float32]
RATED_SONGS = "human_va_with_spotify_features.csv"


@dataclass(frozen=True, eq=False)
class RatedSongs:
    """``ratings`` (n, 2): people's valence and arousal, 0..1. ``features``: (n,) by AudioProfile's names, with arousal
    unknown (NaN): it is for whoever uses them to fit. ``genres``: by song, as a profile has them."""

    titles: tuple[str, ...]
    artists: NDArray[np.str_]
    ratings: Floats
    features: dict[str, NDArray[np.float64]]
    genres: tuple[dict[str, float], ...]

    def __len__(self) -> int:
        return len(self.titles)

    def profiles(self, arousal: NDArray[np.float64]) -> Floats:
        """(n, PROFILE_DIMENSIONS) with this arousal."""
        return profile_vectors({**self.features, "arousal": arousal}, self.genres)


def find_rated_songs(folder: Path) -> Path:
    """Raises FileNotFoundError."""
    for place in (folder, folder / "music_affect", folder / "data" / "music_affect"):
        if (place / RATED_SONGS).is_file():
            return place / RATED_SONGS
    raise FileNotFoundError(f"no {RATED_SONGS} in {folder} or below")


def read_rated_songs(folder: Path) -> RatedSongs:
    """The songs of PMEmo that are also in a table of Spotify's features. Ratings are scaled from 0..9."""
    with find_rated_songs(folder).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = {
        name: np.array([float(row.get(f"sp_{name}") or "nan") for row in rows], dtype=np.float64)
        for name in PROFILE_FEATURES
    }
    return RatedSongs(
        titles=tuple(row["title"] for row in rows),
        artists=np.array([row["artist"] for row in rows]),
        ratings=np.array(
            [[float(row["valence_mean"]) / 9, float(row["arousal_mean"]) / 9] for row in rows], dtype=np.float32
        ),
        features=columns,
        genres=tuple(genres_of(row["sp_genre"]) for row in rows),
    )


def fitted_arousal(songs: RatedSongs, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """(n,) arousal of every song by ``sound_affect``'s formula, its coefficients fitted anew on these rows only, so
    that a song left out is judged by numbers that never saw its ratings."""
    table = {**songs.features, "loudness": np.clip(1 - songs.features["loudness"] / LOUDNESS_FLOOR, 0, 1)}
    design = np.column_stack([*(table[name] for name in AROUSAL_SLOPES), np.ones(len(songs))])
    slopes, *_ = np.linalg.lstsq(design[rows], songs.ratings[rows, 1], rcond=None)
    fitted: NDArray[np.float64] = np.clip(design @ slopes, 0, 1)
    return fitted


def standard(values: Floats, by: Floats) -> Floats:
    """Each side's ratings in its own standard deviations from its own mean."""
    return np.asarray((values - by.mean(0)) / by.std(0), dtype=np.float32)
