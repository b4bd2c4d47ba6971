"""What a person says about tracks changes their next lists, and nobody else's."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from core.schemas import MusicBrief, RankedList
from feedback.models import Reaction
from feedback.taste import profile as taste
from feedback.taste import reactions
from feedback.taste.evidence import CURRENT, LONG_TERM, Heard
from feedback.taste.learners.base import History
from feedback.taste.learners.decayed_mean import ProfileTaste, learn, portrait
from feedback.taste.profile import Taste
from recommender import mapping
from recommender.models import AudioProfile, Track
from recommender.ranking import features, scoring
from recommender.ranking.pipeline import recommend
from tests.factories import TrackFactory, UserFactory
from tests.recommender.briefs import lake
from tests.recommender.ranking.test_ranking import catalogue

pytestmark = pytest.mark.django_db


def listed(person: User, brief: MusicBrief | None = None) -> RankedList:
    liking = taste.of(person)
    return recommend(brief or mapping.brief_for(lake()), person, exclude=taste.blocked(liking), taste=liking)


def ids(ranked: RankedList) -> list[int]:
    return [track.track_id for track in ranked.tracks]


def like_some(person: User, **like: float) -> list[Track]:
    """Six likes of tracks whose profile has these values."""
    liked = TrackFactory.create_batch(6, profile=None)
    for track in liked:
        AudioProfile.objects.create(track=track, valence=0.5, arousal=0.5, provenance="table", **like)
        reactions.record(person, track.pk, "like")
    return liked


def mean_of(ranked: RankedList, feature: str) -> float:
    return float(np.mean(AudioProfile.objects.filter(track__in=ids(ranked)).values_list(feature, flat=True)))


def test_likes_pull_the_next_list_and_skips_push_it_away() -> None:
    catalogue()
    person, other = UserFactory(), UserFactory()
    before = listed(person)
    like_some(person, danceability=0.95)
    for track in like_some(other, danceability=0.95):
        reactions.record(other, track.pk, "not_now")
    assert mean_of(listed(person), "danceability") > mean_of(before, "danceability")
    assert mean_of(listed(other), "danceability") < mean_of(before, "danceability")


def test_the_taste_is_a_part_with_its_weight_and_the_reason_names_the_teacher() -> None:
    catalogue()
    person = UserFactory()
    liked = {track.title for track in like_some(person, danceability=0.95)}
    ranked = listed(person)
    for track in ranked.tracks:
        parts = {part.name: part.weight for part in track.parts}
        assert 0 < parts["taste"] < 0.3 and sum(parts.values()) == pytest.approx(1, abs=0.001)
    said = [track.reason for track in ranked.tracks if "since you liked" in track.reason]
    assert said and all("More danceable, since you liked “" in reason for reason in said)
    assert all(any(title in reason for title in liked) for reason in said)


def test_a_reason_that_names_the_taste_is_true_without_it_the_track_falls() -> None:
    catalogue()
    person = UserFactory()
    like_some(person, danceability=0.95)
    brief, liking = mapping.brief_for(lake()), taste.of(person)
    assert liking
    cited = [track.track_id for track in listed(person).tracks if "since you liked" in track.reason]
    everything = features.load(Track.objects.visible_to(person), list(Track.objects.values_list("pk", flat=True)))
    full, less = (scoring.score(everything, brief, [liking], without=cause) for cause in ("", "taste"))
    for track in cited:
        row = int(np.flatnonzero(everything.ids == track)[0])
        rank, rank_without = (int((told.total > told.total[row]).sum()) for told in (full, less))
        assert full.total[row] > less.total[row] or rank < rank_without


def test_a_song_and_an_artist_that_are_refused_never_come_again() -> None:
    catalogue()
    person = UserFactory()
    first, second = listed(person).tracks[:2]
    reactions.record(person, first.track_id, "never_track")
    reactions.record(person, second.track_id, "never_artist")
    for _ in range(2):
        after = listed(person)
        assert first.track_id not in ids(after)
        assert second.artist not in {track.artist for track in after.tracks}
        assert len(after.tracks) == mapping.brief_for(lake()).count


def test_a_refused_artist_is_found_however_the_name_is_written() -> None:
    person = UserFactory()
    refused = TrackFactory(artist="Björk")
    same = [TrackFactory(artist=name) for name in ("Bjork", "BJÖRK feat. Somebody", "björk, Others")]
    other = TrackFactory(artist="Björkman")
    reactions.record(person, refused.pk, "never_artist")
    blocked = taste.blocked(taste.of(person))
    assert {refused.pk, *(track.pk for track in same)} <= blocked and other.pk not in blocked


def test_not_now_lasts_for_some_hours() -> None:
    person, track = UserFactory(), TrackFactory()
    said = reactions.record(person, track.pk, "not_now")
    assert said and taste.blocked(taste.of(person)) == {track.pk}
    Reaction.objects.filter(pk=said.pk).update(created=timezone.now() - taste.NOT_NOW - timedelta(minutes=1))
    assert not taste.blocked(taste.of(person))


def test_what_is_taken_back_counts_no_more() -> None:
    person, track = UserFactory(), TrackFactory()
    said = reactions.record(person, track.pk, "never_artist")
    assert said and taste.of(person)
    reactions.undo(person, said.pk)
    assert taste.of(person) is None


def test_current_taste_forgets_sooner_than_long_term_taste() -> None:
    calm = TrackFactory(profile__arousal=0.1)
    lively = TrackFactory(profile__arousal=0.95)
    now = timezone.now()
    events = [Heard(track_id=calm.pk, kind="like", at=now - timedelta(days=30)) for _ in range(5)]
    events += [Heard(track_id=lively.pk, kind="like", at=now) for _ in range(2)]
    tracks = features.load(Track.objects.all(), [calm.pk, lively.pk])
    long_term, current = (learn(events, tracks, now, days) for days in (LONG_TERM, CURRENT))
    assert long_term.leanings["arousal"].strength < 0 < current.leanings["arousal"].strength
    assert long_term.count > current.count
    assert current.arousal is not None and long_term.arousal is not None and current.arousal > long_term.arousal


def test_more_reactions_weigh_more_and_never_more_than_the_stated_most() -> None:
    person = UserFactory()
    weights = []
    for _ in range(12):
        reactions.record(person, TrackFactory().pk, "like")
        liking = taste.of(person)
        assert liking
        weights.append(liking.weight)
    assert weights == sorted(weights) and weights[0] < 0.1 and weights[-1] < taste.WEIGHT


def test_half_a_song_heard_counts_half_and_a_late_skip_hardly_counts() -> None:
    now = timezone.now()
    heard = [
        Heard(track_id=1, kind=kind, at=now, share=share).says for kind, share in (("played", 0.5), ("skipped", 0.9))
    ]
    assert heard == [pytest.approx(0.2), pytest.approx(-0.04)]


KINDS = st.sampled_from(["like", "not_now", "never_track", "never_artist", "played", "skipped"])
SAID = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 7), KINDS), max_size=12)


@settings(max_examples=15, deadline=None)
@given(said=SAID)
def test_nobodys_taste_leaks_into_anothers(said: list[tuple[int, int, str]]) -> None:
    """Whatever two people say, each one's taste is what it would be had the other never come."""
    people = UserFactory.create_batch(2)
    tracks = TrackFactory.create_batch(8)
    alone: list[list[Heard]] = [[], []]
    for number, (who, which, kind) in enumerate(said):
        done = {"share": 0.5, "event_key": str(number)} if kind in Reaction.DONE else {}
        reactions.record(people[who], tracks[which].pk, kind, **done)
    now = timezone.now()
    for who, person in enumerate(people):
        mine = Reaction.objects.filter(owner=person, undone=None)
        newest = mine.order_by("-created")
        alone[who] = [Heard(track_id=r.track_id, kind=r.kind, at=r.created, share=r.share) for r in newest]
        known = features.load(Track.objects.all(), [event.track_id for event in alone[who]])
        profile = taste.profile_of(person, now)
        assert profile == portrait(History(events=alone[who], tracks=known, now=now))
        touched = {tracks[which].pk for owner, which, _ in said if owner == who}
        assert taste.blocked(taste.of(person)) <= touched
        assert not any(owner == who for owner, _, _ in said) or profile.reactions
        if not any(owner == who for owner, _, _ in said):
            assert taste.of(person) is None


def test_a_taste_that_knows_nothing_of_a_track_says_neither_good_nor_bad() -> None:
    unheard = features.load(Track.objects.all(), [TrackFactory(profile=None, artist="").pk])
    liking = Taste(liking=ProfileTaste(leanings={}), weight=0.1)
    assert liking.values(unheard).tolist() == [0.5] and liking.because(unheard, 0) == ""
