"""Every measure against a second implementation: ranx, scikit-learn, scipy, or its definition written out."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.stats import agreement, intervals
from lab import metrics

EXACT = pytest.approx
NUMBERS = st.floats(-100, 100, allow_nan=False, width=32)


@st.composite
def requests(draw: st.DrawFn) -> tuple[list[int], set[int], int]:
    items = draw(st.integers(2, 30))
    ranked = draw(st.permutations(range(items)))[: draw(st.integers(1, items))]
    relevant = draw(st.sets(st.integers(0, items - 1), min_size=1))
    return list(ranked), relevant, draw(st.integers(1, 25))


def test_ranking_measures_equal_ranx(monkeypatch: pytest.MonkeyPatch) -> None:
    """One run over many random requests; ranx answers in the order of the requests' names."""
    import numba.typed

    monkeypatch.setattr(numba.config, "DISABLE_JIT", True)  # compiling it takes most of a minute, and it runs once
    from ranx import Qrels, Run, evaluate

    generator = np.random.default_rng(3)
    queries = []
    for _ in range(200):
        items = int(generator.integers(2, 40))
        ranked = generator.permutation(items)[: int(generator.integers(1, items + 1))].tolist()
        queries.append(
            (ranked, set(generator.choice(items, int(generator.integers(1, items + 1)), replace=False).tolist()))
        )
    qrels = Qrels({f"{q:03}": {str(i): 1 for i in relevant} for q, (_, relevant) in enumerate(queries)})
    run = Run(
        {f"{q:03}": {str(i): float(-place) for place, i in enumerate(ranked)} for q, (ranked, _) in enumerate(queries)}
    )
    ours = {
        "precision": metrics.precision, "recall": metrics.recall, "f1": metrics.f1, "mrr": metrics.reciprocal_rank,
        "ndcg": metrics.ndcg, "hit_rate": metrics.hit_rate,
    }  # fmt: skip
    for name, measure in ours.items():
        told = np.asarray(evaluate(qrels, run, f"{name}@7", return_mean=False))
        assert told == EXACT([measure(ranked, relevant, 7) for ranked, relevant in queries], abs=1e-9), name
    # ranx divides average precision by all that is relevant; at a cut-off that is not below it, so does ours
    told = np.asarray(evaluate(qrels, run, "map@40", return_mean=False))
    assert told == EXACT([metrics.average_precision(ranked, relevant, 40) for ranked, relevant in queries], abs=1e-9)


@settings(deadline=None)
@given(requests())
def test_graded_gain_equals_scikit_learn(request: tuple[list[int], set[int], int]) -> None:
    from sklearn.metrics import ndcg_score

    ranked, _, k = request
    gains = np.random.default_rng(len(ranked)).random(len(ranked))
    if len(ranked) < 2:
        return
    scores = -np.arange(len(ranked), dtype=float)
    expected = ndcg_score([gains], [scores], k=k)
    assert metrics.graded_ndcg(gains[:k], np.sort(gains)[::-1][:k]) == EXACT(expected, abs=1e-9)


@settings(deadline=None)
@given(requests())
def test_a_short_list_pays_for_the_places_it_leaves_empty(request: tuple[list[int], set[int], int]) -> None:
    ranked, relevant, k = request
    found = len(set(ranked[:k]) & relevant)
    assert metrics.precision(ranked, relevant, k) == found / k
    assert metrics.recall(ranked, relevant, k) == EXACT(found / len(relevant))
    assert (metrics.f1(ranked, relevant, k) == 0) == (found == 0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.floats(0.1, 5), min_size=3, max_size=3), min_size=2, max_size=8))
def test_diversity_is_the_mean_cosine_distance(vectors: list[list[float]]) -> None:
    from scipy.spatial.distance import cosine

    expected = np.mean([cosine(a, b) for a, b in combinations(vectors, 2)])
    assert metrics.diversity(np.array(vectors)) == EXACT(expected, abs=1e-9)


@settings(deadline=None)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=30))
def test_gini_is_the_mean_absolute_difference(counts: list[int]) -> None:
    if not sum(counts):
        assert metrics.gini(counts) == 0
        return
    values = np.array(counts, dtype=float)
    expected = np.abs(values[:, None] - values[None]).mean() / (2 * values.mean())
    assert metrics.gini(counts) == EXACT(expected, abs=1e-9)


