"""The figures of ``evaluate recommendation``, part dialogues: what people liked in real conversations, found."""

from __future__ import annotations

from typing import Any

from agents.studies import dialogues
from benchmarks._figures import data_folder, machine
from recommender.evaluation.runner import figures
from recommender.evaluation.study import Lab


def run() -> dict[str, Any]:
    lab = Lab(data=data_folder())
    try:
        return figures(dialogues.dialogues(lab)) | {"machine": machine()}
    finally:
        lab.close()
