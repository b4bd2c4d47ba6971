"""A person's own music server, for real: connected, brought in, heard, played, and a list written back to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from accounts.connections import credentials
from accounts.models import User
from core.schemas import MusicBrief
from recommender.library import service_finds
from recommender.library.jobs import runner
from recommender.library.service_streams import streams
from recommender.models import AudioProfile, Delivery, LibraryJob, ServicePlaylist, ServiceTrack, Track
from recommender.playlists import publishing, versions
from recommender.ranking.pipeline import recommend
from recommender.services import registry
from recommender.services.clients import subsonic
from recommender.services.clients.subsonic import Subsonic
from recommender.services.protocol import NeedsReconnect, Query, Unreachable, Vanished
from tests.factories import UserFactory
from tests.recommender.supysonic_server import NAME, PASSWORD, PIECES, Supysonic, supysonic

pytestmark = [pytest.mark.django_db(transaction=True)]
BRIEF = MusicBrief(valence=0.5, arousal=0.5, count=4)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supysonic]:
    with supysonic(tmp_path_factory.mktemp("supysonic")) as running:
        yield running


@pytest.fixture
def api(server: Supysonic) -> Subsonic:
    return Subsonic(server.base_url, NAME, PASSWORD)


@pytest.fixture
def person(server: Supysonic) -> User:
    person = UserFactory()
    credentials.connect_server(person, "subsonic", server.base_url, NAME, PASSWORD)
    return person


def bring_in(person: User) -> LibraryJob:
    return runner.run_here(LibraryJob.Kind.IMPORT, subsonic.NAME, person)


def test_the_server_is_searched_and_read(api: Subsonic) -> None:
    found = api.search(Query(words="Night Train"))
    assert [(one.title, one.artist, one.album, one.year) for one in found] == [
        ("Night Train", "Iron Rails", "Tracks", 2020)
    ]
    assert round(found[0].duration) == 8
    everything = api.playlist_tracks(subsonic.LIBRARY)
    assert sorted(one.title for one in everything.items) == sorted(piece[0] for piece in PIECES)
    walked = api.playlist_tracks(subsonic.LIBRARY, "albums:0")
    assert {one.external_id for one in walked.items} == {one.external_id for one in everything.items}
    with pytest.raises(Vanished):
        api.playlist_tracks("00000000-0000-0000-0000-000000000000")


def test_a_song_has_its_cover(api: Subsonic) -> None:
    song = api.search(Query(words="Night Train"))[0].external_id
    assert api.artwork(song).startswith(b"\xff\xd8\xff")
    with pytest.raises(Vanished):
        api.artwork("00000000-0000-0000-0000-000000000000")


def test_a_wrong_password_and_an_absent_server_are_told_apart(server: Supysonic) -> None:
    with pytest.raises(NeedsReconnect):
        Subsonic(server.base_url, NAME, "wrong").playlists()
    with pytest.raises(Unreachable):
        Subsonic("http://127.0.0.1:9", NAME, PASSWORD).playlists()
    assert PASSWORD not in repr(Subsonic(server.base_url, NAME, PASSWORD))


def test_all_of_it_comes_in_and_is_heard(person: User) -> None:
    assert bring_in(person).counts["added"] == len(PIECES)
    tracks = Track.objects.filter(owner=person)
    assert {track.source for track in tracks} == {Track.Source.SERVER}
    heard = runner.run_here(LibraryJob.Kind.FEATURES, subsonic.NAME, person)
    assert heard.counts["added"] == len(PIECES)
    profiles = AudioProfile.objects.filter(track__owner=person)
    assert profiles.count() == len(PIECES)
    assert {profile.provenance for profile in profiles} == {"measured"}
    assert bring_in(person).counts["added"] == 0
    scope = Track.objects.filter(told_as__entries__playlist__external_id=subsonic.LIBRARY)
    listed = recommend(BRIEF, person, scope=scope)
    assert {track.title for track in listed.tracks} == {piece[0] for piece in PIECES}


def test_songs_by_an_artist_are_found_there_before_any_store_is_asked(person: User) -> None:
    asks = [service_finds.Ask(artist="Iron Rails")]
    offers = service_finds.askable(person, asks)
    assert [offer.info.name for offer in offers] == [subsonic.NAME, "deezer", "itunes"]
    search = service_finds.search(offers[:1], asks, 2)
    assert {one.title for one in search.found} == {"Night Train", "夜の海"} and not search.failed
    kept = service_finds.keep(person, search.found)
    assert list(kept) == list(service_finds.keep(person, search.found))  # again is nothing
    tracks = Track.objects.filter(pk__in=kept)
    assert {(one.owner, one.source) for one in tracks} == {(person, Track.Source.SERVER)}
    assert set(streams(person, list(kept))) == set(kept)


def test_songs_play_through_this_site_in_ranges_and_for_their_owner_only(
    person: User, client: Client, server: Supysonic
) -> None:
    bring_in(person)
    track = Track.objects.get(owner=person, title="Night Train")
    address = f"/tracks/{track.pk}/stream/"
    assert client.get(address).status_code == 404
    stranger = UserFactory()
    client.force_login(stranger)
    assert client.get(address).status_code == 404
    client.force_login(person)
    whole = client.get(address)
    content = _all(whole)
    original = (server.folder / "music/Iron Rails/Tracks/2.flac").read_bytes()
    assert content == original
    assert whole["Content-Type"].startswith("audio/")
    part = client.get(address, headers={"Range": "bytes=100-199"})
    assert part.status_code == 206
    assert part["Content-Range"] == f"bytes 100-199/{len(original)}"
    assert _all(part) == original[100:200]
    told = str(dict(whole.headers)) + str(dict(part.headers))
    assert server.base_url not in told
    assert PASSWORD not in told


def _all(response: object) -> bytes:
    import asyncio

    async def read() -> bytes:
        return b"".join([piece async for piece in response.streaming_content])  # type: ignore[attr-defined]

    return asyncio.run(read())


def test_a_list_is_written_to_the_server_and_read_back(person: User, api: Subsonic) -> None:
    bring_in(person)
    scope = Track.objects.filter(owner=person)
    row = versions.publish(person, BRIEF, recommend(BRIEF, person, scope=scope), title="By the sea")
    draft = publishing.draft(person, row, subsonic.NAME)
    publishing.resolve(draft, registry.service_for(person, subsonic.NAME))
    assert {item.state for item in draft.items.all()} == {"found"}
    publishing.send(draft)
    job = runner.run_here(LibraryJob.Kind.SAVE, str(draft.pk), person)
    draft.refresh_from_db()
    assert (draft.state, job.counts["added"]) == (Delivery.State.DONE, len(PIECES))
    there = api.playlist_tracks(draft.external_id)
    wanted = list(row.items.order_by("position").values_list("track__title", flat=True))
    assert [one.title for one in there.items] == wanted
    api.put_in_order(draft.external_id, [one.external_id for one in there.items][::-1])
    assert [one.title for one in api.playlist_tracks(draft.external_id).items] == wanted[::-1]
    api.put_in_order(draft.external_id, [one.external_id for one in there.items])
    bring_in(person)
    back = ServicePlaylist.objects.get(owner=person, external_id=draft.external_id)
    assert [entry.told.title for entry in back.entries.select_related("told")] == wanted


def test_disconnecting_leaves_nothing_of_it(person: User) -> None:
    bring_in(person)
    person.service_credentials.all().delete()
    for model in (ServicePlaylist, ServiceTrack):
        assert not model.objects.filter(owner=person).exists()
    assert not Track.objects.filter(owner=person).exists()
    with pytest.raises(Exception, match="not connected"):
        bring_in(person)


def test_files_are_not_kept_after_they_were_heard(
    person: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    bring_in(person)
    runner.run_here(LibraryJob.Kind.FEATURES, subsonic.NAME, person)
    assert not list(tmp_path.glob("dylumo-songs-*"))
