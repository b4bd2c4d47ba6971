"""Choosing within one of the person's own playlists: exactly its tracks, none of its tracks, all of its tracks."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from agents.conversations import scopes
from core.errors import NotFound
from core.schemas import MusicBrief
from recommender.models import AudioProfile, ServiceEntry, ServicePlaylist, ServiceTrack, Track
from recommender.ranking.pipeline import recommend
from tests.factories import TrackFactory, UserFactory

pytestmark = pytest.mark.django_db
BRIEF = MusicBrief(valence=0.9, arousal=0.9, count=10)


def playlist_of(person: User, title: str, tracks: list[Track]) -> ServicePlaylist:
    row = ServicePlaylist.objects.create(owner=person, service="subsonic", external_id=title, title=title)
    for place, track in enumerate(tracks):
        told = ServiceTrack.objects.create(
            owner=person,
            service="subsonic",
            external_id=f"{title}{place}",
            title=track.title,
            track=track,
            match="isrc",
        )
        ServiceEntry.objects.create(playlist=row, told=told, position=place)
    return row


def test_a_small_playlist_of_a_big_table_loses_no_track_however_far_it_is() -> None:
    """Six thousand tracks lie at the target, the playlist's ten far from it; two of these nobody has heard."""
    crowd = Track.objects.bulk_create(Track(source="table", title=f"Near {n}", artist=f"N {n}") for n in range(6000))
    AudioProfile.objects.bulk_create(
        AudioProfile(track=track, valence=0.9, arousal=0.9, provenance="table") for track in crowd
    )
    person = UserFactory()
    heard = [TrackFactory(title=f"Far {n}", artist=f"F {n}") for n in range(8)]
    AudioProfile.objects.filter(track__in=heard).update(valence=0.05, arousal=0.05)
    unheard = [
        TrackFactory(owner=person, title=f"Words {n}", artist=f"W {n}", source="server", profile=None) for n in range(2)
    ]
    scope = scopes.scope_of(playlist_of(person, "Mine", [*heard, *unheard]), "only")
    listed = recommend(BRIEF, person, scope=scope.tracks)
    assert {track.track_id for track in listed.tracks} == {track.pk for track in (*heard, *unheard)}
    said = {track.track_id: track for track in listed.tracks}
    assert all("known" in said[track.pk].reason and said[track.pk].weak for track in unheard)


def test_like_a_playlist_but_new_has_none_of_it_and_reordered_has_all_of_it() -> None:
    person = UserFactory()
    mine = [TrackFactory() for _ in range(14)]
    [TrackFactory() for _ in range(20)]
    row = playlist_of(person, "Mine", mine)
    like = scopes.scope_of(row, "like")
    assert like.within is None
    assert set(like.without) == {track.pk for track in mine}
    reorder = scopes.scope_of(row, "reorder")
    assert (set(reorder.within or ()), reorder.count) == ({track.pk for track in mine}, 14)
    with pytest.raises(scopes.Empty):
        scopes.scope_of(playlist_of(person, "Bare", []), "only")


@pytest.mark.parametrize(
    ("said", "title", "mode"),
    [
        ("only from my Running playlist", "Running", "only"),
        ("just use my rainy days list", "Rainy Days", "only"),
        ("something like my Running playlist but new", "Running", "like"),
        ("reorder my Running playlist to fit the photo", "Running", "reorder"),
        ("only from 夜の海", "夜の海", "only"),
        ("only from my Workout playlist", None, "only"),
    ],
)
def test_words_name_one_of_the_persons_own_playlists(said: str, title: str | None, mode: str) -> None:
    person, track = UserFactory(), TrackFactory()
    for name in ("Running", "Rainy Days", "夜の海"):
        playlist_of(person, name, [track])
    playlist_of(UserFactory(), "Workout", [track])
    found = scopes.named(person, said)
    assert (found.title if found else None) == title
    assert scopes.mode_of(said) == mode
    assert "Workout" not in scopes.not_found(person)


def test_a_strangers_playlist_is_nobody_elses_scope(client: Client) -> None:
    owner, stranger = UserFactory(), UserFactory()
    row = playlist_of(owner, "Mine", [TrackFactory()])
    assert scopes.tracks_of(owner, str(row.pk)) == tuple(row.entries.values_list("told__track", flat=True))
    for person in (stranger, None):
        with pytest.raises(NotFound):
            scopes.tracks_of(person, str(row.pk))
        with pytest.raises(NotFound):
            scopes.own_playlist(person, str(row.pk))
    client.force_login(stranger)
    assert client.get(f"/?within={row.pk}").status_code == 404
    assert client.post("/start/", {"text": "calm", "within": str(row.pk)}).status_code == 404
    assert client.get(f"/library/{row.pk}/").status_code == 404
    client.force_login(owner)
    page = client.get(f"/?within={row.pk}&mode=like").content.decode()
    assert "Like this playlist, but new" in page
    assert client.get(f"/library/{row.pk}/?show=unmatched").status_code == 200
