"""Every learner of taste: same interface, same decencies; and what is special to each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import numpy as np
import pytest
from django.utils import timezone

from accounts.models import User
from feedback.taste import profile, reactions
from feedback.taste.evidence import Heard
from feedback.taste.learners import collaborative
from feedback.taste.learners.bandit import Bandit
from feedback.taste.learners.base import History
from recommender.models import Track
from recommender.ranking import features
from tests.factories import TrackFactory, UserFactory

pytestmark = pytest.mark.django_db

BY_SOUND = ("profile", "bandit", "hybrid")


@pytest.fixture(autouse=True)
def nobody_known() -> Iterator[None]:
    collaborative.forget_everybody()
    yield
    collaborative.forget_everybody()


def history(tracks: list[Track], says: list[str], ages: list[float] | None = None) -> History:
    now = timezone.now()
    days = ages or [0.0] * len(tracks)
    events = [
        Heard(track_id=track.pk, kind=kind, at=now - timedelta(days=age))
        for track, kind, age in zip(tracks, says, days, strict=True)
    ]
    return History(events=events, tracks=features.load(Track.objects.all(), [t.pk for t in tracks]), now=now)


def apart() -> tuple[list[Track], list[Track]]:
    """Calm acoustic tracks and lively electric ones."""
    calm = TrackFactory.create_batch(6, profile__arousal=0.15, profile__energy=0.15, profile__acousticness=0.9)
    lively = TrackFactory.create_batch(6, profile__arousal=0.9, profile__energy=0.9, profile__acousticness=0.05)
    return calm, lively


@pytest.mark.parametrize("name", BY_SOUND)
def test_what_is_like_the_liked_comes_before_what_is_like_the_refused(name: str) -> None:
    calm, lively = apart()
    learned = profile.LEARNERS[name].learn(history([*calm[:3], *lively[:3]], ["like"] * 3 + ["not_now"] * 3))
    assert learned
    rest = features.load(Track.objects.all(), [t.pk for t in (*calm[3:], *lively[3:])])
    values = learned.values(rest)
    assert ((values >= 0) & (values <= 1)).all()
    assert values[:3].min() > 0.55 and values[3:].max() < 0.45
    assert "since you liked" in learned.because(rest, 0)


@pytest.mark.parametrize("name", BY_SOUND)
def test_the_more_is_known_the_surer_and_the_less_uncertain(name: str) -> None:
    calm, _ = apart()
    rest = features.load(Track.objects.all(), [calm[-1].pk])
    learner = profile.LEARNERS[name]
    few, many = (learner.learn(history(calm[:count], ["like"] * count)) for count in (1, 5))
    assert few and many
    assert few.sureness < many.sureness < 1
    assert 0 < many.uncertainty(rest)[0] < few.uncertainty(rest)[0] <= 0.5


@pytest.mark.parametrize("name", [*BY_SOUND, "company"])
def test_nothing_is_learned_from_nothing(name: str) -> None:
    assert profile.LEARNERS[name].learn(history([], [])) is None


def test_an_old_reaction_counts_less() -> None:
    calm, lively = apart()
    rest = features.load(Track.objects.all(), [calm[-1].pk])
    fresh, stale = (Bandit().learn(history([calm[0], lively[0]], ["like", "like"], [age, 0.0])) for age in (0.0, 400.0))
    assert fresh and stale
    assert stale.values(rest)[0] < fresh.values(rest)[0]


def test_drawn_people_lie_around_the_mean_and_closer_the_more_is_known() -> None:
    calm, _ = apart()
    rest = features.load(Track.objects.all(), [calm[-1].pk])
    spreads = []
    for count in (1, 6):
        learned = Bandit().learn(history(calm[:count], ["like"] * count))
        assert learned
        generator = np.random.default_rng(0)
        drawn = [learned.drawn(generator).values(rest)[0] for _ in range(200)]
        assert abs(np.mean(drawn) - learned.values(rest)[0]) < 0.1
        spreads.append(np.std(drawn))
    assert spreads[1] < spreads[0]


def camps(people: int) -> tuple[list[Track], list[User]]:
    """Two camps of people, each with tracks of their own that sound alike; everybody misses one of theirs."""
    tracks = TrackFactory.create_batch(10)
    made = UserFactory.create_batch(people)
    for number, person in enumerate(made):
        mine = tracks[:5] if number % 2 else tracks[5:]
        for place, track in enumerate(mine):
            if place != number % 5:
                reactions.record(person, track.pk, "like")
    return tracks, made


def test_company_leads_to_what_ones_own_camp_likes_and_says_so() -> None:
    tracks, people = camps(collaborative.LEAST_PEOPLE)
    person = people[1]
    liking = profile.of(person, "company")
    assert liking and liking.weight > 0
    rest = features.load(Track.objects.all(), [tracks[1].pk, tracks[7].pk])
    values = liking.values(rest)
    assert values[0] > values[1]
    assert liking.because(rest, 0).startswith("People who like “")


def test_too_few_people_are_no_company_and_a_rare_like_stays_private() -> None:
    tracks, people = camps(collaborative.LEAST_PEOPLE - 1)
    assert collaborative.everybody() is None
    collaborative.forget_everybody()
    camps(8)
    rare = TrackFactory()
    reactions.record(people[0], rare.pk, "like")
    known = collaborative.everybody()
    assert known and rare.pk not in known.place and tracks[0].pk in known.place


def test_what_is_refused_stays_out_whoever_learns() -> None:
    person, track = UserFactory(), TrackFactory()
    reactions.record(person, track.pk, "never_track")
    for name in (*profile.LEARNERS, profile.NOBODY):
        liking = profile.of(person, name)
        assert liking and track.pk in liking.blocked
    quiet = profile.of(person, profile.NOBODY)
    assert quiet and quiet.weight == 0


def test_a_learner_of_the_settings_is_used(settings: object) -> None:
    person = UserFactory()
    reactions.record(person, TrackFactory().pk, "like")
    settings.LEARNER = "bandit"  # type: ignore[attr-defined]
    liking = profile.of(person)
    assert liking and type(liking.liking).__name__ == "Posterior"


def test_learning_at_a_later_time_is_repeatable() -> None:
    person = UserFactory()
    reactions.record(person, TrackFactory().pk, "like")
    now = datetime.fromisoformat("2030-01-01T00:00:00+00:00")
    assert profile.profile_of(person, now) == profile.profile_of(person, now)
