"""How long a search over many services takes: the slowest one's deadline, not the sum of all.

Ten services that answer after a random while (log-normal, median 300 ms) and now and then never, behind the real
fan-out; the catalogue is this copy's own. The target: the 95th percentile is no more than the deadline and the grace.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lab.benchmarks._figures import machine, spread
from recommender.search import federated as search
from recommender.search.merge import Filters, sections
from recommender.services.clients.deezer import INFO
from recommender.services.protocol import Adapter, FoundTrack, Query
from recommender.services.registry import Offer

SEED, SEARCHES, SERVICES = 5, 60, 10
NEVER = 0.05
"""Share of questions that are never answered."""


class Timed(Adapter):
    """Answers after so many seconds, or is given up after its patience like a real adapter."""

    info = INFO

    def __init__(self, seconds: float, patience: float) -> None:
        self.seconds, self.patience = seconds, patience

    def search(self, query: Query) -> Sequence[FoundTrack]:
        threading.Event().wait(min(self.seconds, self.patience))
        return tuple(
            FoundTrack(service=self.info.name, external_id=str(n), title=f"{query.words} {n}", artist="A")
            for n in range(query.limit)
        )


def run() -> dict[str, Any]:
    """Milliseconds of whole searches, and of the sum of what their services took."""
    generator = np.random.default_rng(SEED)
    whole, together, merging = [], [], []
    for _ in range(SEARCHES):
        seconds = generator.lognormal(np.log(0.3), 0.6, SERVICES)
        seconds[generator.random(SERVICES) < NEVER] = 60.0
        started = time.perf_counter()
        told = search.all_answers(
            [_offer(number, float(one)) for number, one in enumerate(seconds)], Query(words="blue")
        )
        whole.append((time.perf_counter() - started) * 1000)
        together.append(sum(min(float(one), search.DEADLINE) for one in seconds) * 1000)
        started = time.perf_counter()
        sections([search.here(None, Query(words="blue")), *told], "blue", Filters())
        merging.append((time.perf_counter() - started) * 1000)
    return {
        "searches": SEARCHES,
        "services": SERVICES,
        "fan_out_ms": spread(whole),
        "sum_of_services_ms": spread(together),
        "here_and_merging_ms": spread(merging),
        "deadline_ms": (search.DEADLINE + search.GRACE) * 1000,
        "seed": SEED,
        **machine(),
    }


def _offer(number: int, seconds: float) -> Offer:
    return Offer(replace(INFO, name=f"service{number}"), lambda patience: Timed(seconds, patience))
