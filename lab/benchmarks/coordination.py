"""The figures of ``evaluate agents``: what is left of a list when an agent is dead, slow or lying."""

from __future__ import annotations

from typing import Any

from lab.benchmarks._figures import data_folder, machine
from lab.runner import figures
from lab.studies import agents_coordination
from lab.study import Lab


def run() -> dict[str, Any]:
    lab = Lab(data=data_folder())
    try:
        return (
            figures(agents_coordination.strategies(lab))
            | figures(agents_coordination.faults(lab))
            | {"machine": machine()}
        )
    finally:
        lab.close()
