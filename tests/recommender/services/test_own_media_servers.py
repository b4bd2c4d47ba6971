"""A person's own Jellyfin or Plex server from connecting to disconnecting: brought in, heard, played, shown, filled,
and nobody else's. The servers are local ones that speak the protocols."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.models import ServiceCredential, User
from recommender.library.jobs import runner
from recommender.models import AudioProfile, Delivery, LibraryJob, ServicePlaylist, ServiceTrack, Track
from recommender.playlists import publishing
from recommender.services import registry
from recommender.services.protocol import NotLinked
from tests.factories import ConversationFactory, PlaylistFactory, PlaylistItemFactory, UserFactory
from tests.recommender.services.own_server_apis import ADA, JPEG, SOUND, JellyfinApi, PlexApi
from tests.recommender.services.protocol_server import ProtocolServer, Reply, serving
from tests.recommender.services.service_apis import SONGS
from tests.recommender.supysonic_server import PIECES, write_piece

pytestmark = pytest.mark.django_db
CONNECT = "/accounts/connections/server/"
WAYS = {
    "jellyfin": {"username": "ada", "secret": "pässword & more"},
    "plex": {"secret": "pl3x-tok3n"},
}


@pytest.fixture(params=[JellyfinApi, PlexApi], ids=lambda kind: kind.name)
def server(request: pytest.FixtureRequest) -> Iterator[ProtocolServer]:
    with serving(request.param()) as running:
        yield running


@pytest.fixture
def person(server: ProtocolServer) -> User:
    person: User = UserFactory(password=None)
    answer = signed_in(person).post(CONNECT, {"service": name(server), "address": server.url, **WAYS[name(server)]})
    assert answer.status_code == 302, answer.content.decode()
    return person


def name(server: ProtocolServer) -> str:
    return str(server.api.name)  # type: ignore[attr-defined]


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def bring_in(person: User, server: ProtocolServer) -> LibraryJob:
    return runner.run_here(LibraryJob.Kind.IMPORT, name(server), person)


def track_of(person: User, number: int = 1) -> Track:
    track: Track = Track.objects.get(owner=person, title=SONGS[number - 1].title)
    return track


def list_of(person: User, *tracks: Track) -> Any:
    playlist = PlaylistFactory(owner=person, title="By the sea")
    for place, track in enumerate(tracks):
        PlaylistItemFactory(playlist=playlist, track=track, position=place)
    return playlist


def whole(response: Any) -> bytes:
    async def read() -> bytes:
        return b"".join([piece async for piece in response.streaming_content])

    return asyncio.run(read())


def secrets_of(server: ProtocolServer) -> set[str]:
    api = server.api
    given = set(api.tokens) if isinstance(api, JellyfinApi) else {PlexApi.token}
    return given | {server.url, server.url.removeprefix("http://"), WAYS[name(server)]["secret"]}


def test_only_what_opens_it_is_kept_and_sealed(person: User, server: ProtocolServer) -> None:
    row = ServiceCredential.objects.get(owner=person)
    told = f"{row.sealed} {row.account_id} {row.account_name} {row.username}"
    assert not [one for one in secrets_of(server) if one in told.replace(server.url, "")]
    if name(server) == "jellyfin":
        assert (row.username, row.account_name) == (ADA, "ada")
    page = signed_in(person).get("/accounts/connections/").content.decode()
    assert server.url in page and WAYS[name(server)]["secret"] not in page


def test_everything_comes_in_once_and_is_brought_up_to_date(person: User, server: ProtocolServer) -> None:
    assert bring_in(person, server).counts["added"] == len(SONGS)
    assert {track.source for track in Track.objects.filter(owner=person)} == {Track.Source.SERVER}
    assert bring_in(person, server).counts["added"] == 0
    mine = ServicePlaylist.objects.get(owner=person, external_id="mine")
    assert [entry.told.title for entry in mine.entries.select_related("told")] == [one.title for one in SONGS]
    server.api.gone = {2}  # type: ignore[attr-defined]
    server.api.lists["mine"].pop()  # type: ignore[attr-defined]
    bring_in(person, server)
    assert not Track.objects.filter(owner=person, title=SONGS[1].title).exists()
    assert mine.entries.count() == len(SONGS) - 2
    assert not ServiceTrack.objects.exclude(owner=person).exists()


def test_a_song_plays_through_this_site_for_its_owner_only(person: User, server: ProtocolServer) -> None:
    bring_in(person, server)
    address = f"/tracks/{track_of(person).pk}/stream/"
    for stranger in (Client(), signed_in(UserFactory(password=None))):
        assert stranger.get(address).status_code == 404
    mine = signed_in(person)
    response = mine.get(address)
    assert (whole(response), response["Content-Type"]) == (SOUND, "audio/flac")
    part = mine.get(address, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part["Content-Range"]) == (206, f"bytes 100-199/{len(SOUND)}")
    assert whole(part) == SOUND[100:200]
    told = f"{dict(response.headers)} {dict(part.headers)}"
    assert not [one for one in secrets_of(server) if one in told]
    server.api.gone = {1}  # type: ignore[attr-defined]
    assert mine.get(address).status_code == 404
    server.trouble = Reply(data=b"", status=500)
    assert mine.get(address).status_code == 504


def test_covers_come_through_this_site_for_their_owner_only(person: User, server: ProtocolServer) -> None:
    bring_in(person, server)
    track = track_of(person)
    address = f"/tracks/{track.pk}/cover/"
    for stranger in (Client(), signed_in(UserFactory(password=None))):
        assert stranger.get(address).status_code == 404
    mine = signed_in(person)
    shown = mine.get(address)
    assert (shown.content, shown["Content-Type"], shown["X-Content-Type-Options"]) == (JPEG, "image/jpeg", "nosniff")
    assert shown["Cache-Control"].startswith("private")
    for lie in (b"<svg onload=alert(1)>", b"<html>", b"", b"GIF7", b"\x00" * 50):
        server.api.cover = lie  # type: ignore[attr-defined]
        assert (mine.get(address).status_code, mine.get(address).content) == (404, b"")


def test_a_server_that_is_away_is_not_asked_for_each_cover(person: User, server: ProtocolServer) -> None:
    cache.clear()
    bring_in(person, server)
    server.trouble = Reply(data=b"", status=503)
    server.asked.clear()
    mine = signed_in(person)
    for number in range(1, 5):
        assert mine.get(f"/tracks/{track_of(person, number).pk}/cover/").status_code == 404
    assert len(server.asked) == 1
    cache.clear()


def test_a_page_names_neither_the_server_nor_its_token_and_a_shared_one_plays_nothing(
    person: User, server: ProtocolServer
) -> None:
    bring_in(person, server)
    track = track_of(person)
    head = list_of(person, track)
    conversation = ConversationFactory(owner=person, head=head, share_token="shared-by-link")
    page = signed_in(person).get(f"/c/{conversation.pk}/?open").content.decode()
    assert f'data-audio="/tracks/{track.pk}/stream/"' in page
    assert f'class="art" src="/tracks/{track.pk}/cover/"' in page
    assert not [one for one in secrets_of(server) if one in page]
    for stranger in (Client(), signed_in(UserFactory(password=None))):
        shared = stranger.get("/s/shared-by-link/?open").content.decode()
        assert track.title.split(" ")[0] in shared
        assert f"/tracks/{track.pk}/stream/" not in shared and f"/tracks/{track.pk}/cover/" not in shared


def test_songs_are_heard(person: User, server: ProtocolServer, tmp_path: Path) -> None:
    write_piece(tmp_path / "song.flac", PIECES[2])
    server.api.songs = SONGS[:1]  # type: ignore[attr-defined]
    server.api.lists, server.api.likes = {}, []  # type: ignore[attr-defined]
    server.api.sound = (tmp_path / "song.flac").read_bytes()  # type: ignore[attr-defined]
    bring_in(person, server)
    assert runner.run_here(LibraryJob.Kind.FEATURES, name(server), person).counts["added"] == 1
    assert AudioProfile.objects.get(track__owner=person).provenance == "measured"


@pytest.mark.parametrize("moves", [True, False], ids=["", "but cannot be moved"])
def test_a_list_is_written_to_the_server_in_order(person: User, server: ProtocolServer, moves: bool) -> None:
    """One song vanishes before it is saved: the others are there, it is named, and once back it gets to its place."""
    bring_in(person, server)
    wanted = [3, 1, 5, 2, 4]
    playlist = list_of(person, *(track_of(person, number) for number in wanted))
    draft = publishing.draft(person, playlist, name(server))
    publishing.resolve(draft, registry.service_for(person, name(server)))
    assert {item.state for item in draft.items.all()} == {"found"}
    server.api.gone = {1}  # type: ignore[attr-defined]
    publishing.send(draft)
    runner.run_here(LibraryJob.Kind.SAVE, str(draft.pk), person)
    draft.refresh_from_db()
    assert draft.state == Delivery.State.PARTIAL
    assert [item.state for item in draft.items.all()] == ["added", "refused", "added", "added", "added"]
    made = server.api.lists[draft.external_id]  # type: ignore[attr-defined]
    assert [one.number for one in made] == [3, 5, 2, 4]
    assert server.api.titles[draft.external_id] == "By the sea"  # type: ignore[attr-defined]
    server.api.gone = set()  # type: ignore[attr-defined]
    server.trouble = lambda asked: Reply("no", 403) if not moves and "/move" in asked.path.lower() else None
    publishing.send(draft)
    again = runner.run_here(LibraryJob.Kind.SAVE, str(draft.pk), person)
    draft.refresh_from_db()
    assert (draft.state, again.counts["added"], again.counts["skipped"]) == (Delivery.State.DONE, 5, 0 if moves else 1)
    made = [one.number for one in server.api.lists[draft.external_id]]  # type: ignore[attr-defined]
    assert made == (wanted if moves else [3, 5, 2, 4, 1])


def test_a_stranger_cannot_save_to_it_or_disconnect_it(person: User, server: ProtocolServer) -> None:
    stranger = UserFactory(password=None)
    with pytest.raises(NotLinked):
        registry.service_for(stranger, name(server))
    row = ServiceCredential.objects.get(owner=person)
    assert signed_in(stranger).post(f"/accounts/connections/{row.pk}/disconnect/").status_code == 404
    assert ServiceCredential.objects.filter(pk=row.pk).exists()


def test_disconnecting_deletes_what_came_and_gives_a_token_back(person: User, server: ProtocolServer) -> None:
    bring_in(person, server)
    row = ServiceCredential.objects.get(owner=person)
    page = signed_in(person).post(f"/accounts/connections/{row.pk}/disconnect/", follow=True).content.decode()
    assert "is disconnected" in page
    for model in (ServicePlaylist, ServiceTrack, ServiceCredential, Track):
        assert not model.objects.filter(owner=person).exists()
    if isinstance(server.api, JellyfinApi):
        assert set(server.api.tokens) == {"t0ken"}  # that of somebody else
        assert "took its token back" in page
    with pytest.raises(NotLinked):
        registry.service_for(person, name(server))


def test_two_people_of_one_server_have_their_own(person: User, server: ProtocolServer) -> None:
    other = UserFactory(password=None)
    signed_in(other).post(CONNECT, {"service": name(server), "address": server.url, **WAYS[name(server)]})
    bring_in(person, server)
    bring_in(other, server)
    track = track_of(person)
    assert signed_in(other).get(f"/tracks/{track.pk}/stream/").status_code == 404
    row = ServiceCredential.objects.get(owner=other)
    signed_in(other).post(f"/accounts/connections/{row.pk}/disconnect/")
    assert Track.objects.filter(owner=person).count() == len(SONGS)
    assert whole(signed_in(person).get(f"/tracks/{track.pk}/stream/")) == SOUND
