"""11. The five agents, one by one: what each is good for, and how sure that is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from agents.board import Board, Order
from agents.coordination import STRATEGIES
from agents.coordination.base import Stage, Unwatched, act_here
from agents.coordination.hierarchical import ORDER
from agents.roles import team
from core.schemas import RankedList
from core.stats.intervals import mean, measured
from lab import affect_tables, scratch_database
from lab.datasets import rated
from lab.studies import lists
from lab.studies.agents_metered import Metered
from lab.study import Cell, Chart, Findings, Lab, Study, Table
from recommender.models import Track
from recommender.ranking.pipeline import recommend

Numbers = NDArray[np.float64]
COLUMNS = ("agent", "figure", "value", "by chance")


def readers(lab: Lab) -> Findings:
    """Image analysis against people's ratings of photos, music understanding (by features) against those of songs."""
    photos, seen = rated.best_photos(lab)
    songs, heard = rated.songs(lab), rated.heard(lab)
    truth = np.asarray(photos.ratings, dtype=np.float64)
    order = lab.random("scorecards").permutation(len(truth))
    sides = (
        ("image analysis", seen, truth, photos.themes),
        ("music understanding", heard, songs.ratings, songs.artists),
    )
    rows = tuple(
        (agent, f"{name}, r", affect_tables.correlation(read[:, axis], true[:, axis], groups, lab.seed), 0)
        for agent, read, true, groups in sides
        for axis, name in enumerate(affect_tables.AXES)
    )
    control = affect_tables.correlation(seen[:, 0], truth[order, 0], photos.themes, lab.seed)
    return Findings(
        tables=(
            Table(name="readers", title="Those who read", columns=COLUMNS, rows=rows),
            Table(
                name="control",
                title="Image analysis against other photos' ratings",
                columns=COLUMNS,
                rows=(("image analysis", "valence, r", control, 0),),
                control=True,
            ),
        ),
    )


def makers(lab: Lab) -> Findings:
    """Mapping by how near its target comes to people's point, recommendation by its lists."""
    scratch_database.filled(lab, lab.size(10_000, 1500))
    wanted = lists.asked(lab, lab.size(100, 20))
    catalogue = lists.plane()
    briefs = [lists.brief(one) for one in wanted]
    away = [
        float(np.hypot(b.valence - one.true[0], b.arousal - one.true[1])) for b, one in zip(briefs, wanted, strict=True)
    ]
    permuted = [
        float(np.hypot(briefs[p - 1].valence - one.true[0], briefs[p - 1].arousal - one.true[1]))
        for p, one in enumerate(wanted)
    ]
    made = [recommend(brief, None, seed=lab.seed) for brief in briefs]
    own = [
        lists.quality(ranked, (brief.valence, brief.arousal), catalogue)
        for ranked, brief in zip(made, briefs, strict=True)
    ]
    points = [(brief.valence, brief.arousal) for brief in briefs]
    other = lists.permuted(lab, [lists.best_first(ranked) for ranked in made], points)
    chance = lists.by_chance(
        lab, [replace(one, true=point) for one, point in zip(wanted, points, strict=True)], catalogue
    )
    return Findings(
        tables=(
            Table(
                name="makers",
                title="Those who make",
                columns=COLUMNS,
                rows=(
                    (
                        "mapping",
                        "target off by, 0..1 (lower is better)",
                        mean(away, lab.seed),
                        round(float(np.mean(permuted)), 4),
                    ),
                    (
                        "recommendation",
                        f"nDCG@{lists.K} for the brief",
                        mean(own, lab.seed),
                        round(float(chance.mean()), 4),
                    ),
                ),
                note="By chance: another photo's brief for the mapping, random tracks for the recommendation.",
            ),
            Table(
                name="control",
                title="Recommendation, with the tracks' points dealt to other tracks",
                columns=COLUMNS,
                rows=(("recommendation", f"nDCG@{lists.K}", mean(other, lab.seed), round(float(chance.mean()), 4)),),
                control=True,
            ),
        ),
    )


