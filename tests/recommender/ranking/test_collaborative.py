"""Learners over who has what: their defining properties on small matrices."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import sparse

from recommender.ranking.collaborative import (
    EASE,
    Blend,
    ImplicitALS,
    ItemNeighbours,
    Learner,
    Popularity,
    RandomWalk,
    standardised,
    strongest,
)

FITTED: list[Learner] = [
    Popularity(),
    ItemNeighbours(),
    EASE(penalty=2.0),
    RandomWalk(),
    ImplicitALS(factors=2, penalty=1.0),
]
tables = arrays.arrays(
    np.float64, st.tuples(st.integers(3, 8), st.integers(3, 7)), elements=st.sampled_from([0.0, 1.0])
)


def two_camps() -> sparse.csr_matrix:
    """People 0-4 have items 0-3, people 5-9 items 4-7; each lacks one of theirs."""
    seen = np.zeros((10, 8))
    for person in range(10):
        camp = 0 if person < 5 else 4
        seen[person, camp : camp + 4] = 1.0
        seen[person, camp + person % 4] = 0.0
    return sparse.csr_matrix(seen)


@pytest.mark.parametrize("learner", FITTED[1:], ids=lambda learner: learner.name)
def test_the_missing_item_of_ones_own_camp_comes_before_all_of_the_other(learner: Learner) -> None:
    seen = two_camps()
    scores = learner.fit(seen).score(seen)
    for person in range(10):
        camp = 0 if person < 5 else 4
        others = [item for item in range(8) if not camp <= item < camp + 4]
        assert scores[person, camp + person % 4] > scores[person, others].max()


@pytest.mark.parametrize("learner", FITTED, ids=lambda learner: learner.name)
def test_somebody_new_is_scored_by_their_history_alone(learner: Learner) -> None:
    history = sparse.csr_matrix(np.eye(8)[[5]])
    scores = learner.fit(two_camps()).score(history)[0]
    assert np.isfinite(scores).all()
    if learner.name != "popularity":
        assert scores[[4, 6, 7]].min() > scores[:4].max()


@given(table=tables)
@settings(deadline=None, max_examples=30)
def test_ease_solves_its_own_equation(table: np.ndarray) -> None:
    penalty = 3.0
    weights = EASE(penalty=penalty).fit(sparse.csr_matrix(table)).weights
    assert np.allclose(np.diag(weights), 0.0)
    # off the diagonal the gradient of |X - XB|^2 + l |B|^2 vanishes
    gradient = table.T @ (table @ weights - table) + penalty * weights
    np.fill_diagonal(gradient, 0.0)
    assert np.allclose(gradient, 0.0, atol=1e-8)


@given(table=tables, seed=st.integers(0, 99))
@settings(deadline=None, max_examples=30)
def test_the_order_of_items_does_not_matter(table: np.ndarray, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(table.shape[1])
    for learner in (Popularity(), ItemNeighbours(), EASE(penalty=2.0), RandomWalk()):
        straight = learner.fit(sparse.csr_matrix(table)).score(sparse.csr_matrix(table))
        turned = learner.fit(sparse.csr_matrix(table[:, order])).score(sparse.csr_matrix(table[:, order]))
        assert np.allclose(straight[:, order], turned)


def test_only_the_strongest_neighbours_are_kept() -> None:
    kept = strongest(sparse.csr_matrix(np.arange(12.0).reshape(4, 3)), 2).toarray()
    assert (kept > 0).sum(axis=0).tolist() == [2, 2, 2]
    assert kept[3].tolist() == [9.0, 10.0, 11.0]


def test_a_blend_of_one_ranks_like_it() -> None:
    seen = two_camps()
    alone = EASE(penalty=2.0).fit(seen).score(seen)
    blended = Blend(((EASE(penalty=2.0), 0.7),)).fit(seen).score(seen)
    assert np.allclose(blended, 0.7 * standardised(alone))
    assert (standardised(np.ones((2, 3))) == 0).all()
