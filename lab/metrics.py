"""How good a ranked list is, for one request; a study averages over requests (macro).

Conventions. ``ranked``: distinct items, best first. ``relevant``: the items that are right, one at least. Cut-offs
divide by ``k`` itself, not by the list's length, so that a list that is too short pays for it. Every function answers
0..1 unless it says otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Item = Hashable
Numbers = NDArray[np.float64]


def hits(ranked: Sequence[Item], relevant: Collection[Item], k: int) -> Numbers:
    """(min(k, length),) 1 where the item at that place is relevant."""
    wanted = set(relevant)
    return np.array([item in wanted for item in ranked[:k]], dtype=np.float64)


def precision(ranked: Sequence[Item], relevant: Collection[Item], k: int) -> float:
    return float(hits(ranked, relevant, k).sum() / k)


def recall(ranked: Sequence[Item], relevant: Collection[Item], k: int) -> float:
    return float(hits(ranked, relevant, k).sum() / len(set(relevant)))


def f1(ranked: Sequence[Item], relevant: Collection[Item], k: int) -> float:
    """The harmonic mean of precision and recall of this one request."""
    both = precision(ranked, relevant, k), recall(ranked, relevant, k)
    return 2 * both[0] * both[1] / sum(both) if sum(both) else 0.0


def hit_rate(ranked: Sequence[Item], relevant: Collection[Item], k: int) -> float:
    return float(hits(ranked, relevant, k).any())


def reciprocal_rank(ranked: Sequence[Item], relevant: Collection[Item], k: int) -> float:
    """One over the place of the first hit; its mean over requests is MRR."""
    places = np.flatnonzero(hits(ranked, relevant, k))
    return 1.0 / float(places[0] + 1) if len(places) else 0.0


def average_precision(ranked: Sequence[Item], relevant: Collection[Item], k: int) -> float:
    """Mean precision at the places of the hits, over ``min(relevant, k)``; its mean over requests is MAP."""
    found = hits(ranked, relevant, k)
    at = np.cumsum(found) / np.arange(1, len(found) + 1)
    return float((at * found).sum() / min(len(set(relevant)), k))


def ndcg(ranked: Sequence[Item], relevant: Collection[Item], k: int) -> float:
    """Normalised discounted cumulative gain (Jarvelin & Kekalainen 2002) with binary gains."""
    return graded_ndcg(hits(ranked, relevant, k), np.ones(min(k, len(set(relevant)))))


def graded_ndcg(gains: Sequence[float] | Numbers, best: Sequence[float] | Numbers) -> float:
    """The same with linear gains: those of a list in its order, against those of the best list of that length."""
    ideal = discounted(best)
    return discounted(gains) / ideal if ideal else 0.0


def discounted(gains: Sequence[float] | Numbers) -> float:
    """Discounted cumulative gain, not below 0: each gain over log2 of its place plus one."""
    values = np.asarray(gains, dtype=np.float64)
    return float((values / np.log2(np.arange(2, len(values) + 2))).sum())


def diversity(vectors: Numbers) -> float:
    """Intra-list diversity: mean of one minus cosine over all pairs of rows (n, d); 0 for fewer than two. 0..2."""
    count = len(vectors)
    if count < 2:
        return 0.0
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    near = unit @ unit.T
    return float(1.0 - (near.sum() - np.trace(near)) / (count * (count - 1)))


def coverage(lists: Collection[Sequence[Item]], catalogue: int) -> float:
    """The share of the catalogue that is shown to anybody."""
    return len({item for one in lists for item in one}) / catalogue


def gini(counts: Sequence[float] | Numbers) -> float:
    """How unevenly items are shown: 0 all alike, towards 1 a few take all. ``counts``: shows of every item."""
    ordered = np.sort(np.asarray(counts, dtype=np.float64))
    if not ordered.sum():
        return 0.0
    places = np.arange(1, len(ordered) + 1)
    return float(((2 * places - len(ordered) - 1) * ordered).sum() / (len(ordered) * ordered.sum()))


def novelty(ranked: Sequence[Item], popularity: Mapping[Item, float]) -> float:
    """Mean self-information of the listed items in bits. ``popularity``: the share of people who know an item, above 0;
    an item that is not in it counts as the least known one."""
    rarest = min(popularity.values())
    return float(np.mean([-np.log2(popularity.get(item, rarest)) for item in ranked])) if ranked else 0.0


def serendipity(ranked: Sequence[Item], relevant: Collection[Item], obvious: Collection[Item], k: int) -> float:
    """The share of ``k`` places with something relevant that an obvious recommender would not have shown."""
    return precision(ranked, set(relevant) - set(obvious), k)
