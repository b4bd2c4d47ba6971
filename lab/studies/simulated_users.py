"""Made-up people whose taste changes at a known moment: how soon does each learner please them again?

The model: a track has ``len(FEATURES)`` independent normal features; a person's taste is a random direction of length
``KEEN``, and they like a track with probability ``sigmoid(taste . features)``. In every step a learner shows the best
of ``CHOICE`` random tracks (one in ``1 / EXPLORING`` times a random one of them) and is told like or skip, ten times a
day. At ``TURN`` the taste becomes its own opposite (the worst case) or a new random direction. Nobody else is there,
so that learners from company have nothing to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from feedback.taste.evidence import FEATURES, FURTHEST, Heard
from feedback.taste.learners.bandit import Bandit, Posterior
from feedback.taste.learners.base import History, Learner
from feedback.taste.learners.decayed_mean import Profile
from feedback.taste.learners.hybrid import Hybrid
from recommender.library.audio_profiles import FEATURE_MEAN, FEATURE_SD
from recommender.ranking.features import Pool
from recommender.ranking.filters import Facts

Numbers = NDArray[np.float64]
Change = Literal["opposite", "another"]

STEPS, TURN, CHOICE, TRACKS = 100, 50, 10, 300
KEEN = 3.0
EXPLORING = 0.1
WINDOW = 15
"""Steps over which the like rate before the turn is taken."""
SMOOTHED = 5
"""Steps over which the like rate after it is taken."""
REGAINED = 0.9
APART = timedelta(hours=2.4)
START = datetime(2026, 1, 1, tzinfo=UTC)


class Unchanging(History):
    """A history in which no change is ever seen: what learners were without watching for one."""

    @property
    def changed(self) -> None:
        return None


@dataclass(frozen=True)
class Player:
    """A learner at work: whether it draws from what it believes (Thompson sampling), and watches for a change."""

    learner: Learner
    drawing: bool = False
    watching: bool = True


ALONE = Hybrid(members=(Profile(), Bandit()))
PLAYERS: Mapping[str, Player | None] = {
    "hybrid": Player(ALONE),
    "profile": Player(Profile()),
    "bandit": Player(Bandit()),
    "bandit, Thompson sampling": Player(Bandit(), drawing=True),
    "hybrid, not watching for a change": Player(ALONE, watching=False),
    "chance": None,
}


@dataclass(frozen=True, eq=False)
class Course:
    """(people, steps): the probability of a like of what was shown, and what the best choice would have had."""

    liked: Numbers
    best: Numbers

    @property
    def regret(self) -> Numbers:
        """(steps,) likes missed so far, the mean over people."""
        missed: Numbers = np.cumsum((self.best - self.liked).mean(axis=0))
        return missed

    @property
    def before(self) -> float:
        """The like rate shortly before the turn."""
        return float(self.liked[:, TURN - WINDOW : TURN].mean())

    def recovered(self, people: NDArray[np.intp] | slice = slice(None)) -> int:
        """Interactions after the turn until the like rate of the next ``SMOOTHED`` is ``REGAINED`` of the former;
        the length of the course if never."""
        rate = self.liked[people].mean(axis=0)
        goal = REGAINED * rate[TURN - WINDOW : TURN].mean()
        after = np.convolve(rate[TURN:], np.ones(SMOOTHED) / SMOOTHED, mode="valid")
        reached = np.flatnonzero(after >= goal)
        return int(reached[0]) if len(reached) else len(rate) - TURN


def library(generator: np.random.Generator, count: int = TRACKS) -> tuple[Pool, Numbers]:
    """Made-up tracks, and their (count, features) in standard deviations."""
    table = np.clip(generator.normal(size=(count, len(FEATURES))), -FURTHEST, FURTHEST)
    columns = {name: FEATURE_MEAN[name] + FEATURE_SD[name] * table[:, place] for place, name in enumerate(FEATURES)}
    nothing: tuple[dict[str, float], ...] = tuple({} for _ in range(count))
    pool = Pool(
        ids=np.arange(1, count + 1),
        facts=tuple(Facts(title=f"Track {number}", artist="") for number in range(1, count + 1)),
        columns=columns,
        moods=nothing,
        genres=nothing,
        instruments=nothing,
        text_similarity=np.full(count, np.nan),
        name_match=np.full(count, np.nan),
    )
    return pool, table


def course(player: Player | None, seed: int, people: int, change: Change = "opposite", steps: int = STEPS) -> Course:
    """The same people, tracks and choices for every player with the same seed."""
    told = [_person(player, np.random.default_rng([seed, number]), change, steps) for number in range(people)]
    return Course(np.array([liked for liked, _ in told]), np.array([best for _, best in told]))


def _person(
    player: Player | None, generator: np.random.Generator, change: Change, steps: int
) -> tuple[list[float], list[float]]:
    tracks, table = library(generator)
    first, second = (KEEN * one / np.linalg.norm(one) for one in generator.normal(size=(2, len(FEATURES))))
    after = -first if change == "opposite" else second
    events: list[Heard] = []
    liked, best = [], []
    drawing = generator.spawn(1)[0]
    for step in range(steps):
        shown = generator.choice(len(tracks), CHOICE, replace=False)
        pleased = 1.0 / (1.0 + np.exp(-table[shown] @ (first if step < TURN else after)))
        exploring, mood = generator.random(2)
        value = _values(player, events, tracks, shown, drawing)
        place = 0 if exploring < EXPLORING else int(np.argmax(value))
        kind, share = ("like", None) if mood < pleased[place] else ("skipped", 0.1)
        heard = Heard(track_id=int(tracks.ids[shown[place]]), kind=kind, at=START + step * APART, share=share)
        events.insert(0, heard)
        liked.append(float(pleased[place]))
        best.append(float(pleased.max()))
    return liked, best


def _values(
    player: Player | None, events: list[Heard], tracks: Pool, shown: NDArray[np.intp], drawing: np.random.Generator
) -> Numbers:
    """(shown,) what the player thinks of each; random where it knows nothing."""
    if player is None or not events:
        return drawing.random(len(shown))
    heard = tracks.take(np.unique([event.track_id - 1 for event in events]))
    kind = History if player.watching else Unchanging
    liking = player.learner.learn(kind(events=events, tracks=heard, now=events[0].at))
    if player.drawing and isinstance(liking, Posterior):
        liking = liking.drawn(drawing)
    return liking.values(tracks.take(shown)) if liking else drawing.random(len(shown))
