"""The figures of ``evaluate agents``: what is left of a list when an agent is dead, slow or lying."""

from __future__ import annotations

from typing import Any

from agents.studies import coordination
from benchmarks._figures import data_folder, machine
from recommender.evaluation.runner import figures
from recommender.evaluation.study import Lab


def run() -> dict[str, Any]:
    lab = Lab(data=data_folder())
    try:
        return figures(coordination.strategies(lab)) | figures(coordination.faults(lab)) | {"machine": machine()}
    finally:
        lab.close()
