"""Which learner finds hidden choices best, and is the hybrid ahead of the best one alone: the parts ``hybrid_...`` of
``evaluate recommendation``."""

from __future__ import annotations

from typing import Any

from lab.benchmarks._figures import data_folder, machine
from lab.runner import figures
from lab.studies import hidden_choices
from lab.study import Lab


def run() -> dict[str, Any]:
    lab = Lab(data=data_folder())
    try:
        told = {name: figures(part(lab)) for name, part in hidden_choices.PARTS.items()}
    finally:
        lab.close()
    return {"seed": lab.seed, "machine": machine(), **told}
