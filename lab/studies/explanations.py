"""9. Are reasons true, and is confidence worth its number?"""

from __future__ import annotations

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss

from core.stats import agreement
from core.stats.intervals import mean
from lab import scratch_database
from lab.datasets import rated
from lab.studies import lists
from lab.study import Chart, Findings, Lab, Study, Table
from recommender.ranking import candidates, explain, scoring

CLOSE = 0.15
"""As in the training of picture models: a reading is good where both axes are this near."""


def faithful(lab: Lab) -> Findings:
    """The deletion test: with the cited cause taken away, the track's score must fall or its rank worsen. The control
    takes away a random other part, which should do so less often."""
    scratch_database.filled(lab, lab.size(10_000, 1500))
    wanted = lists.asked(lab, lab.size(80, 15))
    generator = lab.random("deleted parts")
    held, others = [], []
    for one in wanted:
        brief = lists.brief(one)
        pool = candidates.gather(brief, None)
        scores = scoring.score(pool, brief)
        best = [int(row) for row in np.argsort(-scores.total, kind="stable")[: lists.K]]
        held.append(float(np.mean(explain.deletion_test(pool, brief, best))))
        weakest = scores.gains(scores.rivals())
        part = scores.names[int(generator.integers(len(scores.names)))]
        less = scoring.score(pool, brief, without=part)
        rows = [row for row in best if weakest[row, scores.names.index(part)] <= 0]
        if rows:
            worse = [less.total[row] < scores.total[row] - explain.SCORE_CHANGE for row in rows]
            others.append(float(np.mean(worse)))
    table = Table(
        name="deletion",
        title="Share of cited causes without which the track does worse",
        columns=("what is taken away", "share"),
        rows=(("the cited cause", mean(held, lab.seed)),),
        note=f"{len(wanted)} lists of {lists.K}; intervals resample lists. The promise is 0.9.",
    )
    control = Table(
        name="control",
        title="A random part that did not raise the track, taken away in its place",
        columns=("what is taken away", "share"),
        rows=(("another part", mean(others or [0.0], lab.seed)),),
        control=True,
        note="If this were as high, the test would prove nothing.",
    )
    return Findings(tables=(table, control))


def coverage(lab: Lab) -> Findings:
    """Intervals of split conformal prediction on photos' readings: do they hold the truth as often as they say?"""
    photos, seen = rated.best_photos(lab)
    truth = np.asarray(photos.ratings, dtype=np.float64)
    themes = np.unique(photos.themes)
    rows = []
    for level in (0.8, 0.9):
        for axis, name in enumerate(("valence", "arousal")):
            shares, widths = [], []
            for turn in range(20):
                order = lab.random(f"conformal {turn}").permutation(themes)
                fit = np.isin(photos.themes, order[: len(order) // 2])
                width = agreement.conformal_width(seen[fit, axis] - truth[fit, axis], level)
                shares.append(float(agreement.covered(seen[~fit, axis], truth[~fit, axis], width).mean()))
                widths.append(width)
            rows.append((f"{name}, {level:.0%}", level, mean(shares, lab.seed), round(float(np.mean(widths)), 3)))
    order = lab.random("conformal control").permutation(len(truth))
    width = agreement.conformal_width(seen[:, 0] - truth[:, 0], 0.9)
    shuffled = agreement.covered(seen[:, 0], truth[order, 0], width)
    return Findings(
        tables=(
            Table(
                name="coverage",
                title="How often the interval holds what people said, on other themes",
                columns=("interval", "promised", "held", "half-width"),
                rows=tuple(rows),
                note="20 random halves of the themes: one half sets the width, the other tests it.",
            ),
            Table(
                name="control",
                title="The 90 % interval against another photo's rating",
                columns=("interval", "held"),
                rows=(("shuffled", mean(shuffled, lab.seed)),),
                control=True,
                note="Below what is promised: the intervals say something about their own photo.",
            ),
        ),
    )


def confidence(lab: Lab) -> Findings:
    """Confidence by likeness to known photos, as shipped, fitted on half of the themes: does it keep its word?"""
    photos, seen = rated.best_photos(lab)
    truth = np.asarray(photos.ratings, dtype=np.float64)
    right: lists.Numbers = np.asarray((np.abs(seen - truth) <= CLOSE).all(axis=1), dtype=np.float64)
    familiar = rated.familiarity(lab, photos.tier)
    themes = lab.random("confidence").permutation(np.unique(photos.themes))
    fit = np.isin(photos.themes, themes[: len(themes) // 2])
    claimed = _monotone(familiar[fit], right[fit], familiar[~fit])
    order = lab.random("confidence control").permutation(int((~fit).sum()))
    told = agreement.reliability(claimed, right[~fit], bins=5)
    base = np.full(len(claimed), right[fit].mean())
    return Findings(
        tables=(
            Table(
                name="reliability",
                title="Claimed and true share of good readings (both axes within 0.15)",
                columns=("claimed", "true", "photos"),
                rows=tuple((round(one.claimed, 3), round(one.true, 3), one.count) for one in told),
            ),
            Table(
                name="errors",
                title="Calibration",
                columns=("confidence", "calibration error (ECE)", "Brier"),
                rows=(
                    (
                        "by likeness to known photos",
                        round(agreement.calibration_error(claimed, right[~fit], 5), 4),
                        round(float(brier_score_loss(right[~fit], claimed)), 4),
                    ),
                    (
                        "always the same",
                        round(agreement.calibration_error(base, right[~fit], 5), 4),
                        round(float(brier_score_loss(right[~fit], base)), 4),
                    ),
                ),
            ),
            Table(
                name="control",
                title="Rank correlation of confidence with being right, and with outcomes dealt to other photos",
                columns=("outcomes", "correlation"),
                rows=(
                    ("own", round(agreement.spearman(claimed, right[~fit]), 4)),
                    ("shuffled", round(agreement.spearman(claimed, right[~fit][order]), 4)),
                ),
                control=True,
            ),
        ),
        charts=(
            Chart(
                table="reliability",
                kind="lines",
                columns=("true",),
                title="How often readings are good, by what is claimed",
            ),
        ),
    )


def _monotone(x: lists.Numbers, y: lists.Numbers, new: lists.Numbers) -> lists.Numbers:
    return np.asarray(IsotonicRegression(out_of_bounds="clip").fit(x, y).predict(new))


STUDY = Study(
    name="explanations",
    title="Explanations and confidence",
    question="Do reasons name what really decided, and does confidence keep its word?",
    parts={"faithful": faithful, "coverage": coverage, "confidence": confidence},
)
