"""6. Which model: tiers of seeing, learners on music features, ways to personalise, and sets of features."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import GroupKFold
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from core.stats.intervals import compared, mean
from lab import affect_tables, matching
from lab.datasets import rated
from lab.studies import recommendation
from lab.studies.mapping import song_control
from lab.study import Cell, Chart, Findings, Lab, Study, Table
from recommender.perception.images import features
from recommender.ranking.collaborative import EASE, ItemNeighbours, Learner, Popularity, RandomWalk


def tiers(lab: Lab) -> Findings:
    """Each tier's reading of the same photos, and what it is worth once songs are looked for with it."""
    songs, heard = rated.songs(lab), rated.heard(lab)
    rows: list[tuple[Cell, ...]] = []
    values: dict[str, rated.Numbers] = {}
    for tier in features.TIERS[: features.TIERS.index(features.best_tier()) + 1]:
        known, seen = rated.photos(lab, tier), rated.held_out(lab, tier)
        truth = np.asarray(known.ratings, dtype=np.float64)
        true = matching.standardised(truth), matching.standardised(songs.ratings)
        values[tier] = matching.quality((matching.standardised(seen), matching.standardised(heard)), true, lab.seed)
        axes = [affect_tables.correlation(seen[:, axis], truth[:, axis], known.themes, lab.seed) for axis in (0, 1)]
        rows.append((tier, *axes, mean(values[tier], lab.seed)))
    tables = [
        Table(
            name="tiers",
            title="Tiers of seeing",
            columns=("tier", "valence r", "arousal r", "songs found, nDCG"),
            rows=tuple(rows),
        ),
        affect_tables.control(
            lambda targets: rated.held_out_targets(lab, features.best_tier(), targets), truth, lab, "shuffled photos"
        ),
    ]
    if len(values) == 2:
        test = compared(values["lite"], values["basic"], lab.seed)
        tables.insert(
            1,
            Table(
                name="gain",
                title="What the lite tier gains in songs found",
                columns=("gain", "nDCG", "p"),
                rows=(("lite over basic", test.difference, round(test.p, 4)),),
            ),
        )
    missing = tuple(
        f"tiers: the {tier} tier is not on this machine." for tier in ("basic", "lite", "full") if tier not in values
    )
    return Findings(tables=tuple(tables), missing=missing)


def regressors(lab: Lab) -> Findings:
    """The same features of songs to people's valence and arousal by four learners, artists held out."""
    songs = rated.songs(lab)
    learners: dict[str, Callable[[], Any]] = {
        "nearest 15": lambda: KNeighborsRegressor(15),
        "kernel ridge": lambda: KernelRidge(kernel="rbf", gamma=0.05, alpha=1.0),
        "random forest": lambda: RandomForestRegressor(lab.size(200, 40), min_samples_leaf=4, random_state=lab.seed),
    }
    systems = {"ridge": rated.heard(lab)} | {
        name: _cross_validated(songs, make, lab.seed) for name, make in learners.items()
    }
    return Findings(
        tables=(
            Table(
                name="learners",
                title="Learners on Spotify's features",
                columns=affect_tables.COLUMNS,
                rows=affect_tables.rows(systems, songs.ratings, songs.artists, lab.seed),
            ),
            song_control(lab),
        ),
        charts=(
            Chart(
                table="learners",
                kind="bars",
                columns=("Pearson",),
                title="Correlation by learner, valence then arousal",
                chance=0.0,
            ),
        ),
    )


def _cross_validated(songs: rated.RatedSongs, make: Callable[[], Any], seed: int) -> rated.Numbers:
    predicted = np.zeros_like(songs.ratings)
    middle = songs.ratings.mean(axis=0)
    for train, test in GroupKFold(5, shuffle=True, random_state=seed).split(songs.features, groups=songs.artists):
        model = make_pipeline(StandardScaler(), make())
        predicted[test] = (
            model.fit(songs.features[train], songs.ratings[train] - middle).predict(songs.features[test]) + middle
        )
    return predicted


def personalisation(lab: Lab) -> Findings:
    """Settings of the personal learners on the same people, and none at all."""
    known = recommendation.artists(lab)
    learners: dict[str, Learner] = {
        "nobody's taste (popularity)": Popularity(),
        "item neighbours": ItemNeighbours(),
        **{f"EASE, ridge {ridge:g}": EASE(ridge) for ridge in (30.0, 100.0, 300.0)},
        "random walk (RP3beta)": RandomWalk(),
    }
    judged = {name: recommendation.judge(one.fit(known.seen), known, known.hidden) for name, one in learners.items()}
    order = lab.random("personalisation").permutation(len(known.hidden))
    permuted = recommendation.judge(learners["EASE, ridge 100"], known, tuple(known.hidden[place] for place in order))
    return Findings(
        tables=(
            Table(
                name="methods",
                title=f"Personal learners, recall and nDCG at {recommendation.K}",
                columns=("method", "recall", "nDCG"),
                rows=tuple(
                    (name, mean(one.recall, lab.seed), mean(one.ndcg, lab.seed)) for name, one in judged.items()
                ),
                note="Several settings on the same hidden items: the best of them is flattered by the choice.",
            ),
            Table(
                name="control",
                title="EASE, what was hidden dealt to other people",
                columns=("method", "recall", "nDCG"),
                rows=(("shuffled", mean(permuted.recall, lab.seed), mean(permuted.ndcg, lab.seed)),),
                control=True,
            ),
        ),
        charts=(Chart(table="methods", kind="bars", columns=("nDCG",), title="nDCG by method"),),
    )


STUDY = Study(
    name="models",
    title="Models and tiers",
    question="Which model sees, hears and personalises best, and what do better tiers buy?",
    parts={"tiers": tiers, "regressors": regressors, "personalisation": personalisation},
)
