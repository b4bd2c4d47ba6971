"""What a conversational recommender has to beat: popularity, and plain text search over titles, artists and albums."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.limits import folded

K1, B = 1.2, 0.75


def words(text: str) -> list[str]:
    """Folded words, without English function words."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return [word for word in re.findall(r"\w+", folded(text)) if word not in ENGLISH_STOP_WORDS]


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

    def scores(self, text: str) -> NDArray[np.float64]:
        """(documents,)"""
        total = np.zeros(self.count)
        for word in words(text):
            if word in self.postings:
                places, weights = self.postings[word]
                total[places] += weights * np.log(1 + (self.count - len(places) + 0.5) / (len(places) + 0.5))
        return total


def best(scores: NDArray[np.floating[Any]], known: Collection[int], k: int) -> list[int]:
    """The ``k`` best places by score, without those already known; ties by place."""
    left = scores.astype(np.float64).copy()
    left[list(known)] = -np.inf
    return [int(place) for place in np.argsort(-left, kind="stable")[:k]]
