"""2. What people listen to and what playlists hold, a fifth of it hidden: which learner finds it again?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.evaluation import baselines, metrics
from recommender.evaluation.baselines import Scorer
from recommender.evaluation.datasets import lastfm, playlists
from recommender.evaluation.datasets.lastfm import Listening
from recommender.evaluation.intervals import compared, holm, mean
from recommender.evaluation.study import Cell, Chart, Findings, Lab, Study, Table

K = 20
COLUMNS = (
    "learner",
    f"recall@{K}",
    f"nDCG@{K}",
    f"precision@{K}",
    f"MAP@{K}",
    f"MRR@{K}",
    f"hit rate@{K}",
    "coverage",
    "Gini",
    "novelty (bits)",
    f"serendipity@{K}",
)


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Lists of one learner and what they are worth, by person."""

    lists: list[list[int]]
    recall: NDArray[np.float64]
    ndcg: NDArray[np.float64]


def judge(scorer: Scorer, listening: Listening, hidden: tuple[NDArray[np.intp], ...]) -> Judged:
    """The ``K`` best unheard items for everybody who has something hidden."""
    scores = scorer(listening.seen)
    lists, recall, ndcg = [], [], []
    for person, away in enumerate(hidden):
        start, end = listening.seen.indptr[person : person + 2]
        ranked = baselines.best(scores[person], listening.seen.indices[start:end].tolist(), K)
        lists.append(ranked)
        if len(away):
            recall.append(metrics.recall(ranked, away.tolist(), K))
            ndcg.append(metrics.ndcg(ranked, away.tolist(), K))
    return Judged(lists=lists, recall=np.array(recall), ndcg=np.array(ndcg))


def row(name: str, judged: Judged, listening: Listening, obvious: list[list[int]], seed: int) -> tuple[Cell, ...]:
    people, items = listening.seen.shape
    counts = np.asarray(listening.seen.sum(axis=0)).ravel()
    known: dict[metrics.Item, float] = {item: max(float(count), 0.5) / people for item, count in enumerate(counts)}
    told = [(ranked, away.tolist()) for ranked, away in zip(judged.lists, listening.hidden, strict=True) if len(away)]
    shows = np.bincount(np.array([item for ranked in judged.lists for item in ranked]), minlength=items)
    plain = (metrics.precision, metrics.average_precision, metrics.reciprocal_rank, metrics.hit_rate)
    return (
        name,
        mean(judged.recall, seed),
        mean(judged.ndcg, seed),
        *(round(float(np.mean([measure(ranked, away, K) for ranked, away in told])), 4) for measure in plain),
        round(metrics.coverage(judged.lists, items), 4),
        round(metrics.gini(shows.astype(np.float64)), 4),
        round(float(np.mean([metrics.novelty(ranked, known) for ranked in judged.lists])), 2),
        round(
            float(
                np.mean(
                    [
                        metrics.serendipity(ranked, away.tolist(), plain_list, K)
                        for ranked, away, plain_list in zip(judged.lists, listening.hidden, obvious, strict=True)
                        if len(away)
                    ]
                )
            ),
            4,
        ),
    )


def compare(lab: Lab, listening: Listening, learners: Mapping[str, Scorer], what: str) -> Findings:
    """Every learner on the same people, tested against the best of the others, and a control: what was hidden is dealt
    to other people."""
    judged = {name: judge(scorer, listening, listening.hidden) for name, scorer in learners.items()}
    obvious = judged["popularity"].lists
    best = max(judged, key=lambda name: float(judged[name].ndcg.mean()))
    tests = {name: compared(judged[best].ndcg, one.ndcg, lab.seed) for name, one in judged.items() if name != best}
    adjusted = holm({name: test.p for name, test in tests.items()})
    generator = lab.random(f"shuffled {what}")
    dealt = tuple(listening.hidden[place] for place in generator.permutation(len(listening.hidden)))
    control = {name: judge(learners[name], listening, dealt) for name in {best, "popularity"}}
    people, items = listening.seen.shape
    return Findings(
        tables=(
            Table(
                name="learners",
                title=f"What was hidden, found again: {what}",
                columns=COLUMNS,
                rows=tuple(row(name, one, listening, obvious, lab.seed) for name, one in judged.items()),
                note=f"{people} histories, {items} items, a fifth of each hidden; intervals resample histories. "
                "Settings are defaults, not chosen on these data.",
            ),
            Table(
                name="tests",
                title=f"How far {best} is ahead in nDCG@{K}",
                columns=("than", "difference", "p, Holm", "effect (d)"),
                rows=tuple((name, t.difference, round(adjusted[name], 4), t.effect) for name, t in tests.items()),
            ),
            Table(
                name="control",
                title="Hidden items dealt to other people: what is popular still helps, what is personal must not",
                columns=("learner", f"recall@{K}", f"nDCG@{K}"),
                rows=tuple(
                    (name, mean(one.recall, lab.seed), mean(one.ndcg, lab.seed))
                    for name, one in sorted(control.items())
                ),
                control=True,
            ),
        ),
        charts=(Chart(table="learners", kind="bars", columns=(f"nDCG@{K}",), title=f"nDCG@{K} by learner, {what}"),),
    )


def collaborative(lab: Lab, matrix: Any) -> dict[str, Scorer]:
    return {
        "random": baselines.random(lab.seed),
        "popularity": baselines.popularity(matrix),
        "item neighbours": baselines.item_neighbours(matrix),
        "random walk (RP3beta)": baselines.random_walk(matrix),
        "matrix factors (ALS)": baselines.matrix_factors(matrix, lab.seed),
        "EASE": baselines.ease(matrix),
    }


def artists(lab: Lab) -> Listening:
    lab.file("lastfm", "user_artists.csv.gz")
    people = lab.size(1892, 400)
    return lab.once("artists", lambda: lastfm.read_artists(lab.data / "lastfm", lab.random("artists"), people))


def listening(lab: Lab) -> Findings:
    known = artists(lab)
    return compare(lab, known, collaborative(lab, known.seen), "artists on Last.fm")


def continued(lab: Lab) -> Findings:
    """Playlists continued, among tracks in two lists or more for the learners that need company."""
    path = lab.file("spotify", "playlists_471.csv.gz")
    known = playlists.read_playlists(path, lab.random("playlists"), lab.size(471, 60))
    matrix = known.listening.seen
    few = np.asarray(matrix.sum(axis=0)).ravel() >= 2
    inner = collaborative(lab, matrix[:, few])
    learners: dict[str, Scorer] = {
        name: _within(scorer, few) for name, scorer in inner.items() if name not in ("random", "popularity")
    }
    learners |= {"random": baselines.random(lab.seed), "popularity": baselines.popularity(matrix)}
    learners |= {
        "content (8 features)": baselines.content(known.features),
        "mood rule": baselines.mood_rule(known.plane),
    }
    return compare(lab, known.listening, learners, "tracks of playlists")


def _within(scorer: Scorer, kept: NDArray[np.bool_]) -> Scorer:
    """A learner of some of the items, as one of all: it gives the others nothing."""

    def scores(histories: Any) -> NDArray[np.float64]:
        told = np.zeros(histories.shape)
        told[:, kept] = scorer(histories[:, kept])
        return told

    return scores


STUDY = Study(
    name="recommendation",
    title="Recommendation",
    question="Which learner finds what people really listen to, put into playlists, and liked in conversations?",
    parts={"listening": listening, "playlists": continued},
)
