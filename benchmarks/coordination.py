"""What is left of a list when one of the five agents is dead, slow by two seconds, or lying, by coordination strategy.

Photos are OASIS pictures read by the best tier on disk; lists are made from 10,000 tracks of the public table, in a
database of its own. A list's quality is nDCG@12 on the affect plane: the gain of a track is its nearness to the point
of the brief that the unbroken team made of the same photo, ``exp(-d^2 / 2 spread^2)``. A loss counts as named when the
turn tells of a trouble or finding that the unbroken turn does not. Intervals resample photos.
"""

from __future__ import annotations

import csv
import gzip
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.board import Board, Order
from agents.coordination import STRATEGIES
from agents.coordination.base import Stage, Unwatched
from agents.roles import team
from benchmarks._faults import KINDS, SLOWER_BY, Faulty
from benchmarks._figures import data_folder, graded_ndcg, machine, mean_with_interval, spread
from benchmarks.catalogue import own_database
from recommender.catalogue.jobs import Progress
from recommender.catalogue.tables import import_table
from recommender.models import AudioProfile
from recommender.values import ImageReading, MusicBrief, RankedList

SEED, K = 0, 12
TRACKS, PHOTOS, PHOTOS_SLOW = 10_000, 40, 4
KEPT = 0.9
"""The share of quality that is enough without a word."""


@dataclass(frozen=True)
class Outcome:
    """One turn: its list's quality, what it told of, and what it took."""

    board: Board
    quality: float
    told: frozenset[str]
    messages: int
    ms: float


def run(photos: int = PHOTOS, slow: int = PHOTOS_SLOW, tracks: int = TRACKS) -> dict[str, Any]:
    """The figures over ``photos`` photos (``slow`` of them where an agent is slow) and ``tracks`` tracks."""
    began = time.perf_counter()
    data = data_folder()
    readings = read_photos(data / "oasis", photos)
    with own_database():
        import_some(data / "spotify" / "tracks_features_70k.csv.gz", tracks)
        plane = np.array(AudioProfile.objects.values_list("valence", "arousal"), dtype=np.float64)
        results = {name: faults_of(name, readings, slow, plane) for name in STRATEGIES}
    return {
        "strategies": results,
        "photos": len(readings),
        "photos_slow": min(slow, len(readings)),
        "tracks": tracks,
        "k": K,
        "slower_by_seconds": SLOWER_BY,
        "enough": KEPT,
        "tier": readings[0].tier,
        "seed": SEED,
        "seconds": round(time.perf_counter() - began, 1),
        "machine": machine(),
    }


def faults_of(strategy: str, readings: Sequence[ImageReading], slow: int, plane: NDArray[np.float64]) -> dict[str, Any]:
    whole = [turn(strategy, reading, plane) for reading in readings]
    told: dict[str, Any] = {
        "unbroken": {
            "ndcg": mean_with_interval([one.quality for one in whole], SEED),
            "messages": round(float(np.mean([one.messages for one in whole])), 2),
            "rounds": round(float(np.mean([one.board.round for one in whole])), 2),
            "ms": spread([one.ms for one in whole]),
        }
    }
    for how in KINDS:
        some = whole[:slow] if how == "slow" else whole
        told[how] = {name: _loss(strategy, readings, some, plane, (name, how)) for name in team()}
    return told


def _loss(
    strategy: str,
    readings: Sequence[ImageReading],
    whole: Sequence[Outcome],
    plane: NDArray[np.float64],
    fault: tuple[str, str],
) -> dict[str, Any]:
    broken = [
        turn(strategy, reading, plane, brief=was.board.brief, fault=fault)
        for reading, was in zip(readings, whole, strict=False)
    ]
    kept = [now.quality / was.quality for now, was in zip(broken, whole, strict=True)]
    named = [bool(now.told - was.told) for now, was in zip(broken, whole, strict=True)]
    return {
        "kept": mean_with_interval(kept, SEED),
        "worst": round(min(kept), 4),
        "named": round(float(np.mean(named)), 4),
        "kept_or_named": mean_with_interval([k >= KEPT or n for k, n in zip(kept, named, strict=True)], SEED),
        "overlap": round(
            float(np.mean([_overlap(now.board, was.board) for now, was in zip(broken, whole, strict=True)])), 4
        ),
        "messages": round(float(np.mean([now.messages for now in broken])), 2),
        "rounds": round(float(np.mean([now.board.round for now in broken])), 2),
        "ms": spread([now.ms for now in broken]),
    }


def turn(
    strategy: str,
    reading: ImageReading,
    plane: NDArray[np.float64],
    *,
    brief: MusicBrief | None = None,
    fault: tuple[str, str] | None = None,
) -> Outcome:
    """One turn for a photo that reads like this. ``brief``: whose point the list is measured by (its own if None)."""
    members = team()
    if fault:
        members[fault[0]] = Faulty(members[fault[0]], fault[1])
    stage = Stage(listener=Unwatched())
    began = time.perf_counter()
    board = STRATEGIES[strategy](members, Board(order=Order(cached=reading, count=K)), stage)
    ms = (time.perf_counter() - began) * 1000
    target = brief or board.brief
    if target is None:
        raise RuntimeError("the unbroken team made no brief")
    told = {trouble.message for trouble in board.troubles}
    told |= set(board.verdict.findings) if board.verdict else set()
    quality = quality_of(board.ranked, target, plane)
    return Outcome(board=board, quality=quality, told=frozenset(told), messages=len(stage.messages), ms=ms)


def quality_of(ranked: RankedList | None, brief: MusicBrief, plane: NDArray[np.float64]) -> float:
    """nDCG@K of the list, best match first, for the brief's point; 0 when there is none."""
    tracks = sorted(ranked.tracks, key=lambda track: -track.score)[:K] if ranked else []
    points = {
        pk: (valence, arousal)
        for pk, valence, arousal in AudioProfile.objects.filter(
            track__in=[track.track_id for track in tracks]
        ).values_list("pk", "valence", "arousal")
    }
    listed = np.array([points[track.track_id] for track in tracks], dtype=np.float64).reshape(-1, 2)
    best = np.sort(_gains(plane, brief))[::-1][:K]
    return graded_ndcg(_gains(listed, brief).tolist(), best.tolist())


def _gains(points: NDArray[np.float64], brief: MusicBrief) -> NDArray[np.float64]:
    squares = ((points - (brief.valence, brief.arousal)) ** 2).sum(axis=1)
    gains: NDArray[np.float64] = np.exp(-squares / (2 * brief.spread**2))
    return gains


def _overlap(one: Board, other: Board) -> float:
    """Shared tracks over all tracks (Jaccard)."""
    ids = [{track.track_id for track in board.ranked.tracks} if board.ranked else set() for board in (one, other)]
    return len(ids[0] & ids[1]) / max(len(ids[0] | ids[1]), 1)


def read_photos(folder: Path, count: int) -> list[ImageReading]:
    """Readings of a seeded sample of the photos."""
    from recommender.perception import pictures, vision

    paths = sorted(path for path in (folder / "images").iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    chosen = random.Random(SEED).sample(paths, min(count, len(paths)))
    return [vision.read_picture(pictures.decode_picture(path.read_bytes(), name=path.name).image) for path in chosen]


def import_some(table: Path, count: int) -> None:
    """A seeded sample of the table's rows as the shared catalogue."""
    with gzip.open(table, "rt", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "some.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([header, *random.Random(SEED).sample(rows, min(count, len(rows)))])
        import_table(path, None, Progress())
