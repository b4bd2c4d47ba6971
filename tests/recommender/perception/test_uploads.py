"""A picture made to cost is refused, and never decoded where it could hold up anybody else."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.test import Client
from PIL import Image

from agents.roles import music_understanding
from core.confined import Confined
from recommender.library.photos import store_picture
from recommender.models import Picture
from recommender.perception.audio import decode as sound_decoding
from recommender.perception.audio import uploads as sound_uploads
from recommender.perception.images import decode, uploads
from recommender.perception.images.decode import PictureError
from tests.factories import UserFactory
from tests.recommender.photos import encoded, painted
from tests.recommender.sounds import write_wav


def refused(data: bytes) -> str:
    with pytest.raises(PictureError) as error:
        uploads.prepared(data, "holiday.jpg")
    assert error.value.message.startswith("holiday.jpg")
    return error.value.code


@pytest.mark.django_db
def test_a_photo_is_decoded_in_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode, "decode_picture", lambda *_, **__: pytest.fail("decoded here"))
    stored = store_picture(UserFactory(), encoded(painted(3000, 1500)), "holiday.jpg")
    assert (stored.width, stored.height) == (3000, 1500)
    with stored.file.open() as kept, stored.thumbnail.open() as small:
        assert (Image.open(kept).size, Image.open(small).size) == ((2048, 1024), (384, 192))


@pytest.mark.django_db
def test_what_is_no_photo_is_refused_as_ever(client: Client) -> None:
    assert refused(b"") == "picture_empty"
    assert refused(b"%PDF-1.7") == "picture_unsupported"
    assert refused(encoded(painted())[:300]) == "picture_damaged"
    posted = client.post(
        "/start/", {"picture": io.BytesIO(b"<!---->" * 25 + b"x")}, headers={"Accept": "application/json"}
    )
    assert (posted.status_code, posted.json()["error"]["code"]) == (400, "picture_unsupported")
    assert not Picture.objects.exists()


def with_more_scans(count: int) -> bytes:
    """A progressive JPEG whose last pass is drawn again and again."""
    data = encoded(painted(), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * count + data[-2:]


def test_a_jpeg_with_endless_passes_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    assert uploads.prepared(with_more_scans(1)).width == 120
    assert refused(with_more_scans(120)) == "picture_too_costly"
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("it was opened"))
    with pytest.raises(PictureError, match="more passes"):
        decode.decode_picture(with_more_scans(decode.MAX_SCANS + 1))


def test_passes_are_counted_between_the_segments_only() -> None:
    picture = encoded(painted(), "JPEG", comment=b"\xff\xda" * 100) + b"\xff\xda" * 100
    assert decode._scans(picture) == 1
    assert decode._scans(b"\xff\xd8" + b"\xff" * 1_000_000) == 0


@pytest.mark.parametrize("mode", ["I;16", "RGBA", "P", "L", "CMYK"])
def test_the_largest_pictures_are_shrunk_in_little_memory(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """60 million pixels; converted whole they took 1.5 GB and more."""
    image = Image.new(mode, (7740, 7740), {"I;16": 30_000, "P": 3}.get(mode, "teal"))
    data = encoded(image, "JPEG") if mode == "CMYK" else encoded(image, "PNG")
    slow_box = Confined(f"{uploads.__name__}:prepare", seconds=300, megabytes=640, at_once=1)
    monkeypatch.setattr(uploads, "_decoders", slow_box)
    prepared = uploads.prepared(data)
    assert (prepared.width, prepared.height) == (7740, 7740)
    assert Image.open(io.BytesIO(prepared.file)).size == (2048, 2048)


def test_a_picture_that_takes_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(Image.new("RGBA", (5000, 5000)), "PNG")
    box = Confined(f"{uploads.__name__}:prepare", seconds=300, megabytes=64, at_once=1)
    monkeypatch.setattr(uploads, "_decoders", box)
    assert refused(data) == "picture_too_costly"


# --- sounds


def test_an_uploaded_song_is_decoded_in_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    song = write_wav(tmp_path / "song.wav", seconds=3)
    here = sound_decoding.decode(song)
    monkeypatch.setattr(sound_decoding, "_opened", lambda _: pytest.fail("decoded here"))
    there = sound_uploads.decoded(song)
    assert (there.duration, there.start) == (here.duration, here.start)
    assert (there.channels == here.channels).all()
    assert music_understanding.hear_file(song).duration == pytest.approx(3, abs=0.1)


def test_a_song_that_is_none_or_takes_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = tmp_path / "song.mp3"
    words.write_text("just words, no sound at all\n" * 50)
    with pytest.raises(sound_decoding.SoundError) as refused:
        sound_uploads.decoded(words)
    assert (refused.value.code, refused.value.status) == ("not_sound", 400)
    hangs = Confined("tests.confined_jobs:hang", seconds=0.5, megabytes=256, at_once=1)
    monkeypatch.setattr(sound_uploads, "_decoders", hangs)
    with pytest.raises(sound_decoding.SoundError) as refused:
        sound_uploads.decoded(words)
    assert refused.value.code == "sound_costly"
