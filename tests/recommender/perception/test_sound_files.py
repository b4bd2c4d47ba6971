"""Any audio file is decoded, or refused with a code and a plain sentence."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from recommender.perception.audio.decode import RATE, SoundError, decode
from tests.recommender.songs import chord_song, encoded


@pytest.mark.parametrize(
    ("container", "codec", "rate"),
    [
        ("wav", "pcm_s16le", 44_100),
        ("flac", "flac", 48_000),
        ("ogg", "libopus", 48_000),
        ("mp3", "libmp3lame", 44_100),
        ("mp4", "aac", 44_100),
    ],
)
def test_common_formats_are_decoded_to_one_rate(container: str, codec: str, rate: int) -> None:
    sound = decode(encoded(chord_song(seconds=4), container=container, codec=codec, rate=rate))
    assert sound.seconds == pytest.approx(4, abs=0.1)
    assert sound.duration == pytest.approx(4, abs=0.1)
    assert sound.channels.dtype == np.float32
    assert 0.05 < np.abs(sound.mono).max() < 1.5


def test_the_middle_of_a_long_recording_is_taken() -> None:
    samples = np.zeros(40 * RATE, np.float32)
    samples[18 * RATE : 22 * RATE] = 0.5 * np.sin(2 * np.pi * 440 * np.arange(4 * RATE) / RATE)
    sound = decode(encoded(samples), excerpt=10)
    assert sound.duration == pytest.approx(40, abs=0.1)
    assert sound.start == pytest.approx(15, abs=0.1)
    assert sound.seconds == pytest.approx(10, abs=0.1)
    loud = np.abs(sound.mono) > 0.1
    assert np.flatnonzero(loud)[0] / RATE == pytest.approx(3, abs=0.1)


def test_an_extension_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "song.jpg"
    path.write_bytes(encoded(chord_song(seconds=3), container="flac", codec="flac"))
    assert decode(path).seconds == pytest.approx(3, abs=0.1)


def _png() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "sound_empty"),
        (b"\0" * 5000, "not_sound"),
        (b"just words, no sound at all\n" * 50, "not_sound"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n", "not_sound"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "not_sound"),
        (_png(), "not_sound"),
    ],
)
def test_what_is_no_sound_is_refused_with_a_code(data: bytes, code: str) -> None:
    with pytest.raises(SoundError) as caught:
        decode(data)
    assert caught.value.code == code
    assert caught.value.hint


def test_a_missing_file_and_a_folder_are_refused_with_a_code(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.mp3", tmp_path):
        with pytest.raises(SoundError) as caught:
            decode(path)
        assert caught.value.code == "sound_missing"


def test_a_blip_is_too_short() -> None:
    with pytest.raises(SoundError) as caught:
        decode(encoded(chord_song(seconds=0.3)))
    assert caught.value.code == "sound_too_short"


def test_a_recording_that_breaks_off_is_refused() -> None:
    whole = encoded(chord_song(seconds=20), container="flac", codec="flac")
    with pytest.raises(SoundError) as caught:
        decode(whole[: len(whole) // 5])
    assert caught.value.code in {"sound_truncated", "not_sound"}


def test_a_film_without_sound_is_refused() -> None:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        for _ in range(10):
            frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with pytest.raises(SoundError):
        decode(buffer.getvalue())


_WHOLE = encoded(chord_song(seconds=2), container="mp3", codec="libmp3lame", rate=44_100)


# In these a frame in the middle has other channels than the rest, which once ended the whole process.
@example(27142, 156, bytes.fromhex("ff90fb0000ff0101fb90fb01ff9000ffffff"))
@example(27050, 71, bytes.fromhex("efb7ebf31c30fa47afc25f89329592e061b2e00c14b74d5c"))
@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(_WHOLE) - 1), st.integers(1, 400), st.binary(max_size=60))
def test_damage_never_ends_in_anything_but_sound_or_a_coded_error(start: int, cut: int, noise: bytes) -> None:
    damaged = _WHOLE[:start] + noise + _WHOLE[start + cut :]
    try:
        sound = decode(damaged)
    except SoundError as error:
        assert error.code
    else:
        assert np.isfinite(sound.channels).all()


def test_a_track_of_an_unknown_codec_is_refused() -> None:
    film = encoded(chord_song(seconds=2), container="mp4", codec="aac", rate=48_000)
    with pytest.raises(SoundError) as caught:
        decode(film.replace(b"stsd", b"free"))  # where the codec is named
    assert caught.value.code


def test_ogg_vorbis_is_decoded() -> None:
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, chord_song(seconds=3), RATE, format="OGG", subtype="VORBIS")
    assert decode(buffer.getvalue()).seconds == pytest.approx(3, abs=0.1)
