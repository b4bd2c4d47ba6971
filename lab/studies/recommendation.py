"""2. What people listen to and what playlists hold, a fifth of it hidden: which learner finds it again?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.stats.intervals import compared, holm, mean
from lab import baselines, metrics
from lab.datasets import lastfm, playlists
from lab.datasets.lastfm import Listening
from lab.studies import hidden_choices
from lab.study import Cell, Chart, Findings, Lab, Study, Table
from recommender.ranking.collaborative import EASE, ImplicitALS, ItemNeighbours, Learner, Popularity, Random, RandomWalk

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


def judge(learner: Learner, listening: Listening, hidden: tuple[NDArray[np.intp], ...]) -> Judged:
    """The ``K`` best unheard items of a fitted learner for everybody who has something hidden."""
    scores = learner.score(listening.seen)
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


def compare(lab: Lab, listening: Listening, made: Sequence[Learner], what: str) -> Findings:
    """Every learner on the same people, tested against the best of the others, and a control: what was hidden is dealt
    to other people."""
    learners = {one.name: one.fit(listening.seen) for one in made}
    judged = {name: judge(learner, listening, listening.hidden) for name, learner in learners.items()}
    obvious = judged["popularity"].lists
    best = max(judged, key=lambda name: float(judged[name].ndcg.mean()))
    tests = {name: compared(judged[best].ndcg, one.ndcg, lab.seed) for name, one in judged.items() if name != best}
    adjusted = holm({name: test.p for name, test in tests.items()})
    generator = lab.random(f"shuffled {what}")
    permuted = tuple(listening.hidden[place] for place in generator.permutation(len(listening.hidden)))
    control = {name: judge(learners[name], listening, permuted) for name in {best, "popularity"}}
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


def collaborative() -> list[Learner]:
    return [ItemNeighbours(), RandomWalk(), ImplicitALS(factors=64, penalty=5.0, alpha=10.0), EASE()]


def artists(lab: Lab) -> Listening:
    lab.file("lastfm", "user_artists.csv.gz")
    people = lab.size(1892, 400)
    return lab.once("artists", lambda: lastfm.read_artists(lab.data / "lastfm", lab.random("artists"), people))


def listening(lab: Lab) -> Findings:
    learners: list[Learner] = [Random(lab.seed), Popularity(), *collaborative()]
    return compare(lab, artists(lab), learners, "artists on Last.fm")


def continued(lab: Lab) -> Findings:
    """Playlists continued, among tracks in two lists or more for the learners that need company."""
    path = lab.file("spotify", "playlists_471.csv.gz")
    known = playlists.read_playlists(path, lab.random("playlists"), lab.size(471, 60))
    in_company = [baselines.Within(learner) for learner in collaborative()]
    by_sound: list[Learner] = [
        baselines.Content(known.features, "content (8 features)"),
        baselines.MoodRule(known.plane),
    ]
    learners: list[Learner] = [*in_company, Random(lab.seed), Popularity(), *by_sound]
    return compare(lab, known.listening, learners, "tracks of playlists")


STUDY = Study(
    name="recommendation",
    title="Recommendation",
    question="Which learner finds what people really listen to, put into playlists, and liked in conversations?",
    parts={"listening": listening, "playlists": continued} | hidden_choices.PARTS,
)
