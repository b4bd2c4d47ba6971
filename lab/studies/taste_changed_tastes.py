"""How soon made-up people whose taste changed are pleased again (``lab.studies.simulated_users`` states the model)."""

from __future__ import annotations

import numpy as np

from core.stats.intervals import mean, measured
from lab.studies import simulated_users
from lab.studies.simulated_users import PLAYERS, STEPS, TURN, Change, Course
from lab.study import Chart, Findings, Lab, Table

PEOPLE, QUICK_PEOPLE = 100, 2
REPORTED = 7
"""Added to the lab's seed. The limits of ``feedback.taste.learners.drift`` were chosen on people from seed 1000."""


def courses(lab: Lab, change: Change) -> dict[str, Course]:
    """Every player with the same people; done once for all that asks in a run."""
    people, seed = lab.size(PEOPLE, QUICK_PEOPLE), lab.seed + REPORTED
    return lab.once(
        f"courses {change}",
        lambda: {name: simulated_users.course(player, seed, people, change) for name, player in PLAYERS.items()},
    )


def changed_tastes(lab: Lab) -> Findings:
    opposite, another = courses(lab, "opposite"), courses(lab, "another")
    regrets = {name: one.regret for name, one in opposite.items()}
    return Findings(
        tables=(
            _recovery(lab, opposite, "opposite", "The taste becomes its own opposite"),
            _recovery(lab, another, "another", "The taste becomes another one"),
            Table(
                name="regret",
                title=f"Likes missed so far, by interactions; the taste turns into its opposite after {TURN}",
                columns=("interactions", *opposite),
                rows=tuple(
                    (float(step), *(round(float(one[step - 1]), 2) for one in regrets.values()))
                    for step in range(10, STEPS + 1, 10)
                ),
            ),
        ),
        charts=(Chart(table="regret", kind="lines", columns=tuple(opposite), title="Likes missed"),),
        remarks=("These people are simulated: the figures compare learners, they do not say how people react.",),
    )


def _recovery(lab: Lab, told: dict[str, Course], name: str, title: str) -> Table:
    people = len(next(iter(told.values())).liked)
    return Table(
        name=name,
        title=f"{title}: like rates, and interactions until nine tenths of the former are regained",
        columns=("learner", "before", "the first 15 after", "the next 15", "interactions to recover"),
        rows=tuple(
            (
                learner,
                *(
                    mean(one.liked[:, steps].mean(axis=1), lab.seed)
                    for steps in (slice(TURN - 15, TURN), slice(TURN, TURN + 15), slice(TURN + 15, TURN + 30))
                ),
                measured(one.recovered, np.arange(people), lab.seed),
            )
            for learner, one in told.items()
            if learner != "chance"
        ),
        note=f"{people} simulated people; {STEPS - TURN} interactions to recover mean: not within the course.",
    )
