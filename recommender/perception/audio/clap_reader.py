"""What CLAP is asked about a sound, and what its answers add to a reading: the full tier of hearing.

The readings of the tiers below stay underneath (tempo, key, loudness and the measured features are theirs); CLAP names
moods, genres, instruments and themes, and draws valence and arousal towards the moods it heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.schemas import AudioReading, Label
from recommender.perception import zero_shot
from recommender.perception.audio.clap import Clap
from recommender.perception.images.clip_prompts import Question
from recommender.perception.vocabulary import ACTIVITIES, GENRES, INSTRUMENTS, MOODS, Term
from recommender.perception.weights.loaders import loaded_once
from recommender.perception.zero_shot import UNFITTED, Asked

TEMPLATES = ("This is a sound of {}", "{}", "a recording of {}", "the music is {}")

SOUND_TABLES = (
    Question("mood", MOODS, "music that feels {}", ("music without any mood",), kept=5),
    Question("genre", dict(GENRES), "{}", ("speech", "noise", "silence"), kept=4),
    Question("instrument", INSTRUMENTS, "{} playing", ("speech", "noise", "silence"), kept=4),
    Question("activity", ACTIVITIES, "music for {}", ("music for nothing in particular",), kept=2),
)
"""``activity`` are the themes: what the music would go with."""

MOOD_SHARE = 0.3
"""How far the moods that CLAP names move valence and arousal: set by hand, for no rated sound with CLAP's weights was
at hand to fit it on."""
LEAST = 0.4

Floats = NDArray[np.float32]


@loaded_once
def asked(model: Clap) -> tuple[Asked, ...]:
    """Every question's vectors."""
    return zero_shot.prepared(model, SOUND_TABLES, TEMPLATES)


def with_clap(reading: AudioReading, model: Clap, mono: Floats) -> AudioReading:
    """The full tier's reading. ``mono``: samples at ``decode.RATE``."""
    vector = model.encode_sound(mono)
    told = {}
    for one in asked(model):
        sure = zero_shot.probabilities(one.evidence(vector[None], model.scale), UNFITTED, exclusive=False)[0]
        told[one.question.kind] = dict(zip(one.question.terms, map(float, sure), strict=True))
    moods = _labels(told["mood"], "mood", 5)
    valence, arousal = _drawn(reading, told["mood"])
    return replace(
        reading,
        valence=valence,
        arousal=arousal,
        moods=moods or reading.moods,
        genres=_labels(told["genre"], "genre", 4) or reading.genres,
        instruments=_labels(told["instrument"], "instrument", 4) or reading.instruments,
        themes=_labels(told["activity"], "activity", 2),
        tier="full",
    )


def _labels(scores: Mapping[str, float], kind: str, kept: int) -> tuple[Label, ...]:
    best = sorted(scores.items(), key=lambda pair: -pair[1])[:kept]
    return tuple(Label(name=n, score=round(p, 4), kind=kind, source="clap") for n, p in best if p >= LEAST)


def _drawn(reading: AudioReading, moods: Mapping[str, float]) -> tuple[float, float]:
    named: list[tuple[Term, float]] = [(MOODS[name], p) for name, p in moods.items() if p >= LEAST]
    total = sum(p for _, p in named)
    if not total:
        return reading.valence, reading.arousal
    valence = sum(term.valence * p for term, p in named) / total
    arousal = sum(term.arousal * p for term, p in named) / total
    return (
        reading.valence + MOOD_SHARE * (valence - reading.valence),
        reading.arousal + MOOD_SHARE * (arousal - reading.arousal),
    )
