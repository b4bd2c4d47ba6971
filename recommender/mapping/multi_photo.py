"""Several photos as one brief: their average, a journey from the first to the last, or a chapter for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain, pairwise

from core.schemas import ImageReading, Label, MusicBrief, Stage, Swatch
from recommender.mapping.rules import WORDS_WEIGHT, cues, targets
from recommender.mapping.rules import genres as genres_for
from recommender.mapping.target import placed, rescale_to_rating_spread, sources_of, spread_of

TOGETHER = ("average", "journey", "chapters")
MOST_PHOTOS = 6
BETWEEN = 3
"""Stages of a journey from one photo to the next, both ends included."""
MOST_LABELS, MOST_SWATCHES = 5, 6


def average(readings: Sequence[ImageReading]) -> ImageReading:
    """One reading for several photos: numbers are means, weighed by how sure each reading is; labels are joined, each
    with its mean score over all photos; palettes are put together."""
    if len(readings) == 1:
        return readings[0]
    total = sum(reading.confidence for reading in readings)
    weights = [reading.confidence / total if total else 1 / len(readings) for reading in readings]

    def mean(name: str) -> float:
        return sum(w * float(getattr(reading, name)) for w, reading in zip(weights, readings, strict=True))

    known = set.intersection(*(set(reading.features) for reading in readings))
    swatches = [swatch for reading in readings for swatch in reading.palette]
    largest = sorted(swatches, key=lambda swatch: -swatch.share)[:MOST_SWATCHES]
    return replace(
        readings[0],
        valence=mean("valence"),
        arousal=mean("arousal"),
        valence_sd=mean("valence_sd"),
        arousal_sd=mean("arousal_sd"),
        confidence=mean("confidence"),
        moods=_joined([reading.moods for reading in readings]),
        scenes=_joined([reading.scenes for reading in readings]),
        objects=_joined([reading.objects for reading in readings]),
        tags=_joined([reading.tags for reading in readings]),
        vector=(),  # no photo's own place in the learned bridge is that of all together
        vector_space="",
        palette=tuple(Swatch(hex=one.hex, share=round(one.share / len(readings), 4)) for one in largest),
        features={name: round(sum(one.features[name] for one in readings) / len(readings), 4) for name in known},
        faces=sum(reading.faces for reading in readings),
        smiles=sum(reading.smiles for reading in readings),
        phrase="; ".join(dict.fromkeys(reading.phrase for reading in readings if reading.phrase)),
        captions=tuple(caption for reading in readings for caption in reading.captions),
    )


def _joined(labels: Sequence[Sequence[Label]]) -> tuple[Label, ...]:
    scores: dict[tuple[str, str], float] = {}
    for label in chain.from_iterable(labels):
        scores[label.kind, label.name] = scores.get((label.kind, label.name), 0.0) + label.score / len(labels)
    best = sorted(scores.items(), key=lambda pair: -pair[1])[:MOST_LABELS]
    return tuple(Label(name=name, score=round(score, 4), kind=kind) for (kind, name), score in best)


def with_stages(brief: MusicBrief, readings: Sequence[ImageReading], together: str) -> MusicBrief:
    """The brief with one stage after the other: a stage for each photo (``chapters``), or the way from each photo to
    the next in steps (``journey``). Its limits, wishes and length hold for all stages together."""
    if len(readings) < 2 or together == "average":
        return brief
    stops = list(enumerate(readings, 1)) if together == "chapters" else _way(readings)
    stops = stops[: brief.count]
    counts = [brief.count * (n + 1) // len(stops) - brief.count * n // len(stops) for n in range(len(stops))]
    stages = tuple(_stage(stop, count, photo) for (photo, stop), count in zip(stops, counts, strict=True))
    return replace(brief, stages=stages, arc="steady")


def _way(readings: Sequence[ImageReading]) -> list[tuple[int, ImageReading]]:
    """The readings, numbered from 1, with steps between, numbered 0: numbers change evenly; of the labels each half
    shows the nearer photo's."""
    path = [(1, readings[0])]
    for number, (one, other) in enumerate(pairwise(readings), 2):
        for step in range(1, BETWEEN):
            share = step / (BETWEEN - 1)
            near = other if share >= 0.5 else one
            valence, arousal = (
                (1 - share) * getattr(one, name) + share * getattr(other, name) for name in ("valence", "arousal")
            )
            step_of = number if step == BETWEEN - 1 else 0
            path.append((step_of, replace(near, valence=valence, arousal=arousal)))
    return path


def _stage(reading: ImageReading, count: int, photo: int) -> Stage:
    valence, arousal = rescale_to_rating_spread(reading)
    return Stage(
        valence=valence,
        arousal=arousal,
        spread=spread_of(reading),
        count=count,
        photo=photo,
        moods=reading.moods[:MOST_LABELS],
        scenes=reading.scenes[:4],
        looks=dict(reading.features),
        phrase=reading.phrase,
        captions=reading.captions,
    )


def brief_of_stage(brief: MusicBrief, stage: Stage) -> MusicBrief:
    """The brief for one stage alone: its own point, moods and rules; what was asked for in words stays."""
    seen = ImageReading(
        valence=stage.valence,
        arousal=stage.arousal,
        moods=stage.moods,
        scenes=stage.scenes,
        features=stage.looks,
        phrase=stage.phrase,
    )
    ruled, says = targets(cues(stage.valence, stage.arousal, seen, stage.scenes))
    asked = {name: target for name, target in brief.features.items() if target[1] >= WORDS_WEIGHT}
    wished = tuple(label for label in brief.genres if label.score >= 1.0 or label.score < 0)
    return replace(
        brief,
        stages=(),
        valence=stage.valence,
        arousal=stage.arousal,
        spread=stage.spread,
        count=stage.count,
        moods=stage.moods,
        scenes=stage.scenes,
        genres=tuple({label.name: label for label in (*genres_for(stage.scenes), *wished)}.values()),
        features={**ruled, **asked},
        sources={**brief.sources, **sources_of(seen, (), None), **placed(says, "in your picture")},
        phrase=stage.phrase,
        captions=stage.captions,
        limits=replace(brief.limits, count=None, minutes=None),
    )
