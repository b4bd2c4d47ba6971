"""8. How soon a taste is learned, how soon a changed one, and what real reactions say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from core.stats.intervals import mean
from feedback.models import Reaction
from feedback.taste.evidence import CURRENT, LONG_TERM, Heard
from feedback.taste.learners.bandit import Bandit
from feedback.taste.learners.base import History, Learner
from feedback.taste.learners.decayed_mean import Profile, ProfileTaste, learn
from feedback.taste.learners.hybrid import Hybrid
from lab import baselines, metrics, scratch_database
from lab.datasets.lastfm import Listening
from lab.studies import recommendation
from lab.studies.taste_changed_tastes import changed_tastes
from lab.studies.taste_first_taps import first_taps
from lab.study import Chart, Findings, Lab, NotHere, Study, Table
from recommender.library.audio_profiles import FEATURE_MEAN, FEATURE_SD
from recommender.models import Track
from recommender.ranking import features as pools
from recommender.ranking.collaborative import EASE, Popularity
from recommender.ranking.features import Pool

Numbers = NDArray[np.float64]
K = 10
NOW = datetime(2026, 1, 1, tzinfo=UTC)
STEPS = (0, 1, 2, 3, 5, 8, 13, 20)
REGAINED = 0.9
REACTIONS = 40
"""Reactions of a made-up person before the taste turns round; as many follow."""


def learning_curve(lab: Lab) -> Findings:
    """New people of Last.fm of whom so many artists are known: what else do they play?"""
    known = recommendation.artists(lab)
    people = known.seen.shape[0]
    order = lab.random("new people").permutation(people)
    new, old = order[: people // 5], order[people // 5 :]
    ease = EASE(300.0).fit(known.seen[old])
    popular = Popularity().fit(known.seen[old])
    generator = lab.random("told artists")
    permuted = lab.random("dealt artists").permutation(known.seen.shape[1])
    rows = []
    for count in STEPS:
        told = known.seen[new].tolil(copy=True)
        for row in range(len(new)):
            items = generator.permutation(known.seen[new[row]].indices)
            told[row] = 0
            told[row, items[:count]] = 1
        histories = told.tocsr()
        scores = (ease if count else popular).score(histories)
        rows.append(
            (
                float(count),
                mean(_recall(scores, histories, known, new, np.arange(len(permuted))), lab.seed),
                mean(_recall(scores, histories, known, new, permuted), lab.seed),
            )
        )
    return Findings(
        tables=(
            Table(
                name="curve",
                title="Recall@20 of new people's hidden artists, by how many of their artists are known",
                columns=("artists known", "recall", "artists dealt (chance)"),
                rows=tuple(rows),
                note=f"{len(new)} people left out of EASE (ridge 300). The last column is the control: "
                f"artists exchanged at random, by chance {20 / known.seen.shape[1]:.4f}.",
            ),
        ),
        charts=(
            Chart(
                table="curve",
                kind="lines",
                columns=("recall", "artists dealt (chance)"),
                title="How soon taste is learned",
            ),
        ),
    )


def _recall(
    scores: Numbers, histories: object, known: Listening, people: NDArray[np.intp], permuted: NDArray[np.intp]
) -> list[float]:
    """By person. ``permuted``: which artist each artist counts as."""
    told = []
    for row, person in enumerate(people):
        if len(away := known.hidden[person]):
            ranked = baselines.best(scores[row], histories[row].indices.tolist(), 20)  # type: ignore[index]
            told.append(metrics.recall(ranked, permuted[away].tolist(), 20))
    return told


def drift(lab: Lab) -> Findings:
    """Made-up people who like one end of sound, and after 40 reactions the other, ten reactions a day. They react by
    the truth; the shipped learner sees only the reactions."""
    scratch_database.filled(lab, lab.size(10_000, 1500))
    tracks = some_tracks(lab)
    people = lab.size(30, 3)
    learners: dict[str, Learner] = {
        "hybrid (shipped)": Hybrid(),
        "profile": Profile(),
        "bandit": Bandit(),
        "long-term only": OnePace(LONG_TERM),
        "current only": OnePace(CURRENT),
    }
    curves: dict[str, list[list[float]]] = {name: [] for name in (*learners, "nothing learned", "shuffled reactions")}
    checks = tuple(range(0, 81, lab.size(8, 20)))
    for person in range(people):
        generator = lab.random(f"drift {person}")
        liking = generator.normal(size=3)
        worth = [worth_of(tracks, liking), worth_of(tracks, -liking)]
        events = reactions(tracks, worth, generator)
        for name, learner in learners.items():
            curves[name].append([_quality(tracks, events[:n], worth[n > 40], learner) for n in checks])
        permuted = [
            Heard(track_id=e.track_id, kind=str(k), at=e.at)
            for e, k in zip(events, generator.permutation([e.kind for e in events]), strict=True)
        ]
        shipped = learners["hybrid (shipped)"]
        curves["shuffled reactions"].append([_quality(tracks, permuted[:n], worth[n > 40], shipped) for n in checks])
        curves["nothing learned"].append([_quality(tracks, [], worth[n > 40], shipped) for n in checks])
    means = {name: np.mean(told, axis=0) for name, told in curves.items()}
    before = checks.index(40)
    recovery = []
    for name in learners:
        target = REGAINED * means[name][before]
        back = [n - 40 for n, value in zip(checks, means[name], strict=True) if n > 40 and value >= target]
        recovery.append(
            (
                name,
                mean([one[before] for one in curves[name]], lab.seed),
                mean([one[-1] for one in curves[name]], lab.seed),
                float(back[0]) if back else "not within 40",
            )
        )
    return Findings(
        tables=(
            Table(
                name="drift",
                title=f"Worth of the top {K} (0 random, 1 best) by reactions given; taste turns round after 40",
                columns=("reactions", *learners),
                rows=tuple(
                    (float(n), *(round(float(means[name][place]), 4) for name in learners))
                    for place, n in enumerate(checks)
                ),
                note=f"{people} simulated people, {len(tracks)} tracks.",
            ),
            Table(
                name="recovery",
                title="Before and after the turn",
                columns=("learner", "worth at 40", "worth at 80", "reactions to regain 90 %"),
                rows=tuple(recovery),
            ),
            Table(
                name="control",
                title="Reactions dealt to other tracks, and nothing learned (chance 0)",
                columns=("learner", "worth at 40"),
                rows=tuple(
                    (name, mean([one[before] for one in curves[name]], lab.seed))
                    for name in ("shuffled reactions", "nothing learned")
                ),
                control=True,
            ),
        ),
        charts=(
            Chart(
                table="drift", kind="lines", columns=tuple(learners), title="Learning, and learning anew", chance=0.0
            ),
        ),
        remarks=("These people are simulated: the figures compare learners, they do not say how people react.",),
    )


def some_tracks(lab: Lab) -> Pool:
    ids = list(Track.objects.order_by("pk").values_list("pk", flat=True))
    chosen = lab.random("drift tracks").choice(ids, 300, replace=False)
    return pools.load(Track.objects.all(), [int(one) for one in chosen])


def worth_of(tracks: Pool, liking: Numbers) -> Numbers:
    """(n,) how much a person likes each track: linear in standardised energy, acousticness and danceability."""
    names = ("energy", "acousticness", "danceability")
    table = np.stack([(tracks.columns[n] - FEATURE_MEAN[n]) / FEATURE_SD[n] for n in names], axis=1)
    return np.asarray(np.nan_to_num(table) @ liking)


def reactions(tracks: Pool, worth: list[Numbers], generator: np.random.Generator) -> list[Heard]:
    """80 reactions to random tracks, like or skip by a noisy truth, which turns round after 40."""
    events = []
    for n in range(80):
        row = int(generator.integers(len(tracks)))
        liked = worth[n >= 40][row] + generator.normal() > 0
        at = NOW - timedelta(days=(80 - n) / 10)
        events.append(
            Heard(
                track_id=int(tracks.ids[row]), kind="like" if liked else "skipped", at=at, share=None if liked else 0.1
            )
        )
    return events


@dataclass(frozen=True)
class OnePace:
    """The profile with one half-life, in days."""

    half_life: float
    name: str = "one pace"

    def learn(self, history: History) -> ProfileTaste | None:
        outlook = learn(history.events, history.tracks, history.now, self.half_life)
        return ProfileTaste(leanings=outlook.leanings, count=outlook.count)


def _quality(tracks: Pool, events: list[Heard], worth: Numbers, learner: Learner) -> float:
    """The mean worth of the top ``K`` by taste: 0 what random tracks are worth, 1 the best there is."""
    now = events[-1].at if events else NOW
    learned = learner.learn(History(events=events[::-1], tracks=tracks, now=now))
    values = learned.values(tracks) if learned else np.zeros(len(tracks))
    if np.ptp(values) < 1e-9:
        return 0.0
    top = np.argsort(-values, kind="stable")[:K]
    best = np.sort(worth)[::-1][:K].mean()
    return float((worth[top].mean() - worth.mean()) / (best - worth.mean()))


def real_reactions(lab: Lab) -> Findings:
    """People's own reactions in this installation's database: is the next one foreseen from those before?"""
    scratch_database.closed(lab)
    people = Reaction.objects.standing().values_list("owner_id", flat=True).distinct()
    told, shuffled = [], []
    for person in people:
        rows = list(
            Reaction.objects.standing()
            .filter(owner_id=person)
            .order_by("created")
            .values_list("track_id", "kind", "created", "share")
        )
        if len(rows) < 10:
            continue
        events = [Heard(track_id=t, kind=k, at=at, share=s) for t, k, at, s in rows]
        tracks = pools.load(Track.objects.all(), [event.track_id for event in events])
        place = {int(one): row for row, one in enumerate(tracks.ids)}
        half = len(events) // 2
        learned = Hybrid().learn(History(events=events[:half][::-1], tracks=tracks, now=events[half].at))
        if learned is None:
            continue
        values = learned.values(tracks)
        later = [(values[place[e.track_id]], e.says) for e in events[half:] if e.track_id in place]
        liked = [value for value, says in later if says > 0]
        not_liked = [value for value, says in later if says < 0]
        if liked and not_liked:
            told.append(float(np.mean([a > b for a in liked for b in not_liked])))
            mixed = lab.random(f"real {person}").permutation([*liked, *not_liked])
            shuffled.append(float(np.mean([a > b for a in mixed[: len(liked)] for b in mixed[len(liked) :]])))
    if len(told) < 5:
        raise NotHere(
            f"Only {len(told)} people here have reacted enough, both ways; 5 with 10 reactions each are needed.",
            hint="Use the site for a while and run this again.",
        )
    return Findings(
        tables=(
            Table(
                name="foreseen",
                title="The chance that a later liked track scores above a later refused one (0.5 by guessing)",
                columns=("reactions", "chance"),
                rows=(("the later half of each person's", mean(told, lab.seed)),),
                note=f"{len(told)} people; no names or tracks are written down.",
            ),
            Table(
                name="control",
                title="Kinds dealt at random",
                columns=("reactions", "chance"),
                rows=(("shuffled", mean(shuffled, lab.seed)),),
                control=True,
            ),
        ),
    )


STUDY = Study(
    name="adaptability",
    title="Adaptability",
    question="How soon is a taste learned, how soon is a changed one followed, and does that hold for real people?",
    parts={
        "real_reactions": real_reactions,
        "learning_curve": learning_curve,
        "first_taps": first_taps,
        "drift": drift,
        "changed_tastes": changed_tastes,
    },
)
