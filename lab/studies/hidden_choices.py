"""Do learners together beat the best of them alone? On what listeners, playlists and conversations chose, hidden.

Settings are chosen on the validation part, and so are the weights of the hybrid; then everything is fitted again on
both of the first parts and looked at once on the test part (``lab.datasets.choices``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.stats.intervals import compared, holm, mean
from lab import metrics
from lab.baselines import Content, best
from lab.datasets import choices
from lab.datasets.choices import Choices
from lab.study import Chart, Findings, Lab, Table
from recommender.ranking.collaborative import (
    EASE,
    Blend,
    ImplicitALS,
    ItemNeighbours,
    Learner,
    Popularity,
    Random,
    RandomWalk,
    standardised,
)

K = 10
MEASURES: dict[str, Callable[..., float]] = {
    f"precision@{K}": metrics.precision,
    f"recall@{K}": metrics.recall,
    f"MAP@{K}": metrics.average_precision,
    f"nDCG@{K}": metrics.ndcg,
}
CHOSEN_BY = f"nDCG@{K}"
GRIDS: tuple[tuple[Learner, ...], ...] = (
    tuple(ItemNeighbours(count, shrink) for count in (50, 200) for shrink in (2.0, 20.0)),
    tuple(EASE(penalty) for penalty in (10.0, 30.0, 100.0, 200.0)),
    tuple(
        RandomWalk(alpha, beta, most) for most in (200, 1000) for alpha in (0.5, 0.7, 1.0) for beta in (0.0, 0.2, 0.4)
    ),
    tuple(
        ImplicitALS(factors, penalty, alpha, rounds=8)
        for factors, penalty, alpha in ((64, 5.0, 2.0), (64, 20.0, 10.0), (64, 40.0, 10.0), (128, 3.0, 1.0))
    ),
)
"""What is tried for each learner on the validation part."""
LINEAR = ("EASE", "RP3beta", "iALS")
WEIGHTS = (0.0, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
"""What is tried for each member of the hybrid."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """Lists of everybody, and what those of people with something hidden are worth."""

    lists: list[list[int]]
    worth: dict[str, Numbers]
    fit_seconds: float


def judge(scores: Numbers, seen: sparse.csr_matrix, hidden: sparse.csr_matrix, measures: Sequence[str]) -> Judged:
    """Of (people, items) scores, the best ``K`` that are not in ``seen``."""
    lists = [best(scores[row], known, K) for row, known in enumerate(_rows(seen))]
    asked = [(ranked, away.tolist()) for ranked, away in zip(lists, _rows(hidden), strict=True) if len(away)]
    worth = {name: np.array([MEASURES[name](ranked, away, K) for ranked, away in asked]) for name in measures}
    return Judged(lists, worth, 0.0)


def _rows(matrix: sparse.csr_matrix) -> Iterator[NDArray[Any]]:
    for row in range(matrix.shape[0]):
        yield matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]


def tuned(known: Choices, seed: int) -> tuple[list[Learner], list[Numbers]]:
    """Every single learner at the setting that did best on the validation part, and what it scores there."""
    fit, _, _ = known.parts
    learners: list[Learner] = []
    scores: list[Numbers] = []
    contents = [(Content(table, f"content: {name}"),) for name, table in known.about.items()]
    grids: list[Sequence[Learner]] = [(Random(seed),), (Popularity(),), *GRIDS, *contents]
    for grid in grids:
        tried = [one.fit(fit).score(fit) for one in grid]
        gains = [gain(told, known) for told in tried]
        learners.append(grid[int(np.argmax(gains))])
        scores.append(tried[int(np.argmax(gains))])
    return learners, scores


def gain(scores: Numbers, known: Choices) -> float:
    fit, validation, _ = known.parts
    return float(judge(scores, fit, validation, (CHOSEN_BY,)).worth[CHOSEN_BY].mean())


def blended(known: Choices, learners: Sequence[Learner], scores: Sequence[Numbers]) -> Blend:
    """The hybrid: each member's weight in turn, twice, as long as the validation part gains; the best one starts."""
    table = [standardised(told) for told in scores]
    gains = [gain(told, known) for told in table]
    order = [int(place) for place in np.argsort(gains)[::-1] if learners[place].name != "random"]
    weights = dict.fromkeys(order, 0.0) | {order[0]: 1.0}
    most, total = gains[order[0]], table[order[0]]
    for place in order[1:] * 2:
        rest = total - weights[place] * table[place]
        for weight in WEIGHTS:
            tried = rest + weight * table[place]
            if (found := gain(tried, known)) > most:
                most, total, weights[place] = found, tried, weight
    return Blend(tuple((learners[place], weight) for place, weight in weights.items() if weight))


