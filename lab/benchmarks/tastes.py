"""Made-up people whose taste changes: how soon each learner pleases them again, and the likes each misses.

The part ``changed_tastes`` of ``evaluate adaptability``; ``--out FILE`` draws the curves of all learners.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lab.benchmarks._figures import data_folder, machine
from lab.runner import figures
from lab.studies.simulated_users import TURN, Course
from lab.studies.taste_changed_tastes import changed_tastes, courses
from lab.study import Lab


def run(out: Path | None = None) -> dict[str, Any]:
    lab = Lab(data=data_folder())
    told = figures(changed_tastes(lab)) | {"seed": lab.seed, "machine": machine()}
    return told | ({"picture": str(draw(courses(lab, "opposite"), out))} if out else {})


def draw(told: dict[str, Course], path: Path) -> Path:
    """Like rate and likes missed over the interactions; the ending of ``path`` says the format."""
    figure = Figure(figsize=(9, 7), layout="constrained")
    FigureCanvasAgg(figure)
    upper, lower = figure.subplots(2, 1, sharex=True)
    for name, one in told.items():
        rate = one.liked.mean(axis=0).reshape(-1, 5).mean(axis=1)
        upper.plot(range(3, len(one.liked[0]) + 3, 5), rate, label=name)
        lower.plot(range(1, len(one.liked[0]) + 1), one.regret, label=name)
    for axes, what in ((upper, "like rate, mean of five"), (lower, "likes missed so far")):
        axes.set_ylabel(what)
        axes.axvline(TURN, color="grey", linestyle=":")
    lower.set_xlabel(f"interactions; after {TURN} the taste turns into its opposite")
    upper.legend(fontsize="small", loc="lower left")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    return path
