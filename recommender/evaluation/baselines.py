"""What a recommender has to beat: chance, popularity, neighbours, linear models, factors, content and plain text.

A collaborative baseline is fitted on a matrix (people, items) of 0 and 1 and answers scores (rows, items) for any rows
of histories over the same items; what a history already holds is masked by ``best``.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.limits import folded

Numbers = NDArray[np.float64]
Scorer = Callable[[Any], Numbers]
"""Histories (rows, items), a scipy sparse matrix, to scores (rows, items)."""

K1, B = 1.2, 0.75
SHRINK, NEIGHBOURS = 10.0, 200
EASE_RIDGE = 100.0
POPULARITY_DAMPING = 0.3
FACTORS, ALS_ROUNDS, ALS_RIDGE, ALS_WEIGHT = 64, 10, 5.0, 10.0


def random(seed: int = 0) -> Scorer:
    generator = np.random.default_rng(seed)
    return lambda histories: generator.random(histories.shape)


def popularity(matrix: Any) -> Scorer:
    counts = np.asarray(matrix.sum(axis=0), dtype=np.float64).ravel()
    return lambda histories: np.tile(counts, (histories.shape[0], 1))


def item_neighbours(matrix: Any) -> Scorer:
    """Cosine between items, damped by ``SHRINK`` for pairs few people share (Bell & Koren 2007)."""
    shared = (matrix.T @ matrix).toarray().astype(np.float64)
    lengths = np.sqrt(shared.diagonal())
    near = shared / (np.outer(lengths, lengths) + SHRINK)
    np.fill_diagonal(near, 0.0)
    if near.shape[0] > NEIGHBOURS:
        floor = np.partition(near, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS][:, None]
        near[near < floor] = 0.0
    return lambda histories: np.asarray(histories @ near.T)


def ease(matrix: Any, ridge: float = EASE_RIDGE) -> Scorer:
    """Steck 2019, "Embarrassingly shallow autoencoders": ``B = I - P diag(1 / P)`` with ``P = (X'X + ridge I)^-1``."""
    gram = (matrix.T @ matrix).toarray().astype(np.float64)
    gram[np.diag_indices_from(gram)] += ridge
    inverse = np.linalg.inv(gram)
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return lambda histories: np.asarray(histories @ weights)


def random_walk(matrix: Any) -> Scorer:
    """RP3beta (Paudel et al. 2017): three steps on the graph of people and items, popular ends damped."""
    from scipy.sparse import csr_matrix

    people = np.maximum(np.asarray(matrix.sum(axis=1), dtype=np.float64).ravel(), 1.0)
    items = np.maximum(np.asarray(matrix.sum(axis=0), dtype=np.float64).ravel(), 1.0)
    to_items = csr_matrix(matrix.multiply(1 / people[:, None]))
    to_people = csr_matrix(matrix.T.multiply(1 / items[:, None]))
    walk = (to_people @ to_items).toarray() / items[None] ** POPULARITY_DAMPING
    np.fill_diagonal(walk, 0.0)
    return lambda histories: np.asarray(histories @ walk)


def matrix_factors(matrix: Any, seed: int = 0) -> Scorer:
    """Alternating least squares on implicit counts (Hu, Koren & Volinsky 2008); histories are folded in."""
    generator = np.random.default_rng(seed)
    items = generator.normal(0, 0.01, (matrix.shape[1], FACTORS))
    for _ in range(ALS_ROUNDS):
        items = _solved(matrix.T.tocsr(), _solved(matrix, items))
    return lambda histories: _solved(histories.tocsr(), items) @ items.T


def _solved(rows: Any, factors: Numbers) -> Numbers:
    """Each row's factors given the other side's."""
    gram = factors.T @ factors + ALS_RIDGE * np.eye(factors.shape[1])
    solved = np.zeros((rows.shape[0], factors.shape[1]))
    for place in range(rows.shape[0]):
        own = factors[rows.indices[rows.indptr[place] : rows.indptr[place + 1]]]
        if len(own):
            solved[place] = np.linalg.solve(gram + ALS_WEIGHT * own.T @ own, (1 + ALS_WEIGHT) * own.sum(axis=0))
    return solved


def content(features: Numbers) -> Scorer:
    """Cosine of each item's features (items, d) with the mean of the history's."""
    unit = features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12)
    return lambda histories: np.asarray(histories @ unit) @ unit.T


def mood_rule(plane: Numbers) -> Scorer:
    """Nearness to the history's mean point of the affect plane (items, 2), and nothing else."""

    def scores(histories: Any) -> Numbers:
        sizes = np.maximum(np.asarray(histories.sum(axis=1), dtype=np.float64), 1.0)
        centres = np.asarray(histories @ plane) / sizes
        return np.asarray(-np.linalg.norm(plane[None] - centres[:, None], axis=2))

    return scores


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
    left = scores.astype(np.float64).copy()
    left[list(known)] = -np.inf
    return [int(place) for place in np.argsort(-left, kind="stable")[:k]]
