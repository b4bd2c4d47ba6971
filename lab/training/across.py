"""``train words_across``: affect of sentences in sixteen languages, and the vectors of known phrases.

Data: this project's own phrases with their places on the affect plane, and its vocabulary, in English. The figures are
ten-fold cross-validation over the phrases (Spearman, mean absolute error).
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.language.nearest import phrases
from core.stats.agreement import spearman
from recommender.perception import TRAINED
from recommender.perception.text.across_languages import ACROSS_FILE, embed_across
from recommender.perception.vocabulary import ACTIVITIES, MOODS, SCENES

PHRASES = TRAINED / "words_affect_phrases.csv"
GAMMA, RIDGE, GAIN, FOLDS = 0.7, 0.1, 1.25, 10


def train_words_across(_shared: Path, seed: int = 0) -> dict[str, Any]:
    """Fit, store ``words_across.npz`` and return the figures."""
    with PHRASES.open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], float(row["valence"]), float(row["arousal"])) for row in csv.DictReader(file)]
    terms = [term for table in (MOODS, SCENES, ACTIVITIES) for term in table.values()]
    words = [(text, term.valence, term.arousal) for term in terms for text in (term.prompt, term.name)]
    vectors = embed_across([text for text, *_ in (*rows, *words)])
    points = np.array([point for _, *point in (*rows, *words)], dtype=np.float64)
    figures = _figures(vectors, points, len(rows), np.random.default_rng(seed))
    mean = points.mean(axis=0)
    np.savez_compressed(
        ACROSS_FILE,
        landmarks=vectors.astype(np.float16),
        weights=_fit(vectors, points - mean).astype(np.float32),
        mean=mean,
        gamma=GAMMA,
        gain=GAIN,
        phrases=np.array(phrases()),
        phrase_vectors=embed_across(phrases()).astype(np.float16),
    )
    return figures | {"phrases": len(rows), "words": len(words), "known_phrases": len(phrases()), "seed": seed}


def _kernel(some: NDArray[Any], others: NDArray[Any]) -> NDArray[Any]:
    kernel: NDArray[Any] = np.exp(-GAMMA * (2.0 - 2.0 * some @ others.T)).astype(np.float64)
    return kernel


def _fit(vectors: NDArray[Any], points: NDArray[Any]) -> NDArray[Any]:
    weights: NDArray[Any] = np.linalg.solve(_kernel(vectors, vectors) + RIDGE * np.eye(len(vectors)), points)
    return weights


def _figures(vectors: NDArray[Any], points: NDArray[Any], count: int, rng: np.random.Generator) -> dict[str, Any]:
    fold = rng.integers(0, FOLDS, count)
    guessed = np.zeros((count, 2))
    for k in range(FOLDS):
        used = np.concatenate([np.flatnonzero(fold != k), np.arange(count, len(points))])
        mean = points[used].mean(axis=0)
        weights = _fit(vectors[used], points[used] - mean)
        guessed[fold == k] = mean + GAIN * (_kernel(vectors[:count][fold == k], vectors[used]) @ weights)
    error = np.abs(guessed - points[:count]).mean(axis=0)
    return {
        name: {
            "spearman": round(spearman(guessed[:, axis], points[:count, axis]), 3),
            "mean_error": round(float(error[axis]), 3),
        }
        for axis, name in enumerate(("valence", "arousal"))
    }
