"""What a recommender has to beat beside ``recommender.ranking.collaborative``: content, the mood alone, plain text.

A learner answers scores (rows, items) for any rows of histories; what a history already holds is masked by ``best``.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.text import folded
from recommender.ranking.collaborative import Learner

Numbers = NDArray[np.float64]

K1, B = 1.2, 0.75
LEAST = 1e-12


@dataclass
class Content:
    """Cosine of each item's features (items, d), dense or sparse, with the mean of the history's. Nothing is fitted."""

    features: Any
    name: str = "content"

    def __post_init__(self) -> None:
        table = sparse.csr_matrix(self.features, dtype=np.float64)
        lengths = np.sqrt(np.asarray(table.multiply(table).sum(axis=1)).ravel())
        self.unit = sparse.csr_matrix(sparse.diags(1.0 / np.maximum(lengths, LEAST)) @ table)

    def fit(self, seen: sparse.csr_matrix) -> Content:  # noqa: ARG002
        return self

    def score(self, history: sparse.csr_matrix) -> Numbers:
        return np.asarray(((history @ self.unit) @ self.unit.T).todense(), dtype=np.float64)


@dataclass
class MoodRule:
    """Nearness to the history's mean point of the affect plane (items, 2), and nothing else."""

    plane: Numbers
    name: str = "mood rule"

    def fit(self, seen: sparse.csr_matrix) -> MoodRule:  # noqa: ARG002
        return self

    def score(self, history: sparse.csr_matrix) -> Numbers:
        sizes = np.maximum(np.asarray(history.sum(axis=1), dtype=np.float64), 1.0)
        centres = np.asarray(history @ self.plane) / sizes
        return np.asarray(-np.linalg.norm(self.plane[None] - centres[:, None], axis=2))


@dataclass
class Within:
    """A learner of the items that at least ``least`` people have, as one of all: it gives the others nothing."""

    learner: Learner
    least: int = 2

    def __post_init__(self) -> None:
        self.name = self.learner.name
        self.kept = np.zeros(0, dtype=np.bool_)

    def fit(self, seen: sparse.csr_matrix) -> Within:
        self.kept = np.asarray((seen > 0).sum(axis=0)).ravel() >= self.least
        self.learner.fit(seen[:, self.kept])
        return self

    def score(self, history: sparse.csr_matrix) -> Numbers:
        told = np.zeros(history.shape)
        told[:, self.kept] = self.learner.score(history[:, self.kept])
        return told


class TextSearch:
    """Okapi BM25 (Robertson & Zaragoza 2009) over short documents."""

    def __init__(self, documents: Sequence[str]) -> None:
        self.count = len(documents)
        split = [words(document) for document in documents]
        usual = float(np.mean([len(document) for document in split]))
        postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for place, document in enumerate(split):
            length = K1 * (1 - B + B * len(document) / usual)
            for word, often in Counter(document).items():
                postings[word].append((place, often * (K1 + 1) / (often + length)))
        self.postings = {
            word: (np.array([place for place, _ in found]), np.array([weight for _, weight in found]))
            for word, found in postings.items()
        }

    def scores(self, text: str) -> Numbers:
        """(documents,)"""
        total = np.zeros(self.count)
        for word in words(text):
            if word in self.postings:
                places, weights = self.postings[word]
                total[places] += weights * np.log(1 + (self.count - len(places) + 0.5) / (len(places) + 0.5))
        return total


def words(text: str) -> list[str]:
    """Folded words, without English function words."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return [word for word in re.findall(r"\w+", folded(text)) if word not in ENGLISH_STOP_WORDS]


def best(scores: NDArray[np.floating[Any]], known: Collection[int], k: int) -> list[int]:
    """The ``k`` best places by score, without those already known; ties by place."""
    left = scores.astype(np.float64)
    left[list(known)] = -np.inf
    enough = np.partition(left, -k)[-k] if k < len(left) else -np.inf
    places = np.flatnonzero(left >= enough)
    return [int(place) for place in places[np.argsort(-left[places], kind="stable")[:k]]]
