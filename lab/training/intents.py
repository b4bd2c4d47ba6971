"""``train words_intents``: fits the intent and the move models of ``meaning``.

Data: ``phrasings.csv`` beside this file and the lexicon, both written for this project; plain sentences of EmoBank's
train split stand for descriptions. The figures are five-fold cross-validation.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from agents.language.lexicon import sound_words
from agents.language.meaning import MEANING_FILE
from lab.training.text_affect import read_emobank
from recommender.perception.weights.loaders import embed_texts

PHRASINGS_FILE = Path(__file__).parent / "phrasings.csv"
FEATURES = (
    "valence", "energy", "arousal", "tempo", "loudness", "danceability", "acousticness", "instrumentalness",
    "speechiness", "liveness", "familiarity",
)  # fmt: skip
FOLDS = 5
INVERSE_PENALTY = 20.0
RIDGE = 2.0
PLAIN_SENTENCES = 60


def train_words_intents(shared: Path, seed: int = 0) -> dict[str, Any]:
    """Fit, store ``words_intents.npz`` and return the figures; raises FileNotFoundError without EmoBank."""
    with PHRASINGS_FILE.open(encoding="utf-8", newline="") as file:
        rows = [(row["text"], row["intent"]) for row in csv.DictReader(file)]
    rng = np.random.default_rng(seed)
    sentences = [row["text"] for row in read_emobank(shared) if row["split"] == "train"]
    rows += [(sentences[i], "describe") for i in rng.choice(len(sentences), PLAIN_SENTENCES, replace=False)]
    vectors = embed_texts([text for text, _ in rows])
    names = np.array([intent for _, intent in rows])
    words, moves = _lexicon_moves()
    word_vectors = embed_texts(words)
    figures = {
        "intent_accuracy": round(_intent_accuracy(vectors, names, rng), 3),
        "move_sign_accuracy": round(_move_accuracy(word_vectors, moves, rng), 3),
        "phrasings": len(rows),
        "words": len(words),
        "seed": seed,
    }
    intents, intent_weights = _fit_intents(vectors, names)
    np.savez_compressed(
        MEANING_FILE,
        intents=np.array(intents),
        intent_weights=intent_weights.astype(np.float16),
        features=np.array(FEATURES),
        move_weights=_fit_moves(word_vectors, moves).astype(np.float16),
    )
    return figures


def _fit_intents(vectors: NDArray[Any], names: NDArray[Any]) -> tuple[list[str], NDArray[Any]]:
    model = LogisticRegression(C=INVERSE_PENALTY, max_iter=2000, class_weight="balanced").fit(vectors, names)
    return [str(name) for name in model.classes_], np.concatenate([model.coef_.T, model.intercept_[None]])


def _intent_accuracy(vectors: NDArray[Any], names: NDArray[Any], rng: np.random.Generator) -> float:
    fold = rng.integers(0, FOLDS, len(names))
    hits = 0
    for k in range(FOLDS):
        intents, weights = _fit_intents(vectors[fold != k], names[fold != k])
        guessed = np.array(intents)[(vectors[fold == k] @ weights[:-1] + weights[-1]).argmax(axis=1)]
        hits += int((guessed == names[fold == k]).sum())
    return hits / len(names)


def _lexicon_moves() -> tuple[list[str], NDArray[Any]]:
    known = {word: moves for word, moves in sound_words().items() if any(name in FEATURES for name in moves)}
    return list(known), np.array(
        [[moves.get(name, 0) for name in FEATURES] for moves in known.values()], dtype=np.float64
    )


def _fit_moves(vectors: NDArray[Any], moves: NDArray[Any]) -> NDArray[Any]:
    design = np.concatenate([vectors, np.ones((len(vectors), 1))], axis=1).astype(np.float64)
    weights: NDArray[Any] = np.linalg.solve(design.T @ design + RIDGE * np.eye(design.shape[1]), design.T @ moves)
    return weights


def _move_accuracy(vectors: NDArray[Any], moves: NDArray[Any], rng: np.random.Generator) -> float:
    """The share of held-out valence, energy and arousal moves whose sign comes out right."""
    fold = rng.integers(0, FOLDS, len(moves))
    right, total = 0, 0
    for k in range(FOLDS):
        weights = _fit_moves(vectors[fold != k], moves[fold != k])
        guessed = (vectors[fold == k] @ weights[:-1] + weights[-1])[:, :3]
        known = moves[fold == k][:, :3]
        right += int(((np.sign(guessed) == np.sign(known)) & (known != 0)).sum())
        total += int((known != 0).sum())
    return right / total