def judge(lab: Lab) -> Findings:
    """The evaluation agent is given sound lists and lists of random tracks: does it rate the sound ones higher, and
    does it ask for another round only where one is needed?"""
    scratch_database.filled(lab, lab.size(10_000, 1500))
    ids = list(Track.objects.values_list("pk", flat=True))
    generator = lab.random("sabotage")
    satisfied: list[float] = []
    again: list[bool] = []
    sound: list[bool] = []
    for one in lists.asked(lab, lab.size(60, 12)):
        board = _listed(one)
        if board.ranked is None:
            continue
        for good in (True, False):
            ranked = (
                board.ranked
                if good
                else _spoiled(
                    board.ranked, [int(i) for i in generator.choice(ids, len(board.ranked.tracks), replace=False)]
                )
            )
            judged = board.patched(team()["evaluation"].act(replace(board, ranked=ranked, verdict=None))).verdict
            if judged is not None and judged.alignment is not None:
                satisfied.append(judged.alignment)
                again.append(judged.again is not None)
                sound.append(good)
    scores, right, asked = np.array(satisfied), np.array(sound), np.array(again, dtype=np.float64)
    groups = np.arange(len(right)) // 2
    shuffled = generator.permutation(right)
    return Findings(
        tables=(
            Table(
                name="judge",
                title="The one who checks",
                columns=COLUMNS,
                rows=(
                    (
                        "evaluation",
                        "sound list rated above a random one",
                        measured(lambda some: float(roc_auc_score(right[some], scores[some])), groups, lab.seed),
                        0.5,
                    ),
                    ("evaluation", "another round asked for a random list", mean(asked[~right], lab.seed), ""),
                    (
                        "evaluation",
                        "another round asked for a sound list (false alarm)",
                        mean(asked[right], lab.seed),
                        "",
                    ),
                ),
            ),
            Table(
                name="control",
                title="Sound and random, labels shuffled",
                columns=COLUMNS,
                rows=(
                    (
                        "evaluation",
                        "rated above",
                        measured(lambda some: _safe_auc(scores[some], shuffled[some]), groups, lab.seed),
                        0.5,
                    ),
                ),
                control=True,
            ),
        ),
    )


def costs(lab: Lab) -> Findings:
    """What each agent takes of a turn: time, processor, and characters handed over; after a turn that warms it up."""
    scratch_database.filled(lab, lab.size(10_000, 1500))
    members = {name: Metered(agent) for name, agent in team().items()}
    for place, one in enumerate(lists.asked(lab, lab.size(60, 8) + 1)):
        board = Board(order=Order(cached=(one.reading,), count=lists.K))
        STRATEGIES["hierarchical"](members, board, Stage(listener=Unwatched(), perform=act_here))
        if place == 0:
            for member in members.values():
                member.spent.clear()
    rows: list[tuple[Cell, ...]] = []
    for name, member in members.items():
        table = np.array([(spent.ms, spent.cpu_ms, spent.letters) for spent in member.spent] or [(0.0, 0.0, 0.0)])
        rows.append((name, len(member.spent), *(mean(column, lab.seed) for column in table.T), 0))
    return Findings(
        tables=(
            Table(
                name="costs",
                title="A call of each agent in the hierarchical team: milliseconds, and size of its patch",
                columns=("agent", "calls", "elapsed, ms", "processor, ms", "letters of JSON", "tokens"),
                rows=tuple(rows),
                note="Photos are already read, so image analysis only hands over. No agent asks a language model: only "
                "the planner may, where the owner chose one, and its tokens are kept with each turn.",
                measures=True,
            ),
        ),
        charts=(
            Chart(table="costs", kind="bars", columns=("processor, ms",), title="Processor time of a call by agent"),
        ),
    )


def _safe_auc(scores: Numbers, right: NDArray[np.bool_]) -> float:
    """0.5 where a resample holds one kind only."""
    return float(roc_auc_score(right, scores)) if 0 < right.sum() < len(right) else 0.5


def _listed(one: lists.Asked) -> Board:
    """The board after the first four agents."""
    stage = Stage(listener=Unwatched(), perform=act_here)
    board = Board(order=Order(cached=(one.reading,), count=lists.K))
    members = team()
    for name in ORDER[:-1]:
        if members[name].ready(board):
            board = stage.call(members[name], board)
    return board


def _spoiled(ranked: RankedList, ids: list[int]) -> RankedList:
    """The same list with other tracks behind its entries."""
    points = scratch_database.points(ids)
    tracks = tuple(
        replace(track, track_id=one, valence=float(point[0]), arousal=float(point[1]))
        for track, one, point in zip(ranked.tracks, ids, points, strict=True)
    )
    return replace(ranked, tracks=tracks)


STUDY = Study(
    name="scorecards",
    title="Agents one by one",
    question="What is each of the five agents good for?",
    parts={"readers": readers, "makers": makers, "judge": judge, "costs": costs},
)