def study(name: str) -> Callable[[Lab], Findings]:
    """The part of one set of choices."""
    return lambda lab: compare(lab, name)


def compare(lab: Lab, name: str) -> Findings:
    """Every learner on the test part, and the hybrid against the single one that does best there."""
    for folder in ("lastfm", "spotify", "cpcd"):
        lab.file(folder)
    known = choices.read(name, lab.data, lab.random(name), lab.size(10_000, 120))
    learners, scores = tuned(known, lab.seed)
    hybrid = blended(known, learners, scores)
    fit, validation, test = known.parts
    seen = sparse.csr_matrix(fit + validation)
    judged = {one.name: _judged(one, seen, test) for one in (*learners, hybrid)}
    single = max((one.name for one in learners), key=lambda one: float(judged[one].worth[CHOSEN_BY].mean()))
    permuted = test[lab.random(f"dealt {name}").permutation(test.shape[0])]
    return Findings(
        tables=(
            _figures(lab, name, judged, seen),
            _ahead(lab, judged, single),
            _linear(judged),
            Table(
                name="weights",
                title="The hybrid's members, by weight",
                columns=("learner", "weight"),
                rows=tuple((learner.name, weight) for learner, weight in hybrid.members),
            ),
            Table(
                name="control",
                title="Hidden choices dealt to other people: what is popular still helps, what is personal must not",
                columns=("learner", CHOSEN_BY),
                rows=tuple(
                    (one.name, mean(_judged(one, seen, permuted).worth[CHOSEN_BY], lab.seed))
                    for one in (Popularity().fit(seen), hybrid)
                ),
                control=True,
            ),
        ),
        charts=(Chart(table="learners", kind="bars", columns=(CHOSEN_BY,), title=f"{CHOSEN_BY} by learner, {name}"),),
    )


def _judged(learner: Learner, seen: sparse.csr_matrix, hidden: sparse.csr_matrix) -> Judged:
    began = time.perf_counter()
    learner.fit(seen)
    took = time.perf_counter() - began
    told = judge(learner.score(seen), seen, hidden, tuple(MEASURES))
    return Judged(told.lists, told.worth, took)


def _figures(lab: Lab, name: str, judged: dict[str, Judged], seen: sparse.csr_matrix) -> Table:
    people, items = seen.shape
    counts = np.asarray(seen.sum(axis=0)).ravel()
    known: dict[metrics.Item, float] = {item: max(float(count), 0.5) / people for item, count in enumerate(counts)}
    return Table(
        name="learners",
        title=f"What was hidden, found again: {name}",
        columns=("learner", *MEASURES, "coverage", "novelty (bits)"),
        rows=tuple(
            (
                learner,
                *(mean(values, lab.seed) for values in one.worth.values()),
                round(metrics.coverage(one.lists, items), 4),
                round(float(np.mean([metrics.novelty(ranked, known) for ranked in one.lists])), 2),
            )
            for learner, one in judged.items()
        ),
        note=f"{people} histories, {items} items; intervals resample histories. Settings and weights were chosen on "
        "a part of its own, the test part was looked at once.",
    )


def _ahead(lab: Lab, judged: dict[str, Judged], single: str) -> Table:
    hybrid = judged["hybrid"].worth[CHOSEN_BY]
    tests = {name: compared(hybrid, one.worth[CHOSEN_BY], lab.seed) for name, one in judged.items() if name != "hybrid"}
    adjusted = holm({name: test.p for name, test in tests.items()})
    return Table(
        name="tests",
        title=f"How far the hybrid is ahead in {CHOSEN_BY}; the best alone is {single}",
        columns=("than", "difference", "p, Holm", "effect (d)"),
        rows=tuple((name, one.difference, round(adjusted[name], 4), one.effect) for name, one in tests.items()),
    )


def _linear(judged: dict[str, Judged]) -> Table:
    """The linear models beside the best of them."""
    found = {name: float(judged[name].worth[CHOSEN_BY].mean()) for name in LINEAR}
    return Table(
        name="linear",
        title="The linear models: share of the best one's figure, and how long they take to fit",
        columns=("learner", f"{CHOSEN_BY} over the best", "seconds to fit"),
        rows=tuple(
            (name, round(value / max(*found.values(), 1e-9), 4), round(judged[name].fit_seconds, 1))
            for name, value in found.items()
        ),
        measures=True,
    )


PARTS = {
    "hybrid_artists": study("artists on Last.fm"),
    "hybrid_playlists": study("tracks of playlists"),
    "hybrid_likes": study("tracks liked in conversations"),
}
