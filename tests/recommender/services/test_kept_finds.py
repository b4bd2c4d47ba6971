"""What a search found is kept, listened to where the service's terms allow it, played, and let go of again."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import soundfile
from django.conf import LazySettings
from django.core import signing
from django.test import Client

from accounts.models import User
from recommender.library import saved_finds
from recommender.library.analysis import remote_tracks
from recommender.library.jobs import runner, state
from recommender.library.jobs.state import Cancelled, Progress
from recommender.library.vectors.text import without_vector
from recommender.models import AudioProfile, LibraryJob, ServicePlaylist, ServiceTrack, Track
from recommender.services import rate_limit, registry
from recommender.services.clients.archive import Archive
from recommender.services.http import ServiceClient
from recommender.services.protocol import Garbled, MusicService, NotOffered, Query, Unreachable, Vanished
from recommender.services.rate_limit import RateLimit
from tests.factories import TrackFactory, UserFactory
from tests.recommender.services.protocol_server import ProtocolServer, Reply, Request, serving
from tests.recommender.services.service_apis import SONGS, ArchiveApi, DeezerApi, ITunesApi, LibraryApi, MusicBrainzApi

Serve = Callable[[LibraryApi], ProtocolServer]
pytestmark = pytest.mark.django_db(transaction=True)
FEATURES = LibraryJob.Kind.FEATURES
RATE = 22_050


@pytest.fixture(scope="module")
def mp3() -> bytes:
    """Six seconds of a pulsing tone."""
    at = np.arange(RATE * 6) / RATE
    out = BytesIO()
    soundfile.write(out, 0.4 * np.sin(2 * np.pi * 330 * at) * (0.6 + 0.4 * np.sin(4 * np.pi * at)), RATE, format="MP3")
    return out.getvalue()


@pytest.fixture
def archive(serve: Serve, mp3: bytes) -> ProtocolServer:
    return serve(ArchiveApi(sound=mp3))


@pytest.fixture
def songs_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where songs lie while they are heard."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def keep(person: User, words: str = "blue harbour", service: MusicService | None = None) -> ServicePlaylist:
    (found,) = (service or Archive()).search(Query(words=words))
    return saved_finds.save(person, saved_finds.signed(saved_finds.sign(found)))


def listen(person: User) -> LibraryJob:
    return runner.run_here(FEATURES, "archive", person)


def downloads(serve: ProtocolServer) -> list[str]:
    return [asked.path for asked in serve.asked if asked.path.startswith("/download/")]


# --- keeping, and what is heard


def test_a_find_is_kept_heard_and_leaves_no_file(archive: ProtocolServer, songs_folder: Path) -> None:
    person = UserFactory()
    listed = keep(person)
    assert (listed.title, listed.kind, listed.count) == ("Kept from Internet Archive", "kept", 1)
    track = Track.objects.get(owner=person)
    assert (track.title, track.artist, track.source) == ("Blue Harbour", "Mara Lindt", Track.Source.OPEN)
    assert track in without_vector()  # found by its words until it is heard
    assert LibraryJob.objects.get(kind=FEATURES, argument="archive", owner=person).state == "queued"
    job = listen(person)
    assert (job.counts["read"], job.counts["added"], job.skipped) == (1, 1, [])
    profile = AudioProfile.objects.get(track=track)
    assert (profile.provenance, profile.track.vectors.count()) == ("measured", 1)
    assert 0 < profile.confidence <= 1
    assert not list(songs_folder.iterdir())
    assert downloads(archive) == ["/download/item1/01 song.mp3"]


def test_what_was_heard_is_not_fetched_again(archive: ProtocolServer) -> None:
    person = UserFactory()
    keep(person)
    listen(person)
    assert keep(person).count == 1
    assert listen(person).counts["read"] == 0
    assert len(downloads(archive)) == 1


def test_a_find_that_the_catalogue_knows_is_no_second_track(archive: ProtocolServer) -> None:
    person = UserFactory()
    known = TrackFactory(title="Blue Harbour", artist="Mara Lindt", duration=201.0)
    keep(person)
    assert ServiceTrack.objects.get(owner=person).track == known
    assert not Track.objects.filter(owner=person).exists()
    listen(person)
    assert downloads(archive) == []


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (Reply({"error": "x"}, 404), "service_not_found"),
        (Reply({"error": "members only"}, 403), "service_not_found"),
        (Reply(data=b"x" * 2000, headers={"Content-Type": "audio/mpeg"}), "not_sound"),
        (Reply(status=302, data=b"", headers={"Location": "http://169.254.169.254/latest/"}), "service_garbled"),
        (Reply(status=302, data=b"", headers={"Location": "/download/item1/01%20song.mp3"}), "service_garbled"),
    ],
)
def test_a_song_that_cannot_be_heard_is_noted_and_not_asked_for_again(
    archive: ProtocolServer, songs_folder: Path, trouble: Reply, code: str
) -> None:
    person = UserFactory()
    keep(person)
    archive.trouble = lambda asked: trouble if asked.path.startswith("/download/") else None
    job = listen(person)
    assert [(one["code"], one["count"]) for one in job.skipped] == [(code, 1)]
    assert ServiceTrack.objects.get(owner=person).heard == code
    archive.trouble = None
    asked = len(downloads(archive))
    assert listen(person).counts["read"] == 0
    assert len(downloads(archive)) == asked
    assert not list(songs_folder.iterdir())


def test_one_bad_song_does_not_hold_up_the_others(archive: ProtocolServer) -> None:
    person = UserFactory()
    for words in ("blue harbour", "ветра", "בוקר"):
        keep(person, words)
    archive.trouble = lambda asked: Reply({}, 404) if asked.path.startswith("/download/item1/") else None
    job = listen(person)
    assert (job.counts["read"], job.counts["added"], job.counts["skipped"]) == (3, 2, 1)
    assert set(AudioProfile.objects.values_list("track__title", flat=True)) == {SONGS[2].title, SONGS[3].title}


def test_a_file_that_is_too_large_is_given_up_on_the_way(
    archive: ProtocolServer, songs_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_tracks, "LONGEST_FETCH", 60.0)
    person = UserFactory()
    keep(person)
    sound = Reply(data=b"\0" * (81 * 2**20), headers={"Content-Type": "audio/mpeg"})
    archive.trouble = lambda asked: sound if asked.path.startswith("/download/") else None
    assert [one["code"] for one in listen(person).skipped] == ["song_too_large"]
    assert not list(songs_folder.iterdir())


def test_a_file_that_trickles_is_given_up(
    archive: ProtocolServer, songs_folder: Path, mp3: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_tracks, "LONGEST_FETCH", 0.3)
    person = UserFactory()
    keep(person)
    slow = Reply(data=mp3, headers={"Content-Type": "audio/mpeg"}, drip=0.02)
    archive.trouble = lambda asked: slow if asked.path.startswith("/download/") else None
    assert [one["code"] for one in listen(person).skipped] == ["song_too_slow"]
    assert not list(songs_folder.iterdir())


# --- waiting, stopping, going on


def claimed(person: User) -> LibraryJob:
    job, _ = state.open_job(FEATURES, "archive", person)
    found = state.claim(job.pk)
    assert found
    return found


@pytest.mark.parametrize(
    ("trouble", "seconds"),
    [(Reply({}, 429, headers={"Retry-After": "70"}), 70.0), (Reply({}, 503), 5.0)],
)
def test_a_service_that_asks_for_rest_gets_it(archive: ProtocolServer, trouble: Reply, seconds: float) -> None:
    person = UserFactory()
    keep(person)
    archive.trouble = lambda asked: trouble if asked.path.startswith("/download/") else None
    job = claimed(person)
    with pytest.raises(state.Later) as later:
        remote_tracks.analyze_batch(person, Archive(), job, Progress(job))
    assert later.value.seconds == seconds
    assert ServiceTrack.objects.get(owner=person).heard == ""


def test_each_song_takes_a_turn_at_the_service(archive: ProtocolServer, monkeypatch: pytest.MonkeyPatch) -> None:
    person = UserFactory()
    keep(person)
    monkeypatch.setattr(rate_limit, "PACES", {"archive": RateLimit(0.001, 1)})
    job = claimed(person)
    with pytest.raises(state.Later):  # the second of two requests, the one to the machine that has the file
        remote_tracks.analyze_batch(person, Archive(), job, Progress(job))
    assert len(downloads(archive)) == 1


def test_it_stops_while_a_song_is_on_its_way(archive: ProtocolServer, songs_folder: Path, mp3: bytes) -> None:
    person = UserFactory()
    keep(person)
    job = claimed(person)

    def sends(asked: Request) -> Reply | None:
        if not asked.path.startswith("/download/"):
            return None
        state.cancel(job)
        return Reply(data=mp3, headers={"Content-Type": "audio/mpeg"}, drip=0.002)

    archive.trouble = sends
    with pytest.raises(Cancelled):
        remote_tracks.analyze_batch(person, Archive(), job, Progress(job))
    assert not list(songs_folder.iterdir())
    assert ServiceTrack.objects.get(owner=person).heard == ""


def test_what_a_killed_worker_left_is_cleared_and_the_rest_is_heard(
    archive: ProtocolServer, songs_folder: Path
) -> None:
    person = UserFactory()
    keep(person)
    keep(person, "ветра")
    first = claimed(person)
    left = songs_folder / f"dylumo-songs-{first.pk}-dead" / "1.mp3"
    left.parent.mkdir()
    left.write_bytes(b"half a song")
    LibraryJob.objects.filter(pk=first.pk).update(heartbeat="2026-01-01T00:00:00Z")
    state.requeue_lost()
    assert listen(person).counts["added"] == 2
    assert not list(songs_folder.iterdir())


def test_something_kept_while_the_job_ends_is_heard_too(
    archive: ProtocolServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = UserFactory()
    keep(person)
    told = ServiceTrack.objects.get(owner=person)
    first = LibraryJob.objects.get(kind=FEATURES, owner=person)
    monkeypatch.setattr(remote_tracks, "analyze_batch", lambda *_: runner.Outcome())
    runner.run(first.pk)
    again = LibraryJob.objects.get(kind=FEATURES, owner=person, state="queued")
    assert (again.pk == first.pk, told.heard) == (False, "")


# --- what terms forbid


def test_only_services_whose_terms_allow_it_are_listened_to(serve: Serve) -> None:
    assert {name for name, info in registry.INFOS.items() if info.can.analysis} == {
        "archive",
        "subsonic",
        "jellyfin",
        "plex",
    }
    deezer, person = serve(DeezerApi()), UserFactory()
    job = claimed(person)
    with pytest.raises(NotOffered):
        remote_tracks.analyze_batch(person, registry.service_for(person, "deezer"), job, Progress(job))
    with pytest.raises(NotOffered), registry.service_for(person, "deezer").stream("1"):
        pass
    assert deezer.asked == []


@pytest.mark.parametrize("api", [DeezerApi, ITunesApi])
def test_finds_that_must_be_forgotten_again_cannot_be_kept(api: type[LibraryApi], serve: Serve) -> None:
    serve_one, person = api(), UserFactory()
    serve(serve_one)
    with pytest.raises(Exception, match="cannot be kept"):
        keep(person, service=serve_one.service())
    assert not ServiceTrack.objects.exists()


def test_names_without_sound_are_kept_by_their_words(serve: Serve) -> None:
    api, person = MusicBrainzApi(), UserFactory()
    serve(api)
    keep(person, service=api.service())
    track = Track.objects.get(owner=person)
    assert (track.source, track in without_vector()) == (Track.Source.OPEN, True)
    assert not LibraryJob.objects.filter(kind=FEATURES).exists()


# --- sound in the page


def test_a_kept_track_plays_in_ranges_and_for_its_owner_only(
    archive: ProtocolServer, client: Client, mp3: bytes
) -> None:
    person = UserFactory()
    keep(person)
    address = f"/tracks/{Track.objects.get(owner=person).pk}/stream/"
    assert client.get(address).status_code == 404
    client.force_login(UserFactory())
    assert client.get(address).status_code == 404
    client.force_login(person)
    part = client.get(address, headers={"Range": "bytes=10-29"})
    assert (part.status_code, part["Content-Range"]) == (206, f"bytes 10-29/{len(mp3)}")


def test_a_redirect_is_followed_to_the_services_own_machines_only(archive: ProtocolServer) -> None:
    with Archive().stream("item1/01%20song.mp3") as response:
        assert b"".join(response.pieces())[:3] == archive.api.sound[:3]  # type: ignore[attr-defined]
    for elsewhere in ("http://127.0.0.1:9/x", "https://archive.org.evil.example/x", "file:///etc/passwd"):
        archive.api.elsewhere = elsewhere  # type: ignore[attr-defined]
        with pytest.raises((Garbled, Unreachable)), Archive().stream("item1/01%20song.mp3"):
            pass
    archive.api.elsewhere = ""  # type: ignore[attr-defined]
    archive.api.sound = b""  # type: ignore[attr-defined]
    with pytest.raises(Vanished), Archive().stream("item1/01%20song.mp3"):
        pass


def test_a_permission_is_not_carried_to_another_machine(archive: ProtocolServer, mp3: bytes) -> None:
    with serving(ArchiveApi(sound=mp3)) as machine:
        archive.api.elsewhere = f"{machine.url}/27/items/item1/01%20song.mp3"  # type: ignore[attr-defined]
        api = ServiceClient(service="archive", base=archive.url, headers={"Authorization": "Bearer secret"})
        with api.stream("/download/item1/01%20song.mp3", {"Range": "bytes=0-9"}, onto=(machine.url,)) as response:
            assert b"".join(response.pieces()) == mp3[:10]
    assert archive.asked[-1].headers["Authorization"] == "Bearer secret"
    assert "Authorization" not in machine.asked[-1].headers and machine.asked[-1].headers["Range"] == "bytes=0-9"


# --- the page


def found_token(client: Client) -> str:
    page = client.get("/search/", {"q": "blue harbour", "service": "archive", "all": 1}).content.decode()
    return re.findall(r'name="found" value="([^"]+)"', page)[0]


def test_keeping_from_the_page_makes_a_guest_and_shows_that_it_is_kept(archive: ProtocolServer, client: Client) -> None:
    token = found_token(client)
    answer = client.post("/search/keep/", {"found": token}, headers={"HX-Request": "true"})
    listed = ServicePlaylist.objects.get()
    assert listed.owner.is_guest
    assert f"/library/{listed.pk}/" in answer.content.decode()
    page = client.get("/search/", {"q": "blue harbour", "service": "archive", "all": 1}).content.decode()
    assert "kept</a>" in page
    assert 'name="found"' not in page
    assert client.post("/search/keep/", {"found": token}).status_code == 302
    assert "known by its words only" in client.get(f"/library/{listed.pk}/").content.decode()
    assert Client().get(f"/library/{listed.pk}/").status_code == 404


FORGED = signing.dumps({"service": "archive"}, salt="other")  # has the time in it: no name for a test


@pytest.mark.parametrize("token", ["", "x", FORGED], ids=["none", "nonsense", "signed for something else"])
def test_what_no_search_of_ours_found_cannot_be_kept(client: Client, token: str) -> None:
    assert client.post("/search/keep/", {"found": token}).status_code == 400
    assert not ServiceTrack.objects.exists()


def test_a_list_that_is_full_takes_no_more(archive: ProtocolServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_finds, "MOST_KEPT", 1)
    person = UserFactory()
    keep(person)
    with pytest.raises(saved_finds.Full):
        keep(person, "ветра")
    assert ServiceTrack.objects.count() == 1


def test_a_track_is_let_go_of_by_its_owner_only(archive: ProtocolServer, client: Client) -> None:
    person = UserFactory()
    entry = keep(person).entries.get()
    client.force_login(UserFactory())
    assert client.post(f"/library/kept/{entry.pk}/let-go/").status_code == 404
    client.force_login(person)
    assert client.post(f"/library/kept/{entry.pk}/let-go/").status_code == 302
    assert not ServiceTrack.objects.exists()
    assert not Track.objects.filter(owner=person).exists()


def test_programs_keep_what_they_found(archive: ProtocolServer, client: Client) -> None:
    person = UserFactory()
    client.force_login(person)
    found = client.get("/api/v1/search/", {"q": "blue harbour", "service": "archive"}).json()
    token = found["sections"][0]["tracks"][0]["keep"]
    made = client.post("/api/v1/search/keep/", {"found": token}, content_type="application/json")
    assert (made.status_code, made.json()["count"]) == (201, 1)
    refused = client.post("/api/v1/search/keep/", {"found": "x"}, content_type="application/json")
    assert refused.json()["error"]["code"] == "find_outdated"


def test_an_archive_that_the_owner_turned_off_is_asked_no_more(archive: ProtocolServer, settings: LazySettings) -> None:
    person = UserFactory()
    keep(person)
    settings.KEYLESS_SERVICES = ["deezer"]
    with pytest.raises(Exception, match="not connected"):
        listen(person)
    assert downloads(archive) == []
