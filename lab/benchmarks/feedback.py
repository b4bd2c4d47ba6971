"""How long feedback takes, database included: recording a reaction, learning a taste anew, ranking with it.

In a database of its own with a sample of the public table; one person with ``REACTIONS`` reactions and, for the
company, ``PEOPLE`` others. Beside the time on the clock stands the processor time of the process and of its database
backend: on a busy machine only that is comparable. Targets, 95th percentile: 20 ms, 50 ms, 10 ms.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from accounts.models import User
from feedback.taste import profile, reactions
from feedback.taste.learners import collaborative
from lab.benchmarks._figures import data_folder, machine, spread
from lab.benchmarks.ranking import processor_ms
from lab.scratch_database import import_some, own_database
from recommender.models import Track
from recommender.ranking import features as pools

SEED, TRACKS, REACTIONS, PEOPLE, LIKES, ROUNDS, CANDIDATES = 7, 5000, 300, 40, 20, 60, 200
TARGETS = {"record": 20.0, "profile": 50.0, "rerank": 10.0}


def run() -> dict[str, Any]:
    with own_database("dylumo_bench_feedback"):
        import_some(data_folder() / "spotify" / "tracks_features_70k.csv.gz", TRACKS, SEED)
        return _measured(np.random.default_rng(SEED)) | {
            "targets_ms_p95": TARGETS,
            "sizes": {"tracks": TRACKS, "reactions": REACTIONS, "people": PEOPLE, "rounds": ROUNDS},
            "candidates": CANDIDATES,
            "seed": SEED,
            "machine": machine(),
        }


def _measured(generator: np.random.Generator) -> dict[str, Any]:
    ids = [int(one) for one in generator.permutation(list(Track.objects.values_list("pk", flat=True)))]
    for _ in range(PEOPLE):
        other = User.objects.create_guest()
        for track in ids[:LIKES]:
            reactions.record(other, track, "like")
    person = User.objects.create_guest()
    for track in ids[:REACTIONS]:
        reactions.record(person, track, str(generator.choice(["like", "not_now", "never_track"])))
    collaborative.everybody()
    more = iter(ids[REACTIONS:])
    some = pools.load(Track.objects.all(), ids[-CANDIDATES:])
    learned = profile.of(person)
    if learned is None:
        raise ValueError("nothing was learned from the reactions")
    return {
        "record": timed(lambda: reactions.record(person, next(more), "like")),
        "profile": timed(lambda: profile.of(person)),
        "profile_page": timed(lambda: profile.profile_of(person)),
        "rerank": timed(lambda: np.argsort(-learned.values(some))),
    }


def timed(work: Callable[[], Any]) -> dict[str, dict[str, float]]:
    """Milliseconds on the clock and of the processors, the first time left out."""
    work()
    clock, computed = [], []
    for _ in range(ROUNDS):
        began, before = time.perf_counter(), processor_ms()
        work()
        clock.append((time.perf_counter() - began) * 1000)
        computed.append(processor_ms() - before)
    return {"clock_ms": spread(clock), "processor_ms": spread(computed)}
