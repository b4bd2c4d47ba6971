"""Pictures, sound and lists as files: whole, in parts, and only for whom they are."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.conf import LazySettings
from django.test import AsyncClient, Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from accounts.models import User
from recommender.library.cover_art import cover_svg
from recommender.library.photos import store_picture
from recommender.models import Playlist, Track
from recommender.playlists.export_formats import FORMATS, export
from tests.factories import (
    PlaylistFactory,
    PlaylistItemFactory,
    TrackFactory,
    TrackLinkFactory,
    UserFactory,
)

SOUND = bytes(range(256)) * 40


@pytest.fixture
def ada(client: Client, db: None) -> User:
    person: User = UserFactory()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return person


@pytest.fixture
def demo(db: None, settings: LazySettings, tmp_path: Path) -> Track:
    settings.HOME = tmp_path
    path = tmp_path / "demo.ogg"
    path.write_bytes(SOUND)
    track: Track = TrackFactory(source="demo", file=str(path))
    return track


def fetch(track: Track, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers as an asynchronous server sends them."""

    async def ask() -> tuple[int, bytes, dict[str, str]]:
        answer = await AsyncClient().get(reverse("audio", args=[track.pk]), headers=headers)
        body = b"".join([part async for part in answer.streaming_content]) if answer.streaming else answer.content
        return answer.status_code, body, dict(answer.headers)

    return asyncio.run(ask())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        ({}, 200, SOUND),
        ({"Range": "bytes=0-"}, 206, SOUND),
        ({"Range": "bytes=10-19"}, 206, SOUND[10:20]),
        ({"Range": "bytes=10000-99999"}, 206, SOUND[10000:]),
        ({"Range": "bytes=-16"}, 206, SOUND[-16:]),
        ({"Range": "bytes=10240-"}, 416, b""),
        ({"Range": "bytes=-0"}, 416, b""),
        ({"Range": "bytes=9-3"}, 200, SOUND),
        ({"Range": "items=0-3"}, 200, SOUND),
        ({"Range": "bytes=0-3,8-9"}, 200, SOUND),
        ({"Range": "bytes=0-3", "If-Range": '"another version"'}, 200, SOUND),
    ],
)
def test_a_player_gets_the_bytes_it_asks_for(demo: Track, asked: dict[str, str], status: int, body: bytes) -> None:
    got, content, headers = fetch(demo, **asked)
    assert (got, content) == (status, body)
    if status == 416:
        assert headers["Content-Range"] == f"bytes */{len(SOUND)}"
    else:
        assert headers["Content-Type"] == "audio/ogg" and headers["Accept-Ranges"] == "bytes"
        assert headers["Content-Length"] == str(len(body)) and headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.django_db(transaction=True)
def test_a_range_for_the_version_at_hand_is_a_part(demo: Track) -> None:
    _, _, headers = fetch(demo)
    for version in (headers["ETag"], headers["Last-Modified"]):
        status, body, _ = fetch(demo, **{"Range": "bytes=0-3", "If-Range": version})
        assert (status, body) == (206, SOUND[:4])


