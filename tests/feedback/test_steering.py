"""A person steers how their taste is used: its weight, familiar or new, facts pinned and removed, and sees it said."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from accounts.guests import carry_over
from accounts.models import User
from core.errors import BadInput, NotFound
from core.schemas import RankedList
from feedback.models import Reaction, TasteSettings
from feedback.taste import onboarding, profile, reactions, taste_settings
from feedback.taste.evidence import Heard
from feedback.taste.learners.base import History
from recommender import mapping
from recommender.models import Track
from recommender.ranking import features, sequencing
from recommender.ranking.pipeline import recommend
from tests.factories import GuestFactory, TrackFactory, UserFactory
from tests.feedback.test_taste import ids, like_some, listed, mean_of
from tests.recommender.briefs import lake
from tests.recommender.ranking.test_ranking import catalogue

pytestmark = pytest.mark.django_db


def weight_of(person: User) -> float:
    found = profile.of(person)
    assert found
    return found.weight


def test_the_weight_runs_from_the_picture_alone_to_four_times_the_usual() -> None:
    person = UserFactory()
    like_some(person, danceability=0.95)
    usual = weight_of(person)
    weights = [weight_of(person) for balance in (0.0, 0.5, 0.7, 1.0) if taste_settings.steer(person, balance=balance)]
    assert weights[0] == 0 and weights[1] == usual and weights[1] < weights[2] < weights[3]
    assert weights[3] == pytest.approx(4 * usual, abs=0.001)


def test_at_the_pictures_end_the_list_is_that_of_somebody_without_a_taste() -> None:
    catalogue()
    person = UserFactory()
    before = ids(listed(person))
    like_some(person, danceability=0.95)
    assert ids(listed(person)) != before
    taste_settings.steer(person, balance=0.0)
    assert ids(listed(person)) == before


def test_what_is_removed_is_learned_by_no_learner_and_the_list_changes_back() -> None:
    catalogue()
    person = UserFactory()
    before = listed(person)
    like_some(person, danceability=0.95)
    assert mean_of(listed(person), "danceability") > mean_of(before, "danceability") + 0.03
    learned = profile.facts_of(person)
    for target in learned:
        taste_settings.remove(person, target, learned)
    assert not profile.facts_of(person)
    assert mean_of(listed(person), "danceability") == pytest.approx(mean_of(before, "danceability"), abs=0.03)
    rows = features.load(Track.objects.all(), ids(before))
    for name, learner in profile.LEARNERS.items():
        liking = learner.learn(profile.history_of(person, removed=set(learned)))
        assert liking is None or np.allclose(liking.values(rows), 0.5), name
    taste_settings.release(person, "danceability")
    assert "danceability" in profile.facts_of(person)


def test_what_is_pinned_stays_when_its_teachers_are_taken_back_and_the_reason_says_so() -> None:
    catalogue()
    person = UserFactory()
    like_some(person, danceability=0.95)
    taste_settings.pin(person, "danceability", profile.facts_of(person))
    for said in Reaction.objects.visible_to(person):
        reactions.undo(person, said.pk)
    assert profile.facts_of(person)["danceability"].strength >= taste_settings.PINNED_AT
    assert any("as you pinned it" in track.reason for track in listed(person).tracks)


def test_only_what_was_learned_can_be_pinned_or_removed_and_dials_have_ends() -> None:
    person = UserFactory()
    for verb in (taste_settings.pin, taste_settings.remove):
        with pytest.raises(NotFound):
            verb(person, "genre:jazz", {})
    for wrong in ({"balance": 1.1}, {"novelty": -1.5}, {"balance": float("nan")}):
        with pytest.raises(BadInput):
            taste_settings.steer(person, **wrong)


def heard_artists(ranked: RankedList, known: list[Track]) -> int:
    artists = {track.artist for track in known}
    return sum(track.artist in artists for track in ranked.tracks)


def test_the_dial_brings_the_familiar_or_the_new_and_the_reason_says_so() -> None:
    tracks = catalogue()
    person = UserFactory()
    known = tracks[::7]
    for track in known:
        reactions.record(person, track.pk, "played", seconds=100, share=0.02, event_key=str(track.pk))
    shares = []
    for novelty in (1.0, 0.0, -1.0):
        taste_settings.steer(person, novelty=novelty)
        ranked = listed(person)
        shares.append(heard_artists(ranked, known))
        told = [track for track in ranked.tracks if "asked for familiar songs" in track.reason]
        marked = [part for track in ranked.tracks for part in track.parts if part.decisive]
        assert bool(marked) == bool(novelty) and bool(told) == (novelty < 0)
    assert shares == sorted(shares) and shares[0] < shares[2]


def test_familiar_songs_are_spaced_among_new_ones() -> None:
    alike = {name: np.full(9, 0.5) for name in ("energy", "tempo", "key", "mode")}
    familiar = np.array([True] * 4 + [False] * 5)
    order = sequencing.order(alike, familiar=familiar)
    assert sorted(order) == list(range(9))
    assert all(familiar[one] != familiar[other] for one, other in pairwise(order))


def test_a_track_is_marked_decisive_exactly_when_its_match_would_not_do_without_the_taste() -> None:
    catalogue()
    person = UserFactory()
    assert not any(part.decisive for track in listed(person).tracks for part in track.parts)
    like_some(person, danceability=0.95)
    taste_settings.steer(person, balance=0.8)
    brief, liking = mapping.brief_for(lake()), profile.of(person)
    plain = recommend(brief, person)
    with_taste = recommend(brief, person, taste=liking)
    marked = {track.track_id for track in with_taste.tracks for part in track.parts if part.decisive}
    assert marked and not marked <= set(ids(plain))


def test_settings_come_along_at_sign_up_and_nobody_elses_are_touched() -> None:
    guest, user, other = GuestFactory(), UserFactory(), UserFactory()
    taste_settings.steer(guest, balance=0.9, novelty=0.4)
    carry_over(guest, user)
    assert (taste_settings.settings_of(user).balance, taste_settings.settings_of(user).novelty) == (0.9, 0.4)
    assert taste_settings.settings_of(other).balance == 0.5
    again = GuestFactory()
    taste_settings.steer(again, balance=0.1)
    carry_over(again, user)
    assert taste_settings.settings_of(user).balance == 0.9 and TasteSettings.objects.count() == 1


def test_the_offered_tracks_tell_more_than_as_many_drawn_by_chance() -> None:
    catalogue(120)
    tracks = features.load(Track.objects.all(), list(Track.objects.values_list("pk", flat=True)))
    nothing = History(events=[], tracks=features.load(Track.objects.all(), []), now=timezone.now())
    chosen = onboarding.most_telling(nothing, tracks)
    assert len(set(chosen)) == onboarding.OFFERED
    left = unsure_after(tracks, chosen)
    generator = np.random.default_rng(0)
    by_chance = [unsure_after(tracks, generator.choice(tracks.ids, 5, replace=False).tolist()) for _ in range(20)]
    assert left < min(by_chance)


def unsure_after(tracks: features.Pool, chosen: list[int]) -> float:
    """The summed variance of all tracks once these were spoken of."""
    learned = profile.LEARNERS["bandit"].learn(
        History(
            events=[Heard(track_id=one, kind="like", at=timezone.now()) for one in chosen],
            tracks=tracks,
            now=timezone.now(),
        )
    )
    assert learned
    return float((learned.uncertainty(tracks) ** 2).sum())


def test_picks_are_offered_while_little_is_known_and_never_what_is_refused(client: Client) -> None:
    person = UserFactory()
    tracks = TrackFactory.create_batch(12, artist="", profile__genres={"jazz": 0.9})
    client.force_login(person)
    reactions.record(person, tracks[0].pk, "never_track")
    page = client.get("/taste/").content.decode()
    assert "Pick what you like" in page and page.count("I like it") == 5
    offered = {track.pk for track in onboarding.offered(person)}
    assert tracks[0].pk not in offered
    for track in tracks[1:6]:
        client.post("/reactions/", {"track": track.pk, "kind": "like", "back": "/taste/"})
    assert "Pick what you like" not in client.get("/taste/").content.decode()


def test_the_page_pins_removes_and_puts_back(client: Client) -> None:
    person = UserFactory()
    client.force_login(person)
    like_some(person, danceability=0.95)
    assert "more danceable" in client.get("/taste/").content.decode()
    client.post("/taste/fact/", {"target": "danceability", "what": "pin"})
    assert "as you pinned it" in client.get("/taste/").content.decode()
    client.post("/taste/fact/", {"target": "danceability", "what": "remove"})
    page = client.get("/taste/").content.decode()
    assert "since you liked" not in page or "<b>more danceable</b>" not in page
    assert "less danceable or more danceable" in page
    client.post("/taste/fact/", {"target": "danceability", "what": "release"})
    assert "<b>more danceable</b>" in client.get("/taste/").content.decode()
    client.post("/taste/steer/", {"balance": "80", "novelty": "-30"})
    row = taste_settings.settings_of(person)
    assert (row.balance, row.novelty) == (0.8, -0.3)


def test_the_last_hour_is_forgotten_and_no_more(client: Client) -> None:
    person, other = UserFactory(), UserFactory()
    client.force_login(person)
    old = reactions.record(person, TrackFactory().pk, "like")
    assert old
    Reaction.objects.filter(pk=old.pk).update(created=old.created - timedelta(hours=2))
    for someone in (person, other):
        reactions.record(someone, TrackFactory().pk, "like")
    client.post("/taste/forget-hour/")
    assert list(Reaction.objects.visible_to(person)) == [old]
    assert Reaction.objects.visible_to(other).count() == 1


def test_a_visitor_steers_nothing(client: Client) -> None:
    for address, sent in (("steer", {"balance": "80"}), ("fact", {"target": "tempo", "what": "remove"})):
        assert client.post(f"/taste/{address}/", sent).status_code == 404
    assert not TasteSettings.objects.exists()
