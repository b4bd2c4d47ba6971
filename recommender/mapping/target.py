"""What a reading and words say of the target: its place on the affect plane, its width, and where it came from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from core.schemas import ImageReading, MusicBrief, WordsReading
from recommender.perception.vocabulary import ACTIVITIES

PHOTO_MEAN = (0.54, 0.43)
PHOTO_SD = (0.226, 0.136)
"""Mean and standard deviation of human valence and arousal ratings of photos (OASIS, 541 photos, scaled to 0..1)."""
MOST_STRETCH = 1.6
"""On themes it has not seen, the basic tier's predictions spread .62 as widely as people's ratings."""
FURTHEST = 0.4
WORDS_SHARE = 0.65
"""How far described words pull the target from the picture's: they are said on purpose."""
CONTEXT_SHARE = 0.3


def rescale_to_rating_spread(reading: ImageReading) -> tuple[float, float]:
    """The reading's point with the spread of human ratings restored.

    A regressor's predictions crowd around the mean: of the ratings' variance only ``PHOTO_SD^2 - error^2`` is in them.
    The distance from the mean is stretched by the ratio of the two standard deviations, at most ``MOST_STRETCH``, and
    levels off at ``FURTHEST``, so that a reading that is far out already stays where it is instead of hitting the edge.
    """
    point = []
    for value, error, mean, sd in zip(
        (reading.valence, reading.arousal), (reading.valence_sd, reading.arousal_sd), PHOTO_MEAN, PHOTO_SD, strict=True
    ):
        explained = math.sqrt(max(sd**2 - error**2, (sd / MOST_STRETCH) ** 2))
        point.append(unit(mean + FURTHEST * math.tanh((value - mean) * sd / explained / FURTHEST)))
    return point[0], point[1]


def target_of(
    reading: ImageReading | None, words: Sequence[WordsReading], previous: MusicBrief | None
) -> tuple[float, float]:
    seen = rescale_to_rating_spread(reading) if reading else (previous.valence, previous.arousal) if previous else None
    described = [(w.valence, w.arousal) for w in words if w.valence is not None and w.arousal is not None]
    if not described:
        return seen or (0.5, 0.5)
    said = (sum(v for v, _ in described) / len(described), sum(a for _, a in described) / len(described))
    return drawn(seen, said) if seen else said


def drawn(point: tuple[float, float], said: tuple[float, float]) -> tuple[float, float]:
    """The point, drawn towards what words describe."""
    return (
        point[0] + WORDS_SHARE * (said[0] - point[0]),
        point[1] + WORDS_SHARE * (said[1] - point[1]),
    )


def drawn_to_activity(valence: float, arousal: float, context: Mapping[str, str] | None) -> tuple[float, float]:
    activity = ACTIVITIES.get((context or {}).get("activity", ""))
    if activity is None:
        return valence, arousal
    return (
        valence + CONTEXT_SHARE * (activity.valence - valence),
        arousal + CONTEXT_SHARE * (activity.arousal - arousal),
    )


def spread_of(reading: ImageReading | None) -> float:
    """How wide around the target still counts as close: wider the less sure the reading."""
    if reading is None:
        return 0.15
    return min(max(0.10 + 0.4 * (reading.valence_sd + reading.arousal_sd) / 2, 0.12), 0.24)


def sources_of(
    reading: ImageReading | None, words: Sequence[WordsReading], previous: MusicBrief | None
) -> dict[str, str]:
    told = dict(previous.sources) if previous and reading is None else {}
    if reading:
        seen = seen_thing(reading)
        told |= {"affect": seen, "mood": seen, "semantic": seen}
    if any(said.valence is not None for said in words):
        targets = ("semantic",) if reading else ("affect", "mood", "semantic")
        told |= dict.fromkeys(targets, quoted(words))
    return told


def placed(sources: Mapping[str, str], where: str) -> dict[str, str]:
    return {name: f"{says} {where}" for name, says in sources.items()}


def seen_thing(reading: ImageReading) -> str:
    """The seen thing as a noun phrase, such as "the peaceful lake in your picture"."""
    mood = reading.moods[0].name if reading.moods else ""
    scene = reading.scenes[0].name if reading.scenes else ""
    return " ".join(part for part in ("the", mood, scene or "mood", "in your picture") if part)


def quoted(words: Sequence[WordsReading]) -> str:
    return "“" + ", ".join(said.text.strip().rstrip(".") for said in words) + "”"


def unit(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), 5)
