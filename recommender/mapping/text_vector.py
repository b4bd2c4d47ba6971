"""The brief in the sentence space: its vector, the vector without some chips, and the mood point a vector lies at."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.schemas import VECTOR_PLACES, MusicBrief
from recommender.perception.text.affect_model import vocabulary_vectors
from recommender.perception.vocabulary import MOODS

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
"""Texts to unit vectors."""

NEURAL_TEMPERATURE = 0.06


def text_for(brief: MusicBrief) -> str:
    """The brief as one sentence for the sentence encoder: only what is on."""
    on = [
        label.name
        for label in (*brief.moods, *brief.genres, *brief.instruments)
        if label.score > 0 and f"{label.kind}:{label.name}" not in brief.switched_off
    ]
    parts = [brief.words, brief.phrase, f"{', '.join(on)} music" if on else ""]
    return ". ".join(part for part in parts if part)


def vector_of(brief: MusicBrief, embed: Embed | None) -> tuple[float, ...]:
    text = text_for(brief)
    if embed is None or not text:
        return brief.vector
    return tuple(round(float(x), VECTOR_PLACES) for x in embed([text])[0])


def switched_vector(brief: MusicBrief, off: Sequence[str]) -> tuple[float, ...]:
    """The brief's vector without the chips newly off and with those newly on, by their words' own vectors."""
    if not brief.vector:
        return ()
    known = vocabulary_vectors()
    scores = {f"{label.kind}:{label.name}": label.score for label in (*brief.moods, *brief.scenes, *brief.genres)}
    vector = np.asarray(brief.vector, dtype=np.float64)
    for chip in set(off) ^ set(brief.switched_off):
        if chip in known:
            share = 0.5 * scores.get(chip, 0.5) * (1 if chip in brief.switched_off else -1)
            vector = vector + share * known[chip]
    vector /= np.linalg.norm(vector) or 1.0
    return tuple(round(float(x), VECTOR_PLACES) for x in vector)


def point_by_vector(brief: MusicBrief) -> tuple[float, float]:
    """Where the brief's vector lies among the moods: the softmax-weighted mean of their anchors."""
    if not brief.vector:
        return brief.valence, brief.arousal
    known = vocabulary_vectors()
    names = [name for name in MOODS if f"mood:{name}" in known]
    near = np.array([known[f"mood:{name}"] for name in names]) @ np.asarray(brief.vector)
    weights = np.exp((near - near.max()) / NEURAL_TEMPERATURE)
    weights /= weights.sum()
    return (
        float(sum(w * MOODS[name].valence for w, name in zip(weights, names, strict=True))),
        float(sum(w * MOODS[name].arousal for w, name in zip(weights, names, strict=True))),
    )
