"""Listening histories from other programs' exports: each play once, hostile files refused with a code."""

from __future__ import annotations

import contextlib
import io
import json
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from core.storage import KeptFile
from recommender.library.importers import history_formats
from recommender.library.importers.history_formats import HistoryError, Played, Truncated, plays
from recommender.models import LibraryJob, Listen, ServiceTrack, Track
from tests.factories import TrackFactory, UserFactory

SPOTIFY = [
    {
        "ts": "2023-05-01T10:00:00Z",
        "ms_played": 201000,
        "master_metadata_track_name": "夜の海",
        "master_metadata_album_artist_name": "The Larks",
        "master_metadata_album_album_name": "Fields",
        "spotify_track_uri": "spotify:track:4uLU6hMCjMI75M1A2tKUQC",
    },
    {"ts": "2023-05-01T11:00:00Z", "master_metadata_track_name": None, "episode_name": "A talk"},
]
YOUTUBE = [
    {
        "header": "YouTube Music",
        "title": "Watched Song 1",
        "titleUrl": "https://music.youtube.com/watch?v=abc123",
        "subtitles": [{"name": "The Larks - Topic"}],
        "time": "2023-05-01T10:00:00.123Z",
    },
    {"header": "YouTube", "title": "Watched a cat", "titleUrl": "https://www.youtube.com/watch?v=x", "time": "2023"},
]
LISTENBRAINZ = [
    {"listened_at": 1682935200 + n, "track_metadata": {"track_name": f"Song {n}", "artist_name": "The Larks"}}
    for n in range(3)
]
LASTFM = {"username": "ada", "scrobbles": [{"track": "Song 1", "artist": "The Larks", "date": 1682935200000}]}
CSV = 'The Larks,Fields,"Song, 1",01 May 2023 10:00\nThe Larks,,Song 2,01 May 2023 10:05\n'
HEADED = "Artist;Album;AlbumId;Track;Date#ada\nThe Larks;Fields;;Song 1;1682935200000\n"


def zipped(**files: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, text in files.items():
            bundle.writestr(name.replace("__", "/").replace("_dot_", "."), text)
    return out.getvalue()


EXPORTS: dict[str, tuple[str, bytes, int]] = {
    "spotify": ("Streaming_History_Audio_2023.json", json.dumps(SPOTIFY).encode(), 1),
    "spotify_zip": ("my_spotify_data.zip", zipped(Spotify__Streaming_History_Audio_0_dot_json=json.dumps(SPOTIFY)), 1),
    "youtube": ("watch-history.json", json.dumps(YOUTUBE, indent=2).encode(), 1),
    "listenbrainz": ("listens.jsonl", "\n".join(map(json.dumps, LISTENBRAINZ)).encode(), 3),
    "listenbrainz_zip": ("lb.zip", zipped(listens__2023__5_dot_jsonl="\n".join(map(json.dumps, LISTENBRAINZ))), 3),
    "lastfm": ("lastfm.json", json.dumps(LASTFM).encode(), 1),
    "lastfm_csv": ("ada.csv", CSV.encode(), 2),
    "lastfm_headed_csv": ("ada.csv", b"\xef\xbb\xbf" + HEADED.encode(), 1),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_every_known_export_is_read(name: str, tmp_path: Path) -> None:
    file, content, count = EXPORTS[name]
    (tmp_path / file).write_bytes(content)
    found = [one for one in plays(tmp_path / file) if isinstance(one, Played)]
    assert len(found) == count
    assert {one.artist for one in found} == {"The Larks"}
    assert all(one.at.year == 2023 and one.at.tzinfo for one in found)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "history_unknown"),
        (b"hello", "history_unknown"),
        (b"{}", "history_unknown"),
        (b'[{"a": 1}]', "history_unknown"),
        (b"[" * 100_000, "history_unknown"),
        (b'[{"ts": ' + b'{"a":' * 20_000, "history_unknown"),
        (json.dumps(SPOTIFY).encode()[:-30], "history_truncated"),
        (b"PK\x03\x04 nothing", "history_unknown"),
        (zipped(holiday_dot_txt="x"), "history_unknown"),
        (zipped(history_dot_json=json.dumps(SPOTIFY))[:-40], "history_unknown"),
    ],
)
def test_what_is_no_history_is_refused_with_a_code(content: bytes, code: str, tmp_path: Path) -> None:
    path = tmp_path / "history.json"
    path.write_bytes(content)
    with pytest.raises(HistoryError) as refused:
        list(plays(path))
    assert refused.value.code in (code, "history_truncated")


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_formats, "LARGEST_FILE", 10_000)
    path = tmp_path / "history.zip"
    path.write_bytes(zipped(history_dot_json="[" + " " * 100_000))
    with pytest.raises(history_formats.TooLarge):
        list(plays(path))


def test_an_archive_whose_members_share_bytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "history.zip"
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("history.json", json.dumps(SPOTIFY))
        twin = zipfile.ZipInfo("cover.png")
        for name in ("header_offset", "compress_size", "file_size", "CRC"):
            setattr(twin, name, getattr(bundle.filelist[0], name))
        bundle.filelist.append(twin)
    with pytest.raises(HistoryError) as refused:
        list(plays(path))
    assert refused.value.code == "history_truncated"


