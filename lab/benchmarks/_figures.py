"""What measurements of speed share: where the data is, the machine, medians and percentiles."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings


def data_folder() -> Path:
    """The project's folder of real data (``DYLUMO_SHARED``, else beside the repository)."""
    return Path(os.environ.get("DYLUMO_SHARED", settings.BASE_DIR.parent / "shared")) / "data"


def machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
    }


def spread(milliseconds: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    return {
        "median": round(float(np.median(milliseconds)), 1),
        "p95": round(float(np.percentile(milliseconds, 95)), 1),
    }