def test_novelty_coverage_and_serendipity_by_hand() -> None:
    assert metrics.novelty(["a", "b"], {"a": 0.5, "b": 0.125}) == 2.0
    assert metrics.coverage([["a", "b"], ["b"]], 4) == 0.5
    assert metrics.serendipity(["a", "b", "c"], {"a", "b"}, {"a"}, 4) == 0.25


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=3, max_size=40))
def test_agreement_equals_scipy(pairs: list[tuple[float, float]]) -> None:
    from scipy.stats import pearsonr, spearmanr

    a, b = np.array(pairs).T
    if np.ptp(a) < 1e-3 or np.ptp(b) < 1e-3:
        return
    assert agreement.pearson(a, b) == EXACT(pearsonr(a, b)[0], abs=1e-9)
    assert agreement.spearman(a, b) == EXACT(spearmanr(a, b)[0], abs=1e-9)
    slope = pearsonr(a, b)[0] * a.std() / b.std()
    expected = 2 * slope * b.var() / (a.var() + b.var() + (a.mean() - b.mean()) ** 2)
    assert agreement.concordance(a, b) == EXACT(expected, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1, width=32), st.booleans()), min_size=4, max_size=60))
def test_the_calibration_error_is_a_share(pairs: list[tuple[float, bool]]) -> None:
    claimed, right = np.array([p for p, _ in pairs]), np.array([float(r) for _, r in pairs])
    assert 0 <= agreement.calibration_error(claimed, right) <= 1
    assert agreement.calibration_error(right, right) == 0


def test_calibration_error_of_one_bin_is_the_difference_of_the_means() -> None:
    assert agreement.calibration_error(np.array([0.9, 0.7]), np.array([1.0, 0.0]), bins=1) == EXACT(0.3)
    assert agreement.calibration_error(np.array([0.0, 1.0]), np.array([0.0, 1.0]), bins=2) == 0


def test_conformal_intervals_hold_what_they_promise() -> None:
    generator = np.random.default_rng(1)
    held = []
    for _ in range(200):
        errors, new = generator.normal(size=50), generator.normal(size=50)
        width = agreement.conformal_width(errors, 0.9)
        held.append(agreement.covered(np.zeros(50), new, width).mean())
    assert 0.88 < np.mean(held) < 0.94


def test_usability_scale_and_agreement_of_raters() -> None:
    assert agreement.usability_score([5, 1] * 5) == 100
    assert agreement.usability_score([3] * 10) == 50
    with pytest.raises(ValueError, match="ten answers"):
        agreement.usability_score([3] * 9)
    assert agreement.krippendorff_alpha(np.array([[1.0, 2, 3], [1, 2, 3]])) == 1
    # Krippendorff (2011), "Computing Krippendorff's alpha-reliability", example with missing data, interval scale: .849
    nan = np.nan
    rated = np.array(
        [
            [1, 2, 3, 3, 2, 1, 4, 1, 2, nan, nan, nan],
            [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, nan, 3],
            [nan, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, nan],
            [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, nan],
        ]
    )
    assert agreement.krippendorff_alpha(rated) == EXACT(0.849, abs=5e-4)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    generator = np.random.default_rng(0)
    held = [one.low <= 0 <= one.high for one in (intervals.mean(generator.normal(size=40), n) for n in range(200))]
    assert 0.88 < np.mean(held) < 0.99


def test_the_permutation_test_is_exact_where_all_sign_flips_can_be_counted() -> None:
    apart = np.array([0.3, 0.1, 0.4, -0.1, 0.2, 0.5, 0.3, 0.2])
    flipped = np.abs([np.mean(apart * signs) for signs in product((-1, 1), repeat=len(apart))])
    exact = float(np.mean(flipped >= apart.mean() - 1e-12))
    assert intervals.permutation_p(apart) == EXACT(exact)
    assert intervals.permutation_p(apart, rounds=100) == EXACT(exact, abs=0.04)
    assert intervals.compared(apart, apart * 0).effect == EXACT(apart.mean() / apart.std(ddof=1), abs=1e-4)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_never_lowers_a_p_and_keeps_their_order(ps: list[float]) -> None:
    named = {str(place): p for place, p in enumerate(ps)}
    adjusted = intervals.holm(named)
    assert all(adjusted[name] >= p for name, p in named.items())
    in_order = [adjusted[name] for name in sorted(named, key=named.__getitem__)]
    assert in_order == sorted(in_order)
    assert max(adjusted.values()) <= 1


def test_holm_by_hand() -> None:
    assert intervals.holm({"a": 0.01, "b": 0.04, "c": 0.03}) == EXACT({"a": 0.03, "c": 0.06, "b": 0.06})
