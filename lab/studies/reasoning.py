"""4. From picture to music by rules, by vectors, or by both."""

from __future__ import annotations

import numpy as np

from core.stats.intervals import compared, holm, mean
from lab import scratch_database
from lab.studies import lists
from lab.study import Chart, Findings, Lab, Study, Table
from recommender import mapping
from recommender.ranking.pipeline import nearest_only, recommend


def reasonings(lab: Lab) -> Findings:
    """The same photos by each reasoning, judged by the point people gave the photo."""
    scratch_database.filled(lab, lab.size(10_000, 1500))
    wanted = lists.asked(lab, lab.size(120, 25))
    catalogue = lists.plane()
    told: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
    strays: dict[str, float] = {}
    shuffled = np.zeros(0)
    for reasoning in mapping.REASONINGS:
        made = [recommend(lists.brief(one, reasoning), None, seed=lab.seed) for one in wanted]
        told[reasoning] = np.array([lists.quality(r, one.true, catalogue) for r, one in zip(made, wanted, strict=True)])
        briefs = [lists.brief(one, reasoning) for one in wanted]
        strays[reasoning] = float(
            np.mean(
                [
                    np.hypot(b.valence - one.true[0], b.arousal - one.true[1])
                    for b, one in zip(briefs, wanted, strict=True)
                ]
            )
        )
        if reasoning == "hybrid":
            shuffled = lists.permuted(lab, [lists.best_first(ranked) for ranked in made], [one.true for one in wanted])
    plain = [nearest_only(lists.brief(one), None) for one in wanted]
    told["nearest in mood only"] = np.array(
        [lists.quality(r, one.true, catalogue) for r, one in zip(plain, wanted, strict=True)]
    )
    chance = lists.by_chance(lab, wanted, catalogue)
    told["random"] = chance
    tests = {name: compared(told["hybrid"], values, lab.seed) for name, values in told.items() if name != "hybrid"}
    adjusted = holm({name: test.p for name, test in tests.items()})
    return Findings(
        tables=(
            Table(
                name="reasonings",
                title=f"nDCG@{lists.K} of lists by reasoning",
                columns=("reasoning", "nDCG", "target off by"),
                rows=tuple(
                    (name, mean(values, lab.seed), round(strays[name], 4) if name in strays else "")
                    for name, values in told.items()
                ),
                note=f"{len(wanted)} photos, {len(catalogue)} tracks. Off by: mean distance of the brief's "
                "point from people's, 0..1.",
            ),
            Table(
                name="tests",
                title="How far hybrid is ahead",
                columns=("than", "difference", "p, Holm", "effect (d)"),
                rows=tuple((name, t.difference, round(adjusted[name], 4), t.effect) for name, t in tests.items()),
            ),
            Table(
                name="control",
                title="The hybrid's lists, with the tracks' points dealt to other tracks",
                columns=("lists", "nDCG", "random"),
                rows=(("shuffled tracks", mean(shuffled, lab.seed), mean(chance, lab.seed)),),
                control=True,
            ),
        ),
        charts=(
            Chart(
                table="reasonings",
                kind="bars",
                columns=("nDCG",),
                title="nDCG by reasoning",
                chance=round(float(chance.mean()), 4),
            ),
        ),
        remarks=("The yardstick is affect alone: what vectors add in subject and style is not rewarded here.",),
    )


STUDY = Study(
    name="reasoning",
    title="Neural, symbolic, hybrid",
    question="Does it help to reason from picture to music by rules, by vectors, or by both?",
    parts={"reasonings": reasonings},
)
