"""From what was heard, or what a table says, to a track's profile and its place among the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from django.db.models import Avg
from numpy.typing import NDArray

from core.schemas import AudioReading, Form, Harmony, Label, dump, load
from recommender.models import AudioProfile, Track
from recommender.perception.vocabulary import GENRES, MOODS

TABLE_CONFIDENCE = 0.6
MOOD_SPREAD = 0.16
MOOD_FLOOR = 0.25
MOODS_KEPT = 6

PROFILE_SPACE = "profile-v1"
"""Vectors made from the profile alone, by ``profile_vectors``."""

# Mean and standard deviation over the 70,676 tracks of the public joined table (again: `bench table_arousal`).
SCALES = {
    "valence": (0.52, 0.26),
    "arousal": (0.62, 0.24),
    "energy": (0.62, 0.24),
    "danceability": (0.58, 0.18),
    "acousticness": (0.30, 0.32),
    "instrumentalness": (0.14, 0.29),
    "speechiness": (0.09, 0.10),
    "liveness": (0.20, 0.17),
    "octaves": (6.86, 0.34),
    "loudness": (-9.0, 5.1),
    "mode": (0.64, 0.48),
}
FEATURE_MEAN = {**{name: mean for name, (mean, _) in SCALES.items()}, "tempo": 119.8, "familiarity": 0.41}
FEATURE_SD = {**{name: sd for name, (_, sd) in SCALES.items()}, "tempo": 28.3, "familiarity": 0.23}
"""What is usual and how much songs differ: over the 70,676 tracks of the public joined table."""

FEATURE_COLUMNS = (
    "valence",
    "arousal",
    "energy",
    "danceability",
    "acousticness",
    "instrumentalness",
    "speechiness",
    "liveness",
    "tempo",
    "loudness",
    "key",
    "mode",
)

SCALE_LIMIT = 3.0
GENRE_WEIGHT = 2.0
"""A shared genre weighs about as much as agreeing on four features by one standard deviation each."""

PROFILE_DIMENSIONS = len(SCALES) + len(GENRES) + 1

_GENRE_COLUMN = {name: len(SCALES) + place for place, name in enumerate(GENRES)}
_MOOD_NAMES = tuple(MOODS)
_MOOD_ANCHORS = np.array([(term.valence, term.arousal) for term in MOODS.values()])


def list_means(ids: Sequence[int]) -> dict[str, float]:
    """The mean of every known feature over these tracks; a feature none of them has is left out."""
    names = [name for name in FEATURE_COLUMNS if name != "key"]
    means = AudioProfile.objects.filter(track_id__in=ids).aggregate(**{f"mean_{name}": Avg(name) for name in names})
    familiar = Track.objects.filter(pk__in=ids).aggregate(mean=Avg("popularity"))["mean"]
    told = {name: float(means[f"mean_{name}"]) for name in names if means[f"mean_{name}"] is not None}
    return told | ({"familiarity": float(familiar)} if familiar is not None else {})


def reading_of(profile: AudioProfile) -> AudioReading | None:
    """What a stored profile tells, as a reading; None when too little is known of the sound to compare it."""
    numbers = {name: getattr(profile, name) for name in COMPARED}
    if any(value is None for value in numbers.values()):
        return None
    return AudioReading(
        **numbers,
        instrumentalness=profile.instrumentalness,
        speechiness=profile.speechiness,
        liveness=profile.liveness,
        key=-1 if profile.key is None else profile.key,
        mode=1 if profile.mode is None else profile.mode,
        moods=_labels(profile.moods, "mood"),
        genres=_labels(profile.genres, "genre"),
        instruments=_labels(profile.instruments, "instrument"),
        form=form_of(profile),
        harmony=harmony_of(profile),
        tier=profile.tier,
    )


def form_of(profile: AudioProfile) -> Form | None:
    """None for what was not heard here."""
    return load(Form, profile.form) if profile.form else None


def harmony_of(profile: AudioProfile) -> Harmony | None:
    """None for what was not heard here, and where nothing has a pitch."""
    return load(Harmony, profile.harmony) if profile.harmony else None


COMPARED = ("valence", "arousal", "energy", "danceability", "acousticness", "tempo", "loudness")


def _labels(scores: dict[str, float], kind: str) -> tuple[Label, ...]:
    return tuple(Label(name=name, score=score, kind=kind) for name, score in scores.items())


def moods_of(valence: NDArray[np.float64], arousal: NDArray[np.float64]) -> list[dict[str, float]]:
    """For each point, the moods near it with their closeness ``exp(-d^2 / 2 spread^2)``, nearest first."""
    points = np.stack([valence, arousal], axis=1)
    squares = ((points[:, None, :] - _MOOD_ANCHORS[None]) ** 2).sum(axis=2)
    closeness = np.exp(-squares / (2 * MOOD_SPREAD**2)).round(3)
    order = np.argsort(-closeness, axis=1, kind="stable")[:, :MOODS_KEPT]
    return [
        {_MOOD_NAMES[m]: float(row[m]) for m in best if row[m] >= MOOD_FLOOR}
        for row, best in zip(closeness, order, strict=True)
    ]


def profile_vectors(
    features: dict[str, NDArray[np.float64]], genres: Iterable[dict[str, float]]
) -> NDArray[np.float32]:
    """Unit vectors in ``PROFILE_SPACE``, (n, PROFILE_DIMENSIONS): standardised features, then genres.

    ``features``: (n,) arrays by AudioProfile's field names, NaN for unknown, which counts as average. The last
    dimension is a small constant, so that a track about which nothing is known still has a direction.
    """
    count = len(features["valence"])
    matrix = np.zeros((count, PROFILE_DIMENSIONS), dtype=np.float32)
    with np.errstate(divide="ignore", invalid="ignore"):
        columns = {**features, "octaves": np.log2(features["tempo"])}
        for place, (name, (mean, deviation)) in enumerate(SCALES.items()):
            matrix[:, place] = np.nan_to_num(np.clip((columns[name] - mean) / deviation, -SCALE_LIMIT, SCALE_LIMIT))
    for row, named in enumerate(genres):
        for name, score in named.items():
            if name in _GENRE_COLUMN:
                matrix[row, _GENRE_COLUMN[name]] = GENRE_WEIGHT * score
    matrix[:, -1] = 0.1
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix


PROFILE_FEATURES = ("valence", "arousal", *(n for n in SCALES if n not in {"valence", "arousal", "octaves"}), "tempo")


def vectors_of_rows(rows: list[dict[str, Any]]) -> NDArray[np.float32]:
    """``profile_vectors`` for profiles as dictionaries of AudioProfile's fields."""
    features = {
        name: np.array([np.nan if row.get(name) is None else row[name] for row in rows], dtype=np.float64)
        for name in PROFILE_FEATURES
    }
    return profile_vectors(features, [row.get("genres") or {} for row in rows])


def fields_of_reading(reading: AudioReading) -> dict[str, Any]:
    """AudioProfile's fields for a measured recording; its confidence is the mean over the features."""
    confidence = list(reading.confidence.values())
    return {
        "valence": reading.valence,
        "arousal": reading.arousal,
        "energy": reading.energy,
        "danceability": reading.danceability,
        "acousticness": reading.acousticness,
        "instrumentalness": reading.instrumentalness,
        "speechiness": reading.speechiness,
        "liveness": reading.liveness,
        "tempo": reading.tempo if reading.tempo > 0 else None,
        "loudness": reading.loudness,
        "key": reading.key,
        "mode": reading.mode,
        "time_signature": reading.time_signature,
        "moods": _scores(reading.moods),
        "genres": _scores(reading.genres),
        "instruments": _scores(reading.instruments),
        "form": dump(reading.form) if reading.form else None,
        "harmony": dump(reading.harmony) if reading.harmony else None,
        "provenance": "measured",
        "confidence": round(sum(confidence) / len(confidence), 4) if confidence else 0.5,
        "tier": reading.tier,
    }


def _scores(labels: tuple[Label, ...]) -> dict[str, float]:
    return {label.name: round(label.score, 4) for label in labels}
