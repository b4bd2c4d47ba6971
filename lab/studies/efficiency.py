"""10. What it costs: time by step, throughput, memory, and how both grow with the catalogue."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import psutil

from core.stats.intervals import mean
from lab import scratch_database
from lab.studies import lists
from lab.study import Chart, Findings, Lab, Study, Table
from recommender.models import Track
from recommender.perception.images import decode, reader
from recommender.ranking.pipeline import recommend

SIZES, QUICK_SIZES = (1000, 10_000, 70_000, 1_000_000), (300, 1500)


def reading(lab: Lab) -> Findings:
    """Milliseconds of reading a photo, from bytes to a reading."""
    paths = sorted(lab.file("oasis", "images").glob("*.jpg"))[: lab.size(40, 8)]
    steps: dict[str, list[float]] = {"decode": [], "read": []}
    reader.read_picture(decode.decode_picture(paths[0].read_bytes(), name=paths[0].name).image)
    for path in paths:
        image, ms = _timed(lambda path=path: decode.decode_picture(path.read_bytes(), name=path.name).image)  # type: ignore[misc]
        steps["decode"].append(ms)
        steps["read"].append(_timed(lambda image=image: reader.read_picture(image))[1])  # type: ignore[misc]
    rows = tuple((name, *_spread(values)) for name, values in steps.items())
    return Findings(
        tables=(
            Table(
                name="steps",
                title=f"Milliseconds a photo, {len(paths)} photos",
                columns=("step", "median", "95th percentile"),
                rows=rows,
                measures=True,
            ),
        )
    )


def growth(lab: Lab) -> Findings:
    """A whole list, database included, over catalogues of growing size."""
    wanted = lists.asked(lab, lab.size(30, 8))
    rows: list[tuple[float, ...]] = []
    steps: dict[str, list[float]] = {}
    for size in QUICK_SIZES if lab.quick else SIZES:
        began = time.perf_counter()
        scratch_database.filled(lab, size)
        filled = time.perf_counter() - began
        times = []
        recommend(lists.brief(wanted[0]), None)
        for one in wanted:
            ranked, ms = _timed(lambda one=one: recommend(lists.brief(one), None))  # type: ignore[misc]
            times.append(ms)
            for name, took in ranked.timings.items():
                steps.setdefault(name, []).append(took)
        rows.append(
            (
                float(Track.objects.count()),
                round(filled, 1),
                *_spread(times),
                round(1000 / float(np.mean(times)), 1),
                _megabytes(),
            )
        )
    again = [_timed(lambda one=one: recommend(lists.brief(one), None))[1] for one in wanted]  # type: ignore[misc]
    step_rows = tuple((name, *_spread(values[-len(wanted) :])) for name, values in steps.items())
    return Findings(
        tables=(
            Table(
                name="growth",
                title="By size of the catalogue",
                columns=(
                    "tracks",
                    "import, s",
                    "list, median ms",
                    "list, 95th percentile ms",
                    "lists a second",
                    "memory, MB",
                ),
                rows=tuple(rows),
                note="One process; memory is this process's. Beyond the 70,676 tracks of the public table the "
                "catalogue is filled up with made-up further takes of them.",
                measures=True,
            ),
            Table(
                name="control",
                title="The same lists timed a second time: how many times as long (1 by chance)",
                columns=("lists", "ratio"),
                rows=(("again", mean(np.array(again) / np.array(times), lab.seed)),),
                note="How far two equal measurements lie apart on this machine: less than this is no difference.",
                control=True,
                measures=True,
            ),
            Table(
                name="steps",
                title="Milliseconds by step, at the largest size",
                columns=("step", "median", "95th percentile"),
                rows=step_rows,
                measures=True,
            ),
        ),
        charts=(
            Chart(
                table="growth",
                kind="lines",
                columns=("list, median ms", "list, 95th percentile ms"),
                title="Milliseconds a list by tracks",
            ),
        ),
        missing=("growth: a million tracks are imported in a full run only.",) if lab.quick else (),
    )


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    result = work()
    return result, (time.perf_counter() - began) * 1000


def _spread(values: list[float]) -> tuple[float, float]:
    return round(float(np.median(values)), 1), round(float(np.percentile(values, 95)), 1)


def _megabytes() -> float:
    return float(round(psutil.Process().memory_info().rss / 2**20))


STUDY = Study(
    name="efficiency",
    title="Efficiency",
    question="How long does each step take, how many lists a second, how much memory, and how does it grow?",
    parts={"reading": reading, "growth": growth},
)
