"""Readings, briefs and pools for the tests of mapping and ranking."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.schemas import ImageReading, Label
from recommender.library.audio_profiles import FEATURE_COLUMNS, moods_of
from recommender.ranking.features import Pool
from recommender.ranking.filters import Facts


def labels(kind: str, **scores: float) -> tuple[Label, ...]:
    return tuple(Label(name=name.replace("_", " "), score=score, kind=kind) for name, score in scores.items())


def lake() -> ImageReading:
    return ImageReading(
        valence=0.68,
        arousal=0.36,
        valence_sd=0.16,
        arousal_sd=0.115,
        moods=labels("mood", peaceful=0.8, calm=0.6),
        scenes=labels("scene", lake=0.7, sunset=0.5),
        features={"brightness": 0.7, "saturation": 0.5, "warmth": 0.7, "contrast": 0.4, "motion": 0.1},
        phrase="a quiet lake at sunset",
        tier="lite",
    )


def street() -> ImageReading:
    return ImageReading(
        valence=0.38,
        arousal=0.40,
        valence_sd=0.16,
        arousal_sd=0.115,
        moods=labels("mood", melancholic=0.7, lonely=0.5),
        scenes=labels("scene", street=0.6, rain=0.5),
        features={"brightness": 0.25, "saturation": 0.15, "warmth": 0.3, "contrast": 0.3, "motion": 0.2},
        phrase="a grey, empty street in the rain",
        tier="lite",
    )


def party() -> ImageReading:
    return ImageReading(
        valence=0.66,
        arousal=0.58,
        valence_sd=0.16,
        arousal_sd=0.115,
        moods=labels("mood", euphoric=0.7, excited=0.5),
        scenes=labels("scene", celebration=0.7),
        features={"brightness": 0.6, "saturation": 0.9, "warmth": 0.6, "contrast": 0.7, "motion": 0.8},
        phrase="a crowd at a party",
        tier="lite",
    )


def pool_of(count: int, seed: int = 0, *, artists: int = 40, missing: Sequence[str] = ()) -> Pool:
    """A made-up pool: features spread like real ones, a few artists, moods from the affect plane."""
    generator = np.random.default_rng(seed)
    columns = {name: generator.uniform(size=count) for name in FEATURE_COLUMNS}
    columns |= {
        "tempo": generator.uniform(60, 180, count),
        "loudness": generator.uniform(-25, -3, count),
        "key": generator.integers(-1, 12, count).astype(np.float64),
        "mode": generator.integers(0, 2, count).astype(np.float64),
        "familiarity": generator.uniform(size=count),
    }
    for name in missing:
        columns[name] = np.full(count, np.nan)
    genres = ("pop", "jazz", "hiphop", "ambient")
    return Pool(
        ids=np.arange(1, count + 1),
        facts=tuple(
            Facts(title=f"Song {row}", artist=f"Artist {row % artists}", duration=180.0) for row in range(count)
        ),
        columns=columns,
        moods=tuple(moods_of(columns["valence"], columns["arousal"])),
        genres=tuple({genres[row % 4]: 1.0} for row in range(count)),
        instruments=({},) * count,
        text_similarity=generator.uniform(0, 0.6, count),
        name_match=np.full(count, np.nan),
    )
