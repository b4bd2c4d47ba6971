"""The catalogue at real scale, in a database of its own: importing the 70,676-row table, and nearest-track searches.

Needs ``spotify/tracks_features_70k.csv.gz`` in the data folder (``DYLUMO_SHARED``). Targets: the import in under 20 s
on 2 cores, indexes included. The machine's load is printed, because it decides what the seconds mean.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from lab.benchmarks._figures import spread
from lab.scratch_database import own_database
from recommender.library import audio_profiles
from recommender.library.importers.tables.importer import import_table
from recommender.library.jobs.state import Progress
from recommender.library.vectors import store, text
from recommender.models import AudioProfile, Track, VectorSpace

DATABASE = "dylumo_bench"
SEED, QUERIES, NEAREST = 0, 100, 200
TARGET_SECONDS = 20.0


def run() -> dict[str, Any]:
    """Seconds of the import, again of the same file, and milliseconds of each kind of search."""
    data = Path(os.environ.get("DYLUMO_SHARED", settings.BASE_DIR.parent / "shared")) / "data"
    table = data / "spotify" / "tracks_features_70k.csv.gz"
    load = [round(x, 2) for x in os.getloadavg()]
    with own_database(DATABASE):
        first, outcome = timed(lambda: import_table(table, None, Progress()))
        second, again = timed(lambda: import_table(table, None, Progress()))
        searches = _searches()
        text.write_slice()  # loads the model
        text_seconds, written = timed(text.write_slice)
    return {
        "import_seconds": round(first, 1),
        "target_seconds": TARGET_SECONDS,
        "counts": outcome.counts(),
        "again_seconds": round(second, 1),
        "again_counts": again.counts(),
        "milliseconds": searches,
        "text_vectors_a_second": round(written / text_seconds),
        "queries": QUERIES,
        "nearest": NEAREST,
        "seed": SEED,
        "cores": os.cpu_count(),
        "load_average_before": load,
    }


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


def _searches() -> dict[str, dict[str, float]]:
    space = VectorSpace.objects.get(name=audio_profiles.PROFILE_SPACE)
    ids = np.random.default_rng(SEED).choice(
        np.array(AudioProfile.objects.values_list("track_id", flat=True)), QUERIES, replace=False
    )
    rows: list[dict[str, Any]] = [dict(row) for row in AudioProfile.objects.filter(track_id__in=ids.tolist()).values()]
    wanted = list(zip(rows, audio_profiles.vectors_of_rows(rows), strict=True))
    slow_sixties = Track.objects.filter(profile__tempo__lt=90, year__lt=1970)
    everything: dict[str, Callable[[Any, Any], Any]] = {
        "plane": lambda row, _: store.nearest_on_plane(row["valence"], row["arousal"], k=NEAREST),
        "plane, slow and before 1970": lambda row, _: store.nearest_on_plane(
            row["valence"], row["arousal"], tracks=slow_sixties, k=NEAREST
        ),
        "sound, by index": lambda _, vector: store.nearest(space, vector, k=NEAREST),
        "sound, slow and before 1970": lambda _, vector: store.nearest(space, vector, tracks=slow_sixties, k=NEAREST),
    }
    return {name: _milliseconds(search, wanted) for name, search in everything.items()}


def _milliseconds(search: Callable[[Any, Any], Any], wanted: list[tuple[Any, Any]]) -> dict[str, float]:
    search(*wanted[0])
    times = [timed(lambda one=one: search(*one))[0] * 1000 for one in wanted]  # type: ignore[misc]
    return spread(times)
