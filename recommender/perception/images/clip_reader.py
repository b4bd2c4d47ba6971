"""What the full tier adds to a picture's reading: everything the image-text towers can name, and a better mood point.

The reading of the tier below stays underneath: palette, measurements and faces are the same in every tier, and its
trained valence and arousal count half until heads were trained for the towers' own space.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from PIL import Image

from core.schemas import ImageReading, Label
from recommender.perception import zero_shot
from recommender.perception.cross_modal.model import bridge_of
from recommender.perception.images import clip, hub_models
from recommender.perception.images.clip_heads import Heads, heads_of
from recommender.perception.images.clip_prompts import PICTURE_TABLES, TAG_KINDS
from recommender.perception.vocabulary import MOODS

UNTRAINED_SHARE = 0.5
"""How far the moods' anchors move the point while no head is trained: set by hand."""
LEAST = 0.5
LEAST_MOOD = 0.25
EMOTION_MOODS: Mapping[str, str] = {
    "amusement": "playful", "awe": "wondrous", "contentment": "peaceful", "excitement": "excited", "anger": "angry",
    "disgust": "disgusted", "fear": "fearful", "sadness": "sad", "happy": "joyful", "sad": "sad", "surprise": "excited",
    "contempt": "disgusted", "neutral": "calm",
}  # fmt: skip
"""Which mood of the vocabulary an emotion class of the usual data sets speaks for."""


def with_clip(reading: ImageReading, image: Image.Image) -> ImageReading:
    """The full tier's reading. Raises Unavailable when the towers cannot be loaded."""
    seen = clip.towers()
    vector = seen.encode_pictures([image])[0]
    heads = heads_of(seen.space)
    told = zero_shot.read(seen, vector, heads.curves if heads else None)
    if heads and (emotions := heads.emotion(vector)):
        told["mood"] = _with_emotions(told["mood"], emotions)
    labels = {one.kind: _labels(told[one.kind], one.kind, one.kept) for one in PICTURE_TABLES}
    objects = (*hub_models.find_objects(image), *labels["object"], *reading.objects)
    tags = tuple(label for kind in TAG_KINDS for label in labels[kind])
    tags = (*hub_models.read_expressions(image), *tags)
    valence, arousal = heads.point(vector) if heads else _untrained(reading, told["mood"])
    if crossing := bridge_of("full"):
        crossed = crossing.picture_vector({"clip": vector})
        reading = replace(reading, vector=crossed, vector_space=crossing.space)
    return replace(
        reading,
        valence=valence,
        arousal=arousal,
        valence_sd=float(heads.errors[0]) if heads else reading.valence_sd,
        arousal_sd=float(heads.errors[1]) if heads else reading.arousal_sd,
        moods=labels["mood"] or reading.moods,
        scenes=labels["scene"] or reading.scenes,
        objects=_once(objects),
        tags=_once(tags),
        phrase=phrase(reading.phrase, tags),
        tier="full",
        confidence=_confidence(heads) if heads else reading.confidence,
    )


def phrase(below: str, tags: Sequence[Label]) -> str:
    """The tier below's phrase with the clearest of what else was named, such as "...; foggy, autumn"."""
    said = [tag.name for tag in tags if tag.kind not in ("writing", "style")][:4]
    return "; ".join(part for part in (below, ", ".join(dict.fromkeys(said))) if part)


def _labels(scores: Mapping[str, float], kind: str, kept: int) -> tuple[Label, ...]:
    least = LEAST_MOOD if kind == "mood" else LEAST
    best = sorted(scores.items(), key=lambda pair: -pair[1])[:kept]
    return tuple(Label(name=n, score=round(p, 4), kind=kind, source="full") for n, p in best if p >= least)


def _once(labels: Sequence[Label]) -> tuple[Label, ...]:
    """Each name once, the first that said it."""
    return tuple({(label.kind, label.name): label for label in reversed(labels)}.values())[::-1]


def _untrained(reading: ImageReading, moods: Mapping[str, float]) -> tuple[float, float]:
    """The point of the tier below, drawn half-way to where the named moods lie on the affect plane."""
    total = sum(moods.values())
    if not total:
        return reading.valence, reading.arousal
    valence = sum(MOODS[name].valence * p for name, p in moods.items()) / total
    arousal = sum(MOODS[name].arousal * p for name, p in moods.items()) / total
    return (
        reading.valence + UNTRAINED_SHARE * (valence - reading.valence),
        reading.arousal + UNTRAINED_SHARE * (arousal - reading.arousal),
    )


def _with_emotions(moods: Mapping[str, float], emotions: Mapping[str, float]) -> dict[str, float]:
    """Zero-shot moods, raised where a trained emotion class says more."""
    raised = dict(moods)
    for emotion, probability in emotions.items():
        if mood := EMOTION_MOODS.get(emotion.lower()):
            raised[mood] = max(raised[mood], probability)
    return raised


def _confidence(heads: Heads) -> float:
    """The tighter the 80 % interval, the surer: 1 for no width, 0 for one that spans half the plane."""
    return float(min(max(1 - 2 * float(heads.widths[0].mean()), 0.0), 1.0))
