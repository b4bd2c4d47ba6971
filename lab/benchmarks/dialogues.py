"""The figures of ``evaluate recommendation``, part dialogues: what people liked in real conversations, found."""

from __future__ import annotations

from typing import Any

from lab.benchmarks._figures import data_folder, machine
from lab.runner import figures
from lab.studies import agents_dialogues
from lab.study import Lab


def run() -> dict[str, Any]:
    lab = Lab(data=data_folder())
    try:
        return figures(agents_dialogues.dialogues(lab)) | {"machine": machine()}
    finally:
        lab.close()
