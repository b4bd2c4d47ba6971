"""What the full tier adds to a picture's reading: the kinds of things that only image-text towers can name.

The reading of the tier below stays underneath. How the photo feels, and what it shows, is told by the towers only where
that was measured to be better on photos left out (``clip_heads``); until then they only add.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import Unavailable
from core.schemas import ImageReading, Label
from recommender.perception import zero_shot
from recommender.perception.cross_modal.model import bridge_of
from recommender.perception.images import clip, hub_models
from recommender.perception.images.clip_heads import Heads, heads_of
from recommender.perception.images.clip_prompts import PICTURE_TABLES, TAG_KINDS, Question
from recommender.perception.images.concepts import Opinion

LEAST, LEAST_UNMEASURED = 0.5, 0.8
"""The least probability of a tag by a fitted curve, and by the curve set by hand."""
LEAST_MOOD, MOST_MOODS = 0.25, 5
UNMEASURED = (
    "The image-text model adds place, weather, company and the like; what the photo shows and how it feels is the "
    "reading of the tier below, as the model was not measured to do better."
)
EMOTION_MOODS: Mapping[str, str] = {
    "amusement": "playful", "awe": "wondrous", "contentment": "peaceful", "excitement": "excited", "anger": "angry",
    "disgust": "disgusted", "fear": "fearful", "sadness": "sad", "happy": "joyful", "sad": "sad", "surprise": "excited",
    "contempt": "disgusted", "neutral": "calm",
}  # fmt: skip
"""Which mood of the vocabulary an emotion class of the usual data sets speaks for."""


@dataclass(frozen=True, eq=False)
class Seen:
    """A picture as the towers see it: its unit vector (dimensions,), and the heads that belong to their space."""

    towers: clip.Towers
    vector: NDArray[np.float32]
    heads: Heads | None

    @property
    def opinion(self) -> Opinion | None:
        """What the towers make of the built-in networks' concepts, where that was measured to be better."""
        prompts = self.heads.prompts if self.heads else None
        return (lambda odds: prompts.sharpened(odds, self.vector[None])) if prompts else None


def see(image: Image.Image, *, patiently: bool) -> Seen:
    """Raises Unavailable when the towers cannot be loaded, and, unless one asks ``patiently``, while what pictures are
    asked about has not been put into vectors, which takes a minute."""
    if not patiently and clip.on_disk() and not zero_shot.ready(clip.choice().space):
        raise Unavailable("The image-text model is being made ready.", hint="It takes minutes.", code="clip_not_ready")
    towers = clip.towers()
    return Seen(towers, towers.encode_pictures([image])[0], heads_of(towers.space))


def with_feeling(reading: ImageReading, seen: Seen) -> ImageReading:
    """The reading with what trusted heads tell of valence and arousal; itself where none are."""
    if seen.heads is None or not any(seen.heads.trusted):
        return reading
    (valence, arousal), errors = seen.heads.point(seen.vector), seen.heads.errors
    if seen.heads.trusted[0]:
        reading = replace(reading, valence=valence, valence_sd=float(errors[0]))
    if seen.heads.trusted[1]:
        reading = replace(reading, arousal=arousal, arousal_sd=float(errors[1]))
    return reading


def with_names(reading: ImageReading, image: Image.Image, seen: Seen) -> ImageReading:
    """The full tier's reading: what only the towers can name stands beside the rest."""
    curves = seen.heads.curves if seen.heads else {}
    told = zero_shot.read(seen.towers, seen.vector, curves)
    named = {one.kind: _labels(told[one.kind], one, curves) for one in PICTURE_TABLES}
    tags = [*hub_models.read_expressions(image), *(label for kind in TAG_KINDS for label in named[kind])]
    things = [*hub_models.find_objects(image), *(named["object"] if "object" in curves else ()), *reading.objects]
    emotions = seen.heads.emotion(seen.vector) if seen.heads else {}
    if crossing := bridge_of("full"):
        crossed = crossing.picture_vector({"clip": seen.vector})
        reading = replace(reading, vector=crossed, vector_space=crossing.space)
    measured = seen.heads is not None and (any(seen.heads.trusted) or seen.heads.prompts is not None)
    return replace(
        reading,
        moods=_with_emotions(reading.moods, emotions),
        objects=_once(things),
        tags=_once((*tags, *reading.tags)),
        phrase=phrase(reading.phrase, tags),
        tier="full",
        note="" if measured else UNMEASURED,
    )


def phrase(below: str, tags: Sequence[Label]) -> str:
    """The tier below's phrase with the clearest of what else was named, such as "...; foggy, autumn"."""
    said = [tag.name for tag in tags if tag.kind not in ("writing", "style")][:4]
    return "; ".join(part for part in (below, ", ".join(dict.fromkeys(said))) if part)


def _labels(scores: Mapping[str, float], asked: Question, curves: zero_shot.Curves) -> list[Label]:
    least = LEAST if asked.kind in curves else LEAST_UNMEASURED
    best = sorted(scores.items(), key=lambda pair: -pair[1])[: asked.kept]
    return [Label(name=n, score=round(p, 4), kind=asked.kind, source="full") for n, p in best if p >= least]


def _once(labels: Sequence[Label]) -> tuple[Label, ...]:
    """Each name once, the first that said it."""
    return tuple({(label.kind, label.name): label for label in reversed(labels)}.values())[::-1]


def _with_emotions(moods: tuple[Label, ...], emotions: Mapping[str, float]) -> tuple[Label, ...]:
    """The moods, raised or joined where a trained emotion class says more."""
    if not emotions:
        return moods
    raised = {mood.name: mood for mood in moods}
    for emotion, probability in emotions.items():
        name = EMOTION_MOODS.get(emotion.lower())
        if name and probability >= LEAST_MOOD and (name not in raised or raised[name].score < probability):
            raised[name] = Label(name=name, score=round(probability, 4), kind="mood", source="full")
    return tuple(sorted(raised.values(), key=lambda mood: -mood.score)[:MOST_MOODS])
