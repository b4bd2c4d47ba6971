"""What every measurement shares: where the data is, the machine, ranking figures and bootstrap intervals."""

from __future__ import annotations

import os
import platform
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

ROUNDS = 2000


def data_folder() -> Path:
    """The project's folder of real data (``DYLUMO_SHARED``, else beside the repository)."""
    return Path(os.environ.get("DYLUMO_SHARED", settings.BASE_DIR.parent / "shared")) / "data"


def machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
    }


def mean_with_interval(values: Sequence[float] | NDArray[np.float64], seed: int) -> dict[str, float]:
    """The mean with its 95 % percentile bootstrap interval over the given units."""
    known = np.asarray(values, dtype=np.float64)
    draws = np.random.default_rng(seed).integers(0, len(known), (ROUNDS, len(known)))
    low, high = np.quantile(known[draws].mean(axis=1), [0.025, 0.975])
    return {"value": round(float(known.mean()), 4), "low": round(float(low), 4), "high": round(float(high), 4)}


def spread(milliseconds: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    return {
        "median": round(float(np.median(milliseconds)), 1),
        "p95": round(float(np.percentile(milliseconds, 95)), 1),
    }


def recall(ranked: Sequence[int], relevant: Collection[int]) -> float:
    """Share of the relevant that are among the ranked."""
    return len(set(ranked) & set(relevant)) / len(relevant)


def ndcg(ranked: Sequence[int], relevant: Collection[int], k: int) -> float:
    """Normalised discounted cumulative gain at ``k`` with binary gains (Jarvelin & Kekalainen 2002)."""
    wanted = set(relevant)
    return graded_ndcg([float(one in wanted) for one in ranked[:k]], [1.0] * min(k, len(wanted)))


def graded_ndcg(gains: Sequence[float], best: Sequence[float]) -> float:
    """Linear gains of a list in its order, against the gains of the best list of the same length."""
    return _discounted(gains) / _discounted(best)


def _discounted(gains: Sequence[float]) -> float:
    values = np.asarray(gains, dtype=np.float64)
    return float((values / np.log2(np.arange(2, len(values) + 2))).sum())
