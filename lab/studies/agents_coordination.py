"""3. Three ways for agents to work together, and a plain pipeline; what is left of a list when one of the five agents
is dead, slow by two seconds, or lying.

Photos are OASIS pictures read by the best tier on disk; lists are made from 10,000 tracks of the public table, in a
database of its own. A list's quality is nDCG@12 on the affect plane: the gain of a track is its nearness to the point
of the brief that the unbroken team made of the same photo, ``exp(-d^2 / 2 spread^2)``. A loss counts as named when the
turn tells of a trouble or finding that the unbroken turn does not. Intervals resample photos.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents.board import Board, Order
from agents.coordination import STRATEGIES
from agents.coordination.base import Message, Stage, Strategy, Team, Unwatched, act_here
from agents.coordination.hierarchical import ORDER
from agents.roles import team
from core.schemas import ImageReading, MusicBrief, RankedList
from core.stats.intervals import Estimate, compared, holm, mean
from lab import scratch_database
from lab.metrics import graded_ndcg
from lab.studies import lists
from lab.studies.agents_faults import KINDS, SLOWER_BY, Faulty
from lab.study import Chart, Findings, Lab, Table
from recommender.models import AudioProfile
from recommender.perception.images import decode, reader

K = 12
TRACKS, PHOTOS, PHOTOS_SLOW = 10_000, 40, 1
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


def pipeline(team: Team, board: Board, stage: Stage) -> Board:
    """No agents to speak of: five plain calls in order, none of which is guarded, repeated or looked at again."""
    for name in ORDER:
        if team[name].ready(board):
            patch = team[name].act(board)
            stage.messages.append(Message(agent=name, round=board.round, ms=0.0, changed=tuple(patch.changes)))
            board = board.patched(patch)
    return board


WAYS: dict[str, Strategy] = {**STRATEGIES, "pipeline": pipeline}


def strategies(lab: Lab) -> Findings:
    """Quality, time and messages of each way of working, nothing broken."""
    readings, plane = prepared(lab)
    whole = {way: [turn(way, reading, plane) for reading in readings] for way in WAYS}
    told = {way: [one.quality for one in outcomes] for way, outcomes in whole.items()}
    tests = {way: compared(told[way], told["pipeline"], lab.seed) for way in STRATEGIES}
    adjusted = holm({way: test.p for way, test in tests.items()})
    hierarchical = whole["hierarchical"]
    made = [(one.board.ranked, one.board.brief) for one in hierarchical]
    permuted = lists.permuted(
        lab,
        [lists.best_first(ranked) for ranked, brief in made if ranked and brief],
        [(brief.valence, brief.arousal) for ranked, brief in made if ranked and brief],
    )
    return Findings(
        tables=(
            Table(
                name="strategies",
                title=f"nDCG@{K} for the point of each turn's own brief, and messages",
                columns=("way of working", "nDCG", "messages", "rounds"),
                rows=tuple(
                    (
                        way,
                        mean(told[way], lab.seed),
                        round(float(np.mean([one.messages for one in outcomes])), 2),
                        round(float(np.mean([one.board.round for one in outcomes])), 2),
                    )
                    for way, outcomes in whole.items()
                ),
                note=f"{len(readings)} photos; intervals resample photos.",
            ),
            Table(
                name="tests",
                title="How far each strategy is ahead of the plain pipeline",
                columns=("strategy", "difference", "p, Holm", "effect (d)"),
                rows=tuple((way, t.difference, round(adjusted[way], 4), t.effect) for way, t in tests.items()),
            ),
            Table(
                name="latency",
                title="Milliseconds a turn",
                columns=("way of working", "median", "95th percentile"),
                rows=tuple((way, *spread([one.ms for one in outcomes])) for way, outcomes in whole.items()),
                measures=True,
            ),
            Table(
                name="control",
                title="Lists of the hierarchical team, with the tracks' points dealt to other tracks",
                columns=("lists", "nDCG", "random"),
                rows=(("shuffled tracks", mean(permuted, lab.seed), mean(by_chance(lab, made, plane), lab.seed)),),
                note=f"Gains here fall off by {lists.WIDTH}, not by each brief's spread.",
                control=True,
            ),
        ),
        charts=(Chart(table="latency", kind="bars", columns=("median",), title="Milliseconds a turn"),),
    )


def faults(lab: Lab) -> Findings:
    """One of the five agents dead, slow by two seconds, or lying: what is left of the list, and is the loss named?"""
    readings, plane = prepared(lab)
    slow = lab.size(PHOTOS_SLOW, 1)
    rows: list[tuple[str, Estimate, Estimate, str]] = []
    agents: dict[tuple[str, str], list[float]] = {}
    for way in WAYS:
        whole = [turn(way, reading, plane) for reading in readings]
        for how in KINDS:
            some = whole[:slow] if how == "slow" else whole
            # in a quick run one slow agent stands for all: each costs the same two seconds of waiting
            who = ["recommendation"] if how == "slow" and lab.quick else list(team())
            losses = {name: loss(way, readings, some, plane, (name, how)) for name in who}
            for name, told in losses.items():
                agents.setdefault((name, how), []).extend(kept for kept, _ in told)
            flat = [pair for told in losses.values() for pair in told]
            rows.append(
                (
                    f"{way}, one {how}",
                    mean([kept for kept, _ in flat], lab.seed),
                    mean([float(kept >= KEPT or named) for kept, named in flat], lab.seed),
                    f"{min(kept for kept, _ in flat):.2f}",
                )
            )
    names = list(team())
    return Findings(
        tables=(
            Table(
                name="faults",
                title="Share of the unbroken list's quality that is kept, over which of the five agents fails",
                columns=("way and fault", "kept", "kept or named", "worst"),
                rows=tuple(rows),
                note=f"{len(readings)} photos ({slow} where an agent is slow by {SLOWER_BY:g} s). Kept or named: "
                f"at least {KEPT:.0%} of the quality is left, or the person is told of a trouble.",
            ),
            Table(
                name="agents",
                title="Quality kept without each agent, over the four ways of working",
                columns=("agent", *KINDS),
                rows=tuple(
                    (name, *(mean(agents[name, how], lab.seed) if (name, how) in agents else "" for how in KINDS))
                    for name in names
                ),
            ),
        ),
        charts=(Chart(table="faults", kind="bars", columns=("kept",), title="Quality kept when one agent fails"),),
    )


def prepared(lab: Lab) -> tuple[list[ImageReading], NDArray[np.float64]]:
    """The photos' readings and the catalogue's points, in the lab's own catalogue."""
    folder = lab.file("oasis", "images").parent
    readings = lab.once("coordination photos", lambda: read_photos(folder, lab.size(PHOTOS, 2), lab.seed))
    scratch_database.filled(lab, lab.size(TRACKS, 1500))
    return readings, np.array(AudioProfile.objects.values_list("valence", "arousal"), dtype=np.float64)


