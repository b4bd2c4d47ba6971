"""``train words_affect``: fits the word regressor and stores the vocabulary's vectors.

Data: EmoBank (Buechel and Hahn 2017, CC BY-SA 4.0; its train split), and this project's own anchors: the vocabulary and
``trained/words_affect_phrases.csv``. The figures are of EmoBank's test split, which takes no part in any choice, and
of the phrases in five-fold cross-validation.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.stats.agreement import pearson
from core.stats.intervals import measured_each
from recommender.perception import TRAINED
from recommender.perception.text.affect_model import (
    AFFECT_FILE,
    VOCABULARY_FILE,
    AffectModel,
    embed_vocabulary,
    read_affect,
)
from recommender.perception.vocabulary import TABLES
from recommender.perception.weights.loaders import embed_texts

PHRASES_FILE = TRAINED / "words_affect_phrases.csv"
GAMMA = 1.0
RIDGE = 1.0
SENTENCE_LANDMARKS = 700
EMOBANK_GAIN = 2.0  # EmoBank's means crowd the middle of its 1..5 scale; this spreads them over 0..1
PHRASE_WEIGHT = 6.0  # an own anchor counts as this many rated sentences
FOLDS = 5

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Anchors:
    """Texts with their points: vectors (n, 384), points (n, 2), weights (n,)."""

    vectors: Floats
    points: Floats
    weights: Floats

    def at(self, rows: NDArray[Any]) -> Anchors:
        return Anchors(self.vectors[rows], self.points[rows], self.weights[rows])

    def joined(self, other: Anchors) -> Anchors:
        return Anchors(
            np.concatenate([self.vectors, other.vectors]),
            np.concatenate([self.points, other.points]),
            np.concatenate([self.weights, other.weights]),
        )


def train_words_affect(shared: Path, seed: int = 0) -> dict[str, Any]:
    """Fit, store ``words_affect.npz`` and ``vocabulary_minilm.npz``, and return the figures.

    ``shared`` holds ``data/text/emobank.csv``; raises FileNotFoundError without it.
    """
    rng = np.random.default_rng(seed)
    rows = read_emobank(shared)
    train = [row for row in rows if row["split"] == "train"]
    sentences = _sentences(train)
    phrases, vocabulary = _phrases(), _vocabulary()
    figures = _phrase_figures(phrases, vocabulary, sentences, rng)
    model = fit(phrases.joined(vocabulary), sentences, rng)
    held_out, _ = _cross_validated(phrases, vocabulary, sentences, rng)
    centre, gain = calibrated(held_out, phrases.points)
    _store(model, centre, gain)
    figures |= emobank_figures([row for row in rows if row["split"] == "test"], rng)
    return figures | {"seed": seed, "sentences": len(train), "phrases": len(phrases.points)}


def read_emobank(shared: Path) -> list[dict[str, str]]:
    """The rows of EmoBank: split, V, A (1..5) and text."""
    with (shared / "data" / "text" / "emobank.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _sentences(rows: list[dict[str, str]]) -> Anchors:
    ratings = np.array([(float(row["V"]), float(row["A"])) for row in rows], dtype=np.float32)
    points = 0.5 + EMOBANK_GAIN * (ratings - ratings.mean(axis=0)) / 4.0
    return Anchors(embed_texts([row["text"] for row in rows]), points, np.ones(len(rows), dtype=np.float32))


def _phrases() -> Anchors:
    with PHRASES_FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    points = np.array([(float(row["valence"]), float(row["arousal"])) for row in rows], dtype=np.float32)
    weights = np.full(len(rows), PHRASE_WEIGHT, dtype=np.float32)
    return Anchors(embed_texts([row["text"] for row in rows]), points, weights)


def _vocabulary() -> Anchors:
    terms = [term for table in TABLES.values() for term in table.values()]
    texts = [(text, term) for term in terms for text in (term.name, term.prompt, *term.synonyms)]
    points = np.array([(term.valence, term.arousal) for _, term in texts], dtype=np.float32)
    weights = np.full(len(texts), PHRASE_WEIGHT / 2, dtype=np.float32)
    return Anchors(embed_texts([text for text, _ in texts]), points, weights)


def fit(anchors: Anchors, sentences: Anchors, rng: np.random.Generator) -> AffectModel:
    """Weighted Nystroem kernel ridge; every anchor's vector (at most 450) and some sentences' are landmarks."""
    chosen = rng.permutation(len(sentences.points))[:SENTENCE_LANDMARKS]
    own = rng.permutation(len(anchors.points))[:450]
    landmarks = np.concatenate([anchors.vectors[own], sentences.vectors[chosen]]).astype(np.float16).astype(np.float32)
    data = anchors.joined(sentences)
    kernel = np.exp(-GAMMA * (2.0 - 2.0 * data.vectors @ landmarks.T)).astype(np.float64)
    kernel = np.concatenate([kernel, np.ones((len(kernel), 1))], axis=1)
    weighted = kernel * data.weights[:, None]
    solved = np.linalg.solve(weighted.T @ kernel + RIDGE * np.eye(kernel.shape[1]), weighted.T @ (data.points - 0.5))
    solved[-1] += 0.5
    return AffectModel(landmarks, solved.astype(np.float32), GAMMA, np.full(2, 0.5, np.float32), np.ones(2, np.float32))


def _cross_validated(
    phrases: Anchors, vocabulary: Anchors, sentences: Anchors, rng: np.random.Generator
) -> tuple[Floats, NDArray[Any]]:
    fold = rng.integers(0, FOLDS, len(phrases.points))
    held_out = np.zeros_like(phrases.points)
    for k in range(FOLDS):
        model = fit(phrases.at(fold != k).joined(vocabulary), sentences, rng)
        held_out[fold == k] = model.predict(phrases.vectors[fold == k])
    return held_out, fold


def calibrated(predicted: Floats, points: Floats) -> tuple[Floats, Floats]:
    """Centre and gain (2,) that give held-out predictions the spread of the points, for what they explain of it."""
    centre = predicted.mean(axis=0)
    correlation = np.array([np.corrcoef(predicted[:, i], points[:, i])[0, 1] for i in range(2)])
    gain = np.sqrt(correlation) * points.std(axis=0) / predicted.std(axis=0)
    return centre.astype(np.float32), np.maximum(1.0, gain).astype(np.float32)


def _phrase_figures(
    phrases: Anchors, vocabulary: Anchors, sentences: Anchors, rng: np.random.Generator
) -> dict[str, Any]:
    held_out, _ = _cross_validated(phrases, vocabulary, sentences, rng)
    return {
        f"phrases_{name}_r": interval(held_out[:, i], phrases.points[:, i], rng)
        for i, name in enumerate(("valence", "arousal"))
    }


def emobank_figures(rows: list[dict[str, str]], rng: np.random.Generator) -> dict[str, Any]:
    """Pearson r of ``read_affect`` with the ratings, each with a 95 % bootstrap interval."""
    read = np.array([read_affect(row["text"]) for row in rows])
    rated = np.array([(float(row["V"]), float(row["A"])) for row in rows])
    return {
        f"emobank_test_{name}_r": interval(read[:, i], rated[:, i], rng)
        for i, name in enumerate(("valence", "arousal"))
    }


def interval(a: NDArray[Any], b: NDArray[Any], rng: np.random.Generator, rounds: int = 1000) -> dict[str, float]:
    """Pearson r with its 95 % percentile bootstrap interval."""
    told = measured_each(lambda some: pearson(a[some], b[some]), len(a), rng, rounds)
    return {"r": round(told.value, 3), "low": round(told.low, 3), "high": round(told.high, 3), "n": told.n}


def _store(model: AffectModel, centre: Floats, gain: Floats) -> None:
    np.savez_compressed(
        AFFECT_FILE,
        landmarks=model.landmarks.astype(np.float16),
        weights=model.weights,
        gamma=np.float32(model.gamma),
        centre=centre,
        gain=gain,
    )
    vectors = embed_vocabulary()
    np.savez_compressed(
        VOCABULARY_FILE, names=np.array(list(vectors)), vectors=np.stack(list(vectors.values())).astype(np.float16)
    )
