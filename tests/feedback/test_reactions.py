"""Saying what one thinks of a track: kept once, changed, taken back, carried along; other people's are out of reach."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.guests import carry_over
from accounts.models import User
from core.errors import NotFound
from feedback.models import Reaction
from feedback.taste import reactions
from tests.factories import GuestFactory, PlaylistFactory, PlaylistItemFactory, TrackFactory, UserFactory

pytestmark = pytest.mark.django_db


def standing(person: User) -> list[tuple[int, str]]:
    return sorted(Reaction.objects.visible_to(person).standing().values_list("track_id", "kind"))


def test_the_same_said_twice_is_kept_once_and_a_change_of_mind_replaces_it() -> None:
    person, track = UserFactory(), TrackFactory()
    one, two = (reactions.record(person, track.pk, "like") for _ in range(2))
    assert one == two
    reactions.record(person, track.pk, "never_track")
    assert standing(person) == [(track.pk, "never_track")]


def test_a_repeated_report_of_a_play_counts_once() -> None:
    person, track = UserFactory(), TrackFactory()
    for seconds in (30.0, 60.0):
        reactions.record(person, track.pk, "played", seconds=seconds, share=0.5, event_key="a")
    reactions.record(person, track.pk, "skipped", seconds=3.0, share=0.1, event_key="b")
    assert standing(person) == [(track.pk, "played"), (track.pk, "skipped")]


def test_a_reaction_remembers_the_impression_it_answers() -> None:
    playlist = PlaylistFactory(policy="hybrid-mmr")
    item = PlaylistItemFactory(playlist=playlist, propensity=0.25)
    kept = reactions.record(playlist.owner, item.track_id, "like", playlist_id=playlist.pk)
    assert kept
    told = (kept.playlist_id, kept.position, kept.propensity, kept.policy)
    assert told == (playlist.pk, item.position, 0.25, "hybrid-mmr")


@pytest.mark.parametrize("case", ["another's track", "another's list", "not in the list", "no such list"])
def test_what_is_not_yours_does_not_exist(case: str) -> None:
    person = UserFactory()
    track = TrackFactory(owner=UserFactory() if case == "another's track" else None)
    lists = {
        "another's list": lambda: PlaylistItemFactory(track=track).playlist_id,
        "not in the list": lambda: PlaylistFactory(owner=person).pk,
        "no such list": lambda: UUID(int=7),
    }
    playlist = lists[case]() if case in lists else None
    with pytest.raises(NotFound):
        reactions.record(person, track.pk, "like", playlist_id=playlist)
    said = reactions.record(UserFactory(), TrackFactory().pk, "like")
    assert said
    with pytest.raises(NotFound):
        reactions.undo(person, said.pk)


def test_the_database_itself_refuses_a_second_opinion_and_a_play_without_length() -> None:
    person, track = UserFactory(), TrackFactory()
    reactions.record(person, track.pk, "like")
    for wrong in ({"kind": "not_now"}, {"kind": "played", "event_key": "x"}, {"kind": "never_artist"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Reaction.objects.create(owner=person, track=track, **wrong)


def test_a_guests_reactions_come_along_and_nothing_is_doubled() -> None:
    guest, user = GuestFactory(), UserFactory()
    shared, artist = TrackFactory(), TrackFactory(artist="Somebody")
    other, later = TrackFactory(), TrackFactory(artist="Somebody")
    for person in (guest, user):
        reactions.record(person, shared.pk, "like")
        reactions.record(person, shared.pk, "played", seconds=9.0, share=0.9, event_key="same")
    reactions.record(user, artist.pk, "never_artist")
    reactions.record(guest, later.pk, "never_artist")
    reactions.record(guest, other.pk, "not_now")
    reactions.pause(guest)
    reactions.pause(user)
    carry_over(guest, user)
    expected = [(shared.pk, "like"), (shared.pk, "played"), (artist.pk, "never_artist"), (other.pk, "not_now")]
    assert standing(user) == sorted(expected)
    assert reactions.paused(user)


def test_while_learning_is_paused_only_refusals_are_kept() -> None:
    person, track = UserFactory(), TrackFactory()
    reactions.pause(person)
    with pytest.raises(reactions.LearningPaused):
        reactions.record(person, track.pk, "like")
    assert reactions.record(person, track.pk, "played", seconds=9, share=1, event_key="a") is None
    assert reactions.record(person, track.pk, "never_track")
    reactions.resume(person)
    reactions.record(person, track.pk, "like")
    assert standing(person) == [(track.pk, "like")]


def test_recording_takes_few_steps() -> None:
    """Eight round trips at most, each well below a millisecond, whatever was said before."""
    item = PlaylistItemFactory()
    person = item.playlist.owner
    for track in TrackFactory.create_batch(30):
        reactions.record(person, track.pk, "like")
    with CaptureQueriesContext(connection) as asked:
        reactions.record(person, item.track_id, "never_track", playlist_id=item.playlist_id)
    work = [query for query in asked if "SAVEPOINT" not in query["sql"]]
    assert len(work) <= 8


def test_forgetting_the_last_hour_keeps_what_is_older_and_what_is_anothers() -> None:
    person, other = UserFactory(), UserFactory()
    old, new = TrackFactory(), TrackFactory()
    reactions.record(person, old.pk, "like")
    Reaction.objects.update(created=timezone.now() - timedelta(hours=2))
    reactions.record(person, new.pk, "like")
    reactions.record(other, new.pk, "like")
    assert reactions.forget_since(person, timezone.now() - timedelta(hours=1)) == 1
    assert standing(person) == [(old.pk, "like")]
    assert standing(other) == [(new.pk, "like")]
