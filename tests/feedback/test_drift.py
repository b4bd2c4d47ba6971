"""A taste that changes is noticed soon, one that stays is left alone; made-up people are pleased again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.models import Reaction
from feedback.taste import reactions
from feedback.taste.evidence import Heard, fading
from feedback.taste.learners import drift
from feedback.taste.learners.base import History
from feedback.taste.learners.decayed_mean import Profile, portrait
from lab.benchmarks import tastes
from lab.studies import simulated_users
from lab.studies.simulated_users import Player
from tests.factories import TrackFactory, UserFactory

START = datetime(2026, 1, 1, tzinfo=UTC)
TRACKS, TABLE = simulated_users.library(np.random.default_rng(3), 80)
ACOUSTIC = simulated_users.FEATURES.index("acousticness")


def history(before: int, after: int) -> History:
    """Somebody who likes what is acoustic, and from then on what is not; newest first."""
    events = []
    for number in range(before + after):
        likes = (TABLE[number % 80, ACOUSTIC] > 0) == (number < before)
        at = START + number * timedelta(hours=1)
        events.append(Heard(track_id=number % 80 + 1, kind="like" if likes else "not_now", at=at))
    return History(events=events[::-1], tracks=TRACKS, now=START + timedelta(hours=before + after))


def test_a_change_is_dated_within_a_few_reactions() -> None:
    told = history(40, 12)
    assert told.changed is not None
    assert abs(told.changed - (START + timedelta(hours=40))) <= timedelta(hours=3)


@pytest.mark.parametrize("count", [1, 7, 20, 60])
def test_a_taste_that_stays_is_left_alone(count: int) -> None:
    assert history(count, 0).changed is None


def test_what_came_before_the_change_is_told_apart_and_counts_no_more() -> None:
    profile = portrait(history(40, 12))
    assert profile.changed
    assert profile.earlier.leanings["acousticness"].strength > 0.2
    assert profile.current.leanings["acousticness"].strength < -0.2
    assert profile.long_term.leanings["acousticness"].strength < -0.2
    liking = Profile().learn(history(40, 12))
    assert liking and liking.values(TRACKS)[TABLE[:, ACOUSTIC].argmin()] > 0.55


@given(st.lists(st.tuples(st.floats(-2, 2), st.booleans()), min_size=2, max_size=12))
@settings(max_examples=40, deadline=None)
def test_the_factors_are_those_of_the_normal_densities(told: list[tuple[float, bool]]) -> None:
    """Against the plain densities of all of them and of the two pieces."""
    rows = np.array([[one] for one, _ in told])
    said = np.array([1.0 if liked else -1.0 for _, liked in told])

    def density(piece: slice) -> float:
        covariance = rows[piece] @ rows[piece].T + drift.NOISE**2 * np.eye(len(rows[piece]))
        _, log = np.linalg.slogdet(covariance)
        return float(-0.5 * (said[piece] @ np.linalg.solve(covariance, said[piece]) + log))

    for place, factor in enumerate(drift.change_factors(rows, said)):
        plain = density(slice(0, place)) + density(slice(place, None)) - density(slice(None))
        assert factor == pytest.approx(plain, abs=1e-6)


def test_fading_halves_and_ends_at_the_change() -> None:
    events = [Heard(track_id=1, kind="like", at=START + timedelta(days=day)) for day in (10, 0)]
    assert fading(events, START + timedelta(days=10), 10.0).tolist() == pytest.approx([1.0, 0.5])
    assert fading(events, START + timedelta(days=10), 10.0, events[0].at).tolist() == [1.0, 0.0]


def test_a_learner_pleases_better_than_chance_and_recovers(tmp_path: Path) -> None:
    player = Player(Profile())
    told = {
        "profile": simulated_users.course(player, seed=5, people=3, steps=80),
        "chance": simulated_users.course(None, seed=5, people=3, steps=80),
    }
    assert told["profile"].before > told["chance"].before + 0.15
    assert told["profile"].liked[:, 65:].mean() > told["chance"].liked[:, 65:].mean() + 0.15
    assert (np.diff(told["profile"].regret) >= 0).all()
    assert tastes.draw(told, tmp_path / "curves.svg").stat().st_size > 1000


@pytest.mark.django_db
def test_the_page_of_ones_taste_says_what_changed_and_since_when(client: Client) -> None:
    person = UserFactory()
    calm = TrackFactory.create_batch(10, profile__energy=0.1, profile__acousticness=0.95)
    lively = TrackFactory.create_batch(10, profile__energy=0.95, profile__acousticness=0.05)
    told = [(track, "like") for track in calm[:6]] + [(track, "not_now") for track in lively[:6]]
    told += [(track, "not_now") for track in calm[6:]] + [(track, "like") for track in lively[6:]]
    for number, (track, kind) in enumerate(told):
        said = reactions.record(person, track.pk, kind)
        assert said
        Reaction.objects.filter(pk=said.pk).update(created=timezone.now() - timedelta(hours=len(told) - number))
    client.force_login(person)
    page = client.get("/taste/").content.decode()
    assert "more energetic" in page and "than before: what came before that day counts no more" in page
    client.force_login(UserFactory())
    assert "than before" not in client.get("/taste/").content.decode()
