"""Who likes this also likes that: learners over a sparse matrix of people and things.

Every learner is fitted on ``X``, a (people, items) matrix of non-negative strengths, and scores items for histories:
``score(history)`` takes a (people, items) matrix of what is known of each person, who need not have been among those
it was fitted on, and gives (people, items) scores in no particular unit. What the person has already is scored like
everything else; leaving it out is the caller's business.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy import sparse  # where it is used it is imported: the web process does without

Matrix = NDArray[np.float64]
LEAST = 1e-12


class Learner(Protocol):
    """A learner before it is fitted is its settings; ``fit`` gives itself back, ready to score."""

    name: str

    def fit(self, seen: sparse.csr_matrix) -> Learner: ...

    def score(self, history: sparse.csr_matrix) -> Matrix: ...


@dataclass
class Random:
    """Chance, from a seed: the floor of every comparison."""

    seed: int = 0
    name: str = "random"

    def fit(self, seen: sparse.csr_matrix) -> Random:  # noqa: ARG002
        return self

    def score(self, history: sparse.csr_matrix) -> Matrix:
        scores: Matrix = np.random.default_rng(self.seed).random(history.shape)
        return scores


@dataclass
class Popularity:
    """How many people have it, the same for everybody."""

    name: str = "popularity"
    counts: Matrix = field(default_factory=lambda: np.zeros(0))

    def fit(self, seen: sparse.csr_matrix) -> Popularity:
        self.counts = np.asarray((seen > 0).sum(axis=0), dtype=np.float64).ravel()
        return self

    def score(self, history: sparse.csr_matrix) -> Matrix:
        return np.tile(self.counts, (history.shape[0], 1))


@dataclass
class ItemNeighbours:
    """Item-based nearest neighbours by shrunk cosine (Deshpande and Karypis 2004): the ``neighbours`` most similar
    items of each count; ``shrink`` pulls the similarity of items that few people share towards 0."""

    neighbours: int = 100
    shrink: float = 10.0
    name: str = "item neighbours"
    similarity: sparse.csr_matrix = field(init=False, repr=False, compare=False)

    def fit(self, seen: sparse.csr_matrix) -> ItemNeighbours:
        shared = (seen.T @ seen).tocsr()
        norms = np.sqrt(np.asarray(shared.diagonal()))
        shared.setdiag(0.0)
        shared.eliminate_zeros()
        pairs = shared.tocoo()
        pairs.data = pairs.data / (norms[pairs.row] * norms[pairs.col] + self.shrink + LEAST)
        self.similarity = strongest(pairs.tocsr(), self.neighbours)
        return self

    def score(self, history: sparse.csr_matrix) -> Matrix:
        return np.asarray((history @ self.similarity).todense(), dtype=np.float64)


@dataclass
class EASE:
    """The linear autoencoder in closed form (Steck 2019): ``P = (X'X + l I)^-1``, ``B_ij = -P_ij / P_jj``, diagonal 0.

    Dense in the items: 5,000 take about 200 MB and a few seconds.
    """

    penalty: float = 100.0
    name: str = "EASE"
    weights: Matrix = field(default_factory=lambda: np.zeros((0, 0)))

    def fit(self, seen: sparse.csr_matrix) -> EASE:
        gram = np.asarray((seen.T @ seen).todense(), dtype=np.float64)
        gram[np.diag_indices_from(gram)] += self.penalty
        inverse = np.linalg.inv(gram)
        self.weights = -inverse / np.diag(inverse)
        self.weights[np.diag_indices_from(self.weights)] = 0.0
        return self

    def score(self, history: sparse.csr_matrix) -> Matrix:
        return np.asarray(history @ self.weights, dtype=np.float64)


@dataclass
class RandomWalk:
    """RP3beta (Paudel, Christoffel, Newell and Bernstein 2017): three steps of a random walk person - item - person -
    item, with transition probabilities to the power ``alpha`` and the arrival divided by popularity to ``beta``."""

    alpha: float = 1.0
    beta: float = 0.3
    neighbours: int = 200
    name: str = "RP3beta"
    similarity: sparse.csr_matrix = field(init=False, repr=False, compare=False)

    def fit(self, seen: sparse.csr_matrix) -> RandomWalk:
        from scipy import sparse

        popularity = np.asarray((seen > 0).sum(axis=0), dtype=np.float64).ravel()
        to_items = _transitions(seen, self.alpha)
        to_people = _transitions(seen.T.tocsr(), self.alpha)
        walked = (to_people @ to_items).tocsr()
        walked.setdiag(0.0)
        walked = walked @ sparse.diags(1.0 / np.maximum(popularity, 1.0) ** self.beta)
        self.similarity = strongest(walked.tocsr(), self.neighbours)
        return self

    def score(self, history: sparse.csr_matrix) -> Matrix:
        return np.asarray((history @ self.similarity).todense(), dtype=np.float64)


@dataclass
class ImplicitALS:
    """Weighted matrix factorisation by alternating least squares (Hu, Koren and Volinsky 2008), confidence
    ``1 + alpha x``; one thread, so that it gives the same figures everywhere."""

    factors: int = 64
    penalty: float = 0.01
    alpha: float = 1.0
    rounds: int = 15
    seed: int = 0
    name: str = "iALS"
    items: Matrix = field(default_factory=lambda: np.zeros((0, 0)))

    def fit(self, seen: sparse.csr_matrix) -> ImplicitALS:
        rng = np.random.default_rng(self.seed)
        seen = seen.astype(np.float64)
        people = rng.normal(0.0, 0.01, (seen.shape[0], self.factors))
        self.items = rng.normal(0.0, 0.01, (seen.shape[1], self.factors))
        turned = seen.T.tocsr()
        for _ in range(self.rounds):
            people = self._solve(seen, self.items)
            self.items = self._solve(turned, people)
        return self

    def score(self, history: sparse.csr_matrix) -> Matrix:
        return self._solve(history.astype(np.float64), self.items) @ self.items.T

    def _solve(self, rows: sparse.csr_matrix, others: Matrix) -> Matrix:
        """The best factors of each row given those of the other side."""
        common = others.T @ others + self.penalty * np.eye(self.factors)
        solved = np.zeros((rows.shape[0], self.factors))
        for row in range(rows.shape[0]):
            known = slice(rows.indptr[row], rows.indptr[row + 1])
            if known.start == known.stop:
                continue
            vectors, extra = others[rows.indices[known]], self.alpha * rows.data[known]
            left = common + (vectors * extra[:, None]).T @ vectors
            solved[row] = np.linalg.solve(left, vectors.T @ (1.0 + extra))
        return solved


@dataclass
class Blend:
    """Several learners as one: each one's scores as standard scores within a person, added with weights."""

    members: tuple[tuple[Learner, float], ...]
    name: str = "hybrid"

    def fit(self, seen: sparse.csr_matrix) -> Blend:
        for learner, _ in self.members:
            learner.fit(seen)
        return self

    def score(self, history: sparse.csr_matrix) -> Matrix:
        total: Matrix = sum(
            (weight * standardised(learner.score(history)) for learner, weight in self.members),
            start=np.zeros(history.shape),
        )
        return total


def standardised(scores: Matrix) -> Matrix:
    """Each row with mean 0 and standard deviation 1; a row of equal scores becomes 0."""
    centred = scores - scores.mean(axis=1, keepdims=True)
    spread = centred.std(axis=1, keepdims=True)
    even: Matrix = np.divide(centred, spread, out=np.zeros_like(centred), where=spread > LEAST)
    return even


def strongest(similarity: sparse.csr_matrix, most: int) -> sparse.csr_matrix:
    """The ``most`` largest entries of every column: how an item's neighbours are kept few."""
    columns = similarity.tocsc(copy=True)
    for column in range(columns.shape[1]):
        values = columns.data[columns.indptr[column] : columns.indptr[column + 1]]
        if len(values) > most:
            values[values < np.partition(values, -most)[-most]] = 0.0
    columns.eliminate_zeros()
    return columns.tocsr()


def _transitions(matrix: sparse.csr_matrix, power: float) -> sparse.csr_matrix:
    """Rows as probabilities, to a power."""
    from scipy import sparse

    sums = np.asarray(matrix.sum(axis=1), dtype=np.float64).ravel()
    steps = sparse.diags(1.0 / np.maximum(sums, LEAST)) @ matrix
    steps.data = steps.data**power
    return steps.tocsr()
