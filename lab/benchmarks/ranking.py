"""How long a whole ranked list takes over the shared catalogue, database included: ``bench ranking``.

Import the table first: ``import_tracks ../shared/data/spotify/tracks_features_70k.csv.gz``. Briefs are drawn over the
whole affect plane with moods, scenes, limits and (where tracks have text vectors) a vector; the re-rank of a chip edit
is the same list again after ``mapping.adjust``. The target is a 95th percentile under 150 ms. Beside the time on the
clock, ``processor_ms`` is what the process and its database backend really computed: on a busy machine only that is
comparable (Linux only).
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from django.db import connection

from core.schemas import ImageReading, Label, Limits, MusicBrief
from lab.benchmarks._figures import spread
from recommender import mapping
from recommender.models import Track, TrackVector
from recommender.perception.text.affect_model import vocabulary_vectors
from recommender.perception.vocabulary import SCENES, moods_near
from recommender.perception.weights.loaders import TEXT_SPACE
from recommender.ranking import candidates, explain, scoring
from recommender.ranking.pipeline import recommend

SEED = 7
BRIEFS = 60
TARGET_MS = 150.0
SOME_LIMITS = (
    Limits(),
    Limits(tempo_max=100.0),
    Limits(year_min=1990, year_max=1999),
    Limits(instrumental=True),
    Limits(exclude_genres=("hiphop",)),
    Limits(exclude_artists=("Drake",), live=False),
)


def briefs(count: int = BRIEFS, seed: int = SEED) -> list[MusicBrief]:
    """Briefs of made-up readings, spread over the affect plane; every other one has a limit."""
    generator = np.random.default_rng(seed)
    with_text = TrackVector.objects.filter(space__name=TEXT_SPACE).exists()
    made = []
    for number in range(count):
        valence, arousal = generator.uniform(0.25, 0.75), generator.uniform(0.25, 0.65)
        near = sorted(moods_near(valence, arousal).items(), key=lambda pair: -pair[1])[:3]
        scene = str(generator.choice(list(SCENES)))
        reading = ImageReading(
            valence=float(valence),
            arousal=float(arousal),
            moods=tuple(Label(name=name, score=score, kind="mood") for name, score in near),
            scenes=(Label(name=scene, score=0.6, kind="scene"),),
            features={name: float(generator.uniform()) for name in ("brightness", "saturation", "warmth")},
            phrase=SCENES[scene].prompt,
        )
        brief = replace(mapping.brief_for(reading), limits=SOME_LIMITS[number % 2 * (number // 2 % len(SOME_LIMITS))])
        if with_text:
            vector = vocabulary_vectors()[f"scene:{scene}"] + vocabulary_vectors()[f"mood:{near[0][0]}"]
            brief = replace(brief, vector=tuple(float(x) for x in vector / np.linalg.norm(vector)))
        made.append(brief)
    return made


def run() -> dict[str, Any]:
    """Milliseconds at the median and the 95th percentile; how far lists lie from their target; faithful reasons."""
    wanted = briefs()
    lists, busy, edits, steps, apart, faithful = [], [], [], [], [], []
    recommend(wanted[0], None)
    for brief in wanted:
        start, computed = time.perf_counter(), processor_ms()
        ranked = recommend(brief, None)
        lists.append((time.perf_counter() - start) * 1000)
        busy.append(processor_ms() - computed)
        steps.append(ranked.timings)
        first = brief.moods[0].name
        start = time.perf_counter()
        recommend(mapping.adjust(brief, off={f"mood:{first}"}), None)
        edits.append((time.perf_counter() - start) * 1000)
        points = np.array([(t.valence, t.arousal) for t in ranked.tracks], dtype=np.float64).reshape(-1, 2)
        apart += np.linalg.norm(points - (brief.valence, brief.arousal), axis=1).tolist()
        pool = candidates.gather(brief, None)
        best = np.argsort(-scoring.score(pool, brief).total)[: brief.count]
        faithful += explain.deletion_test(pool, brief, [int(row) for row in best])
    return {
        "tracks": Track.objects.visible_to(None).count(),
        "text_vectors": TrackVector.objects.filter(space__name=TEXT_SPACE).count(),
        "briefs": len(wanted),
        "seed": SEED,
        "list_ms": spread(lists),
        "processor_ms": spread(busy),
        "chip_edit_ms": spread(edits),
        "target_ms": TARGET_MS,
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "steps_ms": {
            name: round(float(np.median([step[name] for step in steps if name in step])), 1) for name in steps[0]
        },
        "mean_distance_from_target": round(float(np.mean(apart)), 4),
        "faithful_reasons": round(float(np.mean(faithful)), 4),
        "reasons_tested": len(faithful),
    }


def processor_ms() -> float:
    """Processor time so far of this process and of its database backend, in milliseconds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")
    database = float(backend.read_text().split()[0]) / 1e6 if backend.is_file() else 0.0
    return time.process_time() * 1000 + database
