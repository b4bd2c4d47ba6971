"""``train alignment``: how well random pairs of a photo and a song fit, so that a score can say how rare it is.

Photos are read by the best tier on disk; songs are rows of the public table with Spotify's features, read as the
catalogue reads them, and as many of the editor's songs, read as they are known. Every photo meets as many random songs;
the part values of a sample of these pairs are kept, and each part's mean and standard deviation.
"""

from __future__ import annotations

import csv
import gzip
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.schemas import AudioReading, ImageReading, Label
from recommender.library.audio_profiles import moods_of
from recommender.library.genres import genres_of
from recommender.library.importers.editor_songs import Known, known_of
from recommender.music.songs import songs
from recommender.perception.audio.affect_model import arousal_of
from recommender.perception.images.decode import decode_picture
from recommender.perception.images.reader import read_picture
from recommender.ranking.alignment import (
    REFERENCE_FILE,
    WEIGHTS,
    editor_values,
    forget_reference,
    heard_as,
    part_values,
    percentile,
    takes_of,
)

PHOTOS = "oasis/images"
SONGS = "spotify/tracks_features_70k.csv.gz"
PHOTO_COUNT = 500
SONG_COUNT = 4_000
PAIRS_A_PHOTO = 100
KEPT_PAIRS = 8_000
"""A percentile of so many pairs is off by half a point at most times (sqrt(p (1 - p) / n))."""
CHECKED_SHARE = 0.2


@dataclass(frozen=True)
class Song:
    """How a song sounds, and what is known of it."""

    audio: AudioReading
    known: Known | None


def train_alignment(shared: Path, seed: int = 0) -> dict[str, Any]:
    """Fit on four fifths of the photos, check on the rest, store; returns the figures of the check.

    ``shared``: the folder that holds ``data``. Raises FileNotFoundError when the data are not there.
    """
    generator = np.random.default_rng(seed)
    photos = read_photos(shared / "data" / PHOTOS, generator)
    table = read_songs(shared / "data" / SONGS, generator)
    met = [*table, *named_songs(generator)]
    order = generator.permutation(len(photos))
    held_out = int(CHECKED_SHARE * len(photos))
    fitted = fits_of([photos[place] for place in order[held_out:]], met, generator)
    checked = fits_of([photos[place] for place in order[:held_out]], met, generator)
    whole = fitted[np.isfinite(fitted).all(axis=1)]
    pairs = whole[generator.choice(len(whole), min(KEPT_PAIRS, len(whole)), replace=False)]
    np.savez_compressed(
        REFERENCE_FILE,
        pairs=pairs.astype(np.float16),
        names=np.array(list(WEIGHTS)),
        usual=np.nanmean(fitted, axis=0),
        deviation=np.nanstd(fitted, axis=0),
    )
    forget_reference()
    scores = scores_of(checked)
    return {
        "photos": len(photos),
        "tiers": sorted({photo.tier for photo in photos}),
        "songs": len(met),
        "pairs": len(fitted) + len(checked),
        "seed": seed,
        "mean_score_of_random_pairs_on_other_photos": round(float(scores.mean()), 2),
        "share_scored_90_or_more": round(float((scores >= 90).mean()), 4),
        "mean_score_by_affect_and_mood_alone": round(
            float(scores_of(checked, ("valence", "arousal", "mood")).mean()), 2
        ),
        "usual_parts": {
            name: round(float(mean), 4) for name, mean in zip(WEIGHTS, np.nanmean(fitted, axis=0), strict=True)
        },
    }


def fits_of(photos: Sequence[ImageReading], songs: Sequence[Song], generator: np.random.Generator) -> Any:
    """(pairs, parts): every part's value (NaN where unknown) of random pairs."""
    rows = []
    for photo in photos:
        met = [songs[place] for place in generator.integers(len(songs), size=PAIRS_A_PHOTO)]
        by_editor = editor_values(takes_of(photo), [song.known for song in met])
        for place, song in enumerate(met):
            values = part_values(photo, song.audio, {name: float(column[place]) for name, column in by_editor.items()})
            rows.append([values.get(name, np.nan) for name in WEIGHTS])
    return np.array(rows)


def scores_of(fits: Any, names: Sequence[str] = tuple(WEIGHTS)) -> Any:
    """(pairs,) scores 0..100 of ``fits_of`` by some of the parts."""
    columns = {name: fits[:, place] for place, name in enumerate(WEIGHTS) if name in names}
    rows = zip(*columns.values(), strict=True)
    return np.array(
        [100 * percentile({n: v for n, v in zip(columns, row, strict=True) if not math.isnan(v)}) for row in rows]
    )


def read_photos(folder: Path, generator: np.random.Generator) -> list[ImageReading]:
    """A random sample of the folder's photos, read by the best tier on disk.

    The tier's regressors have learned from these very photos: their readings already spread as widely as ratings, so
    their error is set to 0 and ``mapping.rescale_to_rating_spread`` does not stretch them once more.
    """
    files = sorted(folder.glob("*.jpg"))
    if not files:
        raise FileNotFoundError(f"no photos in {folder}")
    files = [files[place] for place in generator.permutation(len(files))[:PHOTO_COUNT]]
    readings = (read_picture(decode_picture(file.read_bytes(), name=file.name).image) for file in files)
    return [replace(reading, valence_sd=0.0, arousal_sd=0.0) for reading in readings]


def named_songs(generator: np.random.Generator) -> list[Song]:
    """A random sample of the editor's songs."""
    chosen = [songs()[place] for place in generator.choice(len(songs()), SONG_COUNT, replace=False)]
    told = [known_of(one.title, one.artist, "") for one in chosen]
    return [Song(heard_as(None, one), one) for one in told]


def read_songs(file: Path, generator: np.random.Generator) -> list[Song]:
    """A random sample of the table's songs, as the catalogue knows them."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if float(row["tempo"] or 0) > 0]
    return [song_of(rows[place]) for place in generator.choice(len(rows), SONG_COUNT, replace=False)]


def song_of(row: dict[str, str]) -> Song:
    numbers: dict[str, Any] = {
        name: float(row[name])
        for name in (
            "valence",
            "energy",
            "danceability",
            "acousticness",
            "instrumentalness",
            "speechiness",
            "liveness",
            "tempo",
            "loudness",
        )
    }
    one = {name: np.array([value]) for name, value in numbers.items()}
    arousal = arousal_of(one["energy"], one["loudness"], one["acousticness"])
    moods = moods_of(one["valence"], arousal)[0]
    genre = f"{row['genre']}, {row['subgenre']}"
    known = known_of(row["title"], row["artist"], genre)
    audio = AudioReading(
        **numbers,
        arousal=float(arousal[0]),
        key=int(float(row["key"])),
        mode=int(float(row["mode"] or 1)),
        moods=tuple(Label(name=name, score=score, kind="mood") for name, score in moods.items()),
        genres=tuple(Label(name=name, score=score, kind="genre") for name, score in genres_of(genre).items()),
    )
    return Song(heard_as(audio, known), known)
