"""What five well-chosen taps tell of a newcomer, beside five and ten random listens: Last.fm, new people held out.

The part ``first_taps`` of ``evaluate adaptability``.
"""

from __future__ import annotations

from typing import Any

from lab.benchmarks._figures import data_folder, machine
from lab.runner import figures
from lab.studies.taste_first_taps import first_taps
from lab.study import Lab


def run() -> dict[str, Any]:
    lab = Lab(data=data_folder())
    return figures(first_taps(lab)) | {"seed": lab.seed, "machine": machine()}