def test_only_ones_own_files_can_be_heard(client: Client, ada: User, tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(SOUND)
    mine = TrackFactory(source="files", owner=ada, file=str(path))
    theirs = TrackFactory(source="files", owner=UserFactory(), file=str(path))
    assert client.head(reverse("audio", args=[mine.pk])).status_code == 200
    assert client.head(reverse("audio", args=[theirs.pk])).status_code == 404
    assert Client().head(reverse("audio", args=[mine.pk])).status_code == 404


@pytest.mark.parametrize(
    ("source", "file"),
    [("files", "/etc/passwd"), ("demo", "/etc/hosts.ogg"), ("files", "gone.mp3"), ("table", "demo.ogg"), ("files", "")],
)
def test_nothing_but_sound_in_its_place_is_ever_sent(demo: Track, tmp_path: Path, source: str, file: str) -> None:
    track = TrackFactory(source=source, owner=None, file=str(tmp_path / file) if file else "")
    assert Client().head(reverse("audio", args=[track.pk])).status_code == 404


def test_a_render_outside_the_sites_folder_is_not_played(client: Client, demo: Track, settings: LazySettings) -> None:
    settings.HOME = Path(demo.file).parent / "elsewhere"
    assert client.head(reverse("audio", args=[demo.pk])).status_code == 404


def test_a_photo_is_private_and_kept_out_of_shared_caches(client: Client, ada: User) -> None:
    data = io.BytesIO()
    Image.new("RGB", (900, 600), "teal").save(data, "PNG")
    picture = store_picture(ada, data.getvalue(), "teal.png")
    for size, longest in (("full", 900), ("thumb", 384)):
        answer = client.get(reverse("picture", args=[picture.pk, size]))
        assert answer["Cache-Control"].startswith("private") and answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Disposition"] == "inline"
        with Image.open(io.BytesIO(answer.content)) as image:
            assert max(image.size) == longest and f"image/{image.format.lower()}" == answer["Content-Type"]  # type: ignore[union-attr]
    assert client.get(reverse("picture", args=[picture.pk, "huge"])).status_code == 404
    assert Client().get(reverse("picture", args=[picture.pk, "full"])).status_code == 404
    picture.file.delete(save=False)
    assert client.get(reverse("picture", args=[picture.pk, "full"])).status_code == 404


@given(some.integers(0, 2**63), some.floats(0, 1), some.floats(0, 1))
def test_every_cover_is_a_drawing_and_stays_the_same(seed: int, valence: float, arousal: float) -> None:
    drawing = cover_svg(seed, valence, arousal)
    assert ElementTree.fromstring(drawing).tag.endswith("svg")
    assert drawing == cover_svg(seed, valence, arousal)


def test_sad_and_happy_covers_differ() -> None:
    assert cover_svg(1, 0.1, 0.5) != cover_svg(1, 0.9, 0.5)


def test_a_cover_is_served_for_ever(client: Client, db: None) -> None:
    answer = client.get(reverse("cover", args=[7, 80, 20]))
    assert answer["Content-Type"] == "image/svg+xml" and "immutable" in answer["Cache-Control"]


@pytest.fixture
def mixed(db: None) -> Playlist:
    """A list with a playable track, a linked one, and one with nothing but an awkward name."""
    playlist: Playlist = PlaylistFactory(title="Élan & <calm>")
    names = [("夜に駆ける", "demo"), ("=cmd()|x", "table"), ("Two\nlines \x07", "table")]
    for place, (title, source) in enumerate(names):
        track = TrackFactory(title=title, source=source, file="/x.ogg" if source == "demo" else "", duration=61.4)
        PlaylistItemFactory(playlist=playlist, track=track, position=place, reason="Calm, like the lake.")
        if place == 1:
            TrackLinkFactory(track=track, service="spotify", url="https://open.spotify.com/track/1")
    return playlist


def test_m3u8_holds_names_lengths_and_addresses(mixed: Playlist) -> None:
    lines = export(mixed, "m3u8", base_url="http://here/")[0].splitlines()
    assert lines[:2] == ["#EXTM3U", "#PLAYLIST:Élan & <calm>"]
    assert lines[2].startswith("#EXTINF:61,") and lines[2].endswith("夜に駆ける")
    assert lines[3].startswith("http://here/tracks/") and lines[5] == "https://open.spotify.com/track/1"
    assert len(lines) == 8


def test_xspf_is_well_formed_and_complete(mixed: Playlist) -> None:
    root = ElementTree.fromstring(export(mixed, "xspf", base_url="http://here/")[0])
    space = {"x": "http://xspf.org/ns/0/"}
    assert [node.text for node in root.findall(".//x:track/x:title", space)][:2] == ["夜に駆ける", "=cmd()|x"]
    assert root.findtext(".//x:track/x:duration", namespaces=space) == "61400"


def test_jspf_says_the_same_in_json(mixed: Playlist) -> None:
    playlist = json.loads(export(mixed, "jspf", base_url="http://here/")[0])["playlist"]
    assert len(playlist["track"]) == 3 and playlist["track"][1]["location"] == ["https://open.spotify.com/track/1"]


def test_a_spreadsheet_never_runs_a_title(mixed: Playlist) -> None:
    rows = list(csv.DictReader(io.StringIO(export(mixed, "csv", base_url="http://here/")[0])))
    assert [row["title"] for row in rows][:2] == ["夜に駆ける", "'=cmd()|x"]
    assert rows[0]["match"] == "80.0"


@pytest.mark.parametrize("form", list(FORMATS))
def test_a_list_is_saved_under_its_name_by_its_owner_only(client: Client, ada: User, form: str) -> None:
    playlist = PlaylistFactory(owner=ada, title="Stille / Nacht")
    answer = client.get(reverse("export", args=[playlist.pk, form]))
    assert answer.status_code == 200 and f'.{form}"' in answer["Content-Disposition"]
    assert Client().get(reverse("export", args=[playlist.pk, form])).status_code == 404
    assert client.get(reverse("export", args=[playlist.pk, "exe"])).status_code == 400
