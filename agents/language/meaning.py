"""What wording nobody listed means: intents and moves from sentence vectors.

Two linear models on MiniLM vectors, fitted by ``train words_intents`` on this project's own phrasings and lexicon.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

from recommender.perception import TRAINED
from recommender.perception.text import affect_model as perception
from recommender.perception.weights.loaders import embed_texts

MEANING_FILE = TRAINED / "words_intents.npz"
MOVES_FROM = 0.3  # a predicted move of this size (1 = a listed word's) counts; chosen on held-out lexicon words
VALENCE_FROM = 0.22  # lower for valence: a comparison by an emotional word nearly always means it
AFFECT_SHARE = 0.5  # of a valence or arousal move, taken from the affect regressor


@dataclass(frozen=True)
class Meaning:
    """``intent_weights`` (385, i) by ``intents``, ``move_weights`` (385, f) by ``features``; last row the intercept."""

    intents: tuple[str, ...]
    intent_weights: NDArray[np.float32]
    features: tuple[str, ...]
    move_weights: NDArray[np.float32]


@cache
def meaning() -> Meaning:
    """The trained models from this project."""
    with np.load(MEANING_FILE) as stored:
        return Meaning(
            tuple(str(name) for name in stored["intents"]),
            stored["intent_weights"].astype(np.float32),
            tuple(str(name) for name in stored["features"]),
            stored["move_weights"].astype(np.float32),
        )


def intent_probabilities(vector: NDArray[np.float32]) -> dict[str, float]:
    """How likely each intent is for a sentence's unit vector (384,); they sum to 1."""
    model = meaning()
    scores = vector @ model.intent_weights[:-1] + model.intent_weights[-1]
    exponents = np.exp(scores - scores.max())
    return {name: float(p) for name, p in zip(model.intents, exponents / exponents.sum(), strict=True)}


@lru_cache(maxsize=512)
def _moves(phrase: str) -> tuple[tuple[str, int], ...]:
    model = meaning()
    vector = embed_texts([phrase])[0]
    moves = dict(zip(model.features, vector @ model.move_weights[:-1] + model.move_weights[-1], strict=True))
    affect = perception.affect_model().predict(vector[None])[0]
    for feature, value in (("valence", affect[0]), ("arousal", affect[1])):
        moves[feature] = (1 - AFFECT_SHARE) * moves[feature] + AFFECT_SHARE * 2 * (float(value) - 0.5)
    strong = sorted((-abs(move), feature) for feature, move in moves.items() if abs(move) >= _least(feature))[:3]
    return tuple((feature, 1 if moves[feature] > 0 else -1) for _, feature in strong)


def _least(feature: str) -> float:
    return VALENCE_FROM if feature == "valence" else MOVES_FROM


def moves_by_meaning(phrase: str) -> dict[str, int]:
    """The features (at most three) that more of a phrase like "in-your-face" would move, with their signs."""
    return dict(_moves(phrase))