def by_chance(
    lab: Lab, made: Sequence[tuple[RankedList | None, MusicBrief | None]], plane: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(lists,) the quality of random lists for the same briefs, by the gains of ``lists``."""
    generator = lab.random("coordination chance")
    told = []
    for ranked, brief in made:
        if ranked and brief:
            worth = lists.gains(plane, (brief.valence, brief.arousal))
            told.append(graded_ndcg(generator.choice(worth, K, replace=False), np.sort(worth)[::-1][:K]))
    return np.array(told)


def loss(
    way: str,
    readings: Sequence[ImageReading],
    whole: Sequence[Outcome],
    plane: NDArray[np.float64],
    fault: tuple[str, str],
) -> list[tuple[float, bool]]:
    """By photo: the share of quality kept, and whether the turn tells of something the unbroken one does not."""
    told = []
    for reading, was in zip(readings, whole, strict=False):
        try:
            now = turn(way, reading, plane, brief=was.board.brief, fault=fault)
        except RuntimeError:  # nothing guards a plain pipeline: the turn is lost, and the person only sees an error
            told.append((0.0, False))
            continue
        told.append((now.quality / was.quality if was.quality else 1.0, bool(now.told - was.told)))
    return told


def spread(milliseconds: Sequence[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    return round(float(np.median(milliseconds)), 1), round(float(np.percentile(milliseconds, 95)), 1)


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
    # only who is slow has to be waited for in a thread; time is told of turns in which nothing is broken
    stage = Stage(listener=Unwatched(), perform=act_here if fault and fault[1] != "slow" else None)
    began = time.perf_counter()
    board = WAYS[strategy](members, Board(order=Order(cached=(reading,), count=K)), stage)
    ms = (time.perf_counter() - began) * 1000
    target = brief or board.brief
    if target is None:
        raise RuntimeError("the unbroken team made no brief")
    told = {trouble.message for trouble in board.troubles}
    told |= {found.text for found in board.verdict.findings} if board.verdict else set()
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


def read_photos(folder: Path, count: int, seed: int) -> list[ImageReading]:
    """Readings of a seeded sample of the photos."""
    paths = sorted(path for path in (folder / "images").iterdir() if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    chosen = random.Random(seed).sample(paths, min(count, len(paths)))
    return [reader.read_picture(decode.decode_picture(path.read_bytes(), name=path.name).image) for path in chosen]