MEGABYTES = 24
LINE = "artist,album,track,date\n"
HOSTILE = {
    "one endless line": LINE + "a," * (MEGABYTES * 2**19),
    "a first line without an end": "a," * (MEGABYTES * 2**19),
    "one endless record of short fields": LINE + '"a\n",' * (MEGABYTES * 2**18),
}


@pytest.mark.parametrize("shape", HOSTILE)
def test_a_table_without_ends_is_given_up_early(shape: str, tmp_path: Path) -> None:
    path = tmp_path / "history.zip"
    path.write_bytes(zipped(scrobbles_dot_csv=HOSTILE[shape]))
    tracemalloc.start()
    try:
        with pytest.raises(HistoryError):
            list(plays(path))
        assert tracemalloc.get_traced_memory()[1] < MEGABYTES * 2**20 / 4
    finally:
        tracemalloc.stop()


def test_all_files_of_an_archive_count_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_formats, "LARGEST_FILE", 10_000)
    path = tmp_path / "history.zip"
    path.write_bytes(zipped(**{f"history{n}_dot_json": json.dumps(SPOTIFY * 10) for n in range(4)}))
    with pytest.raises(history_formats.TooLarge):
        list(plays(path))


def test_a_title_may_run_over_lines(tmp_path: Path) -> None:
    path = tmp_path / "ada.csv"
    path.write_text(CSV + 'The Larks,Fields,"Song\n1",01 May 2023 10:00\n' * 100)
    assert len([one for one in plays(path) if isinstance(one, Played)]) == 102


@settings(max_examples=150, deadline=None)
@given(cut=st.integers(0, 2000), noise=st.binary(max_size=40), name=st.sampled_from(sorted(EXPORTS)))
def test_damaged_exports_end_in_plays_or_a_code(
    cut: int, noise: bytes, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file, content, _ = EXPORTS[name]
    path = tmp_path_factory.getbasetemp() / f"damaged-{file}"
    path.write_bytes(content[:cut] + noise + content[cut + len(noise) :])
    with contextlib.suppress(HistoryError):
        list(plays(path))


def test_entries_larger_than_a_chunk_and_many_of_them_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_formats, "CHUNK", 50)
    path = tmp_path / "listens.json"
    path.write_text(json.dumps(LISTENBRAINZ * 50))
    assert len(list(plays(path))) == 150


def command(*arguments: str) -> list[dict[str, Any]]:
    out = io.StringIO()
    try:
        call_command("import_history", *arguments, "--json", stdout=out, stderr=io.StringIO())
    except SystemExit as ended:
        assert ended.code == 1
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.django_db(transaction=True)
def test_the_same_export_twice_adds_nothing_and_matches_the_catalogue(tmp_path: Path) -> None:
    person, known = UserFactory(), TrackFactory(title="夜の海", artist="The Larks")
    path = tmp_path / "Streaming_History_Audio_2023.json"
    path.write_text(json.dumps(SPOTIFY * 2))
    first = command(str(path), "--user", person.email)[0]
    assert (first["read"], first["added"], first["unchanged"], first["skipped"]) == (4, 1, 1, 2)
    assert first["reasons"][0]["code"] == "not_music"
    again = command(str(path), "--user", person.email)[0]
    assert (again["added"], Listen.objects.count()) == (0, 1)
    told = ServiceTrack.objects.get()
    assert (told.track, told.service) == (known, "spotify-export")
    assert not Track.objects.filter(owner=person).exists()


@pytest.mark.django_db(transaction=True)
def test_a_bad_file_among_good_ones_is_a_line_with_a_code(tmp_path: Path) -> None:
    person = UserFactory()
    good, bad = tmp_path / "listens.jsonl", tmp_path / "bad.json"
    good.write_text("\n".join(map(json.dumps, LISTENBRAINZ)))
    bad.write_text("no history")
    lines = command(str(bad), str(good), str(tmp_path / "absent.json"), "--user", person.email)
    assert [line.get("error", {}).get("code") for line in lines] == ["history_unknown", None, "history_unreadable"]
    assert lines[1]["added"] == 3
    truncated = tmp_path / "Streaming_History_Audio_1.json"
    truncated.write_text(json.dumps(SPOTIFY)[:-20])
    assert command(str(truncated), "--user", person.email)[0]["error"]["code"] == Truncated.code
    assert Listen.objects.count() == 4


@pytest.mark.django_db
def test_an_export_is_uploaded_for_oneself_and_waits_for_a_worker(client: Client) -> None:
    person = UserFactory()
    client.force_login(person)
    upload = SimpleUploadedFile("listens.jsonl", b"{}")
    assert client.post("/library/history/", {"history": upload}).status_code == 302
    job = LibraryJob.objects.get()
    assert (job.owner, job.kind) == (person, LibraryJob.Kind.HISTORY)
    assert KeptFile(job.argument).read_bytes() == b"{}"
    refused = client.post("/library/history/", {"history": SimpleUploadedFile("x.exe", b"MZ")})
    assert refused.status_code == 400
    client.force_login(UserFactory())
    assert client.post(f"/library/jobs/{job.pk}/cancel/").status_code == 404
    assert b"listening history" not in client.get("/library/jobs/").content
