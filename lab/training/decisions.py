"""``train words_decisions``: fits what decides the intent of a sentence (``agents.language.decision``).

Data: ``sentences.csv`` beside this file, written for this project by sessions of a language model that saw neither the
rules nor any test set: 1,922 sentences in English, about 295 each in five languages and 30 each in ten others. The
figures are five-fold cross-validation.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from agents.language.decision import ACROSS, DECISIONS_FILE, ENGLISH, INTENTS, evidence, lead_over, terms
from agents.language.found import DialogueContext
from agents.language.parser import guessed, tidied
from core.schemas import WordsReading
from recommender.perception.text.across_languages import embed_across
from recommender.perception.weights.loaders import embed_texts

SENTENCES_FILE = Path(__file__).parent / "sentences.csv"
FOLDS = 5
SCALES = {ENGLISH: (2.0, 0.3, 1.5, 4.0), ACROSS: (2.0, 0.5, 1.5, 3.0)}
"""What vector, evidence and terms are multiplied by, and the inverse penalty."""


@dataclass(frozen=True)
class Sentences:
    """(n, d) ``vectors``, (n, e) ``found``: ``decision.evidence``; the words, and the (n,) intents they were labelled
    with."""

    vectors: NDArray[Any]
    found: NDArray[Any]
    said: NDArray[Any]
    intents: NDArray[Any]

    def of(self, rows: NDArray[np.bool_]) -> Sentences:
        return Sentences(self.vectors[rows], self.found[rows], self.said[rows], self.intents[rows])


def train_words_decisions(_shared: Path, seed: int = 0) -> dict[str, Any]:
    """Fit, store ``words_decisions.npz`` and return the figures."""
    with SENTENCES_FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    said = [tidied(row["text"]) for row in rows]
    intents = np.array([row["intent"] for row in rows])
    english = np.array([row["language"] == "en" for row in rows])
    guesses = [_guess(text) for text in said]
    found, rules = np.array([evidence(guess) for guess in guesses]), np.array([guess.intent for guess in guesses])
    everything = np.ones(len(rows), dtype=bool)
    stored: dict[str, Any] = {}
    figures: dict[str, Any] = {"sentences": len(rows), "english": int(english.sum()), "seed": seed}
    for name, embed, learned, judged in (
        (ENGLISH, embed_texts, english, english),
        (ACROSS, embed_across, everything, ~english),
    ):
        sentences = Sentences(embed(said), found, np.array(said, dtype=object), intents)
        fold = np.random.default_rng(seed).integers(0, FOLDS, len(rows))
        chances = np.zeros((len(rows), len(INTENTS)))
        for k in range(FOLDS):
            held_out = judged & (fold == k)
            chances[held_out] = Fitted.to(sentences.of(learned & (fold != k)), name).chances(sentences.of(held_out))
        figures[f"{name}_rules_alone"] = round(float((rules == intents)[judged].mean()), 3)
        figures[f"{name}_decided"] = round(float((_decided(chances, guesses) == intents)[judged].mean()), 3)
        stored |= {f"{name}.{key}": value for key, value in Fitted.to(sentences.of(learned), name).stored().items()}
    np.savez_compressed(DECISIONS_FILE, **stored)
    return figures


def _guess(text: str) -> WordsReading:
    return replace(guessed(text, DialogueContext()).reading, text=text)


def _decided(chances: NDArray[np.float64], guesses: Sequence[WordsReading]) -> NDArray[Any]:
    """The decisions of ``agents.language.decision.decide``."""
    told = []
    for row, guess in zip(chances, guesses, strict=True):
        other = INTENTS[int(row.argmax())]
        lead = float(row.max() - row[INTENTS.index(guess.intent)])
        told.append(other if lead > lead_over(guess, other) else guess.intent)
    return np.array(told)


@dataclass(frozen=True)
class Fitted:
    name: str
    weigher: TfidfVectorizer
    model: LogisticRegression

    @classmethod
    def to(cls, sentences: Sentences, name: str) -> Fitted:
        weigher = TfidfVectorizer(analyzer=terms, min_df=2, sublinear_tf=True).fit(sentences.said)
        model = LogisticRegression(C=SCALES[name][3], max_iter=3000, class_weight="balanced")
        return cls(name, weigher, model.fit(_design(name, weigher, sentences), sentences.intents))

    def chances(self, sentences: Sentences) -> NDArray[np.float64]:
        """(n, intents)."""
        told: NDArray[np.float64] = self.model.predict_proba(_design(self.name, self.weigher, sentences))
        return told

    def stored(self) -> dict[str, NDArray[Any]]:
        """The weights of unscaled inputs, and the terms."""
        by_vector, by_evidence, by_terms, _ = SCALES[self.name]
        weights, names = self.model.coef_.T, self.weigher.get_feature_names_out()
        found, last = len(evidence(WordsReading(text=""))), len(weights) - len(names)
        scale = np.concatenate(
            [np.full(last - found, by_vector), np.full(found, by_evidence), np.full(len(names), by_terms)]
        )
        return {
            "weights": np.concatenate([weights * scale[:, None], self.model.intercept_[None]]).astype(np.float16),
            "terms": np.array(names, dtype=str),
            "rarity": self.weigher.idf_.astype(np.float16),
        }


def _design(name: str, weigher: TfidfVectorizer, sentences: Sentences) -> csr_matrix:
    by_vector, by_evidence, by_terms, _ = SCALES[name]
    parts = (
        csr_matrix(by_vector * sentences.vectors),
        csr_matrix(by_evidence * sentences.found),
        by_terms * weigher.transform(sentences.said),
    )
    return hstack(parts).tocsr()
