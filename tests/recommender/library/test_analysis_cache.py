"""A recording is analysed once, whatever its file is called, tagged or packed as."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest

from core.schemas import AudioReading
from recommender.library.analysis import cache
from recommender.perception.audio import reader
from recommender.perception.audio.decode import RATE, Sound, decode
from tests.recommender.sounds import write_wav


@pytest.fixture
def analysed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Sound]:
    """Sounds that were really analysed, with an empty cache."""
    monkeypatch.setenv("DYLUMO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DYLUMO_MODEL_DIR", str(tmp_path / "none"))
    seen: list[Sound] = []

    def read(one: Sound, tier: str) -> AudioReading:
        seen.append(one)
        return reader.analyse_sound(one)

    monkeypatch.setattr(reader, "read_decoded", read)
    return seen


def test_a_copy_in_another_container_and_with_other_tags_is_not_analysed_again(
    tmp_path: Path, analysed: list[Sound]
) -> None:
    import soundfile

    first = write_wav(tmp_path / "a.wav")
    samples, rate = soundfile.read(first, dtype="int16")
    copy = tmp_path / "other name.flac"
    with soundfile.SoundFile(copy, "w", rate, 1, format="FLAC", subtype="PCM_16") as file:
        file.title = "Another title"
        file.write(samples)
    assert first.read_bytes() != copy.read_bytes()
    assert cache.reading_of(decode(first)) == cache.reading_of(decode(copy))
    assert len(analysed) == 1


def test_another_recording_another_length_and_another_level_are_others(tmp_path: Path) -> None:
    tone = np.sin(np.arange(2 * RATE) / 20)[None].astype(np.float32)
    prints = {
        cache.fingerprint(one)
        for one in (
            Sound(channels=tone, duration=2.0),
            Sound(channels=tone / 2, duration=2.0),
            Sound(channels=tone, duration=90.0, start=30.0),
            Sound(channels=np.roll(tone, 1), duration=2.0),
        )
    }
    assert len(prints) == 4


def test_a_damaged_entry_is_heard_again(tmp_path: Path, analysed: list[Sound]) -> None:
    heard = decode(write_wav(tmp_path / "a.wav"))
    expected = cache.reading_of(heard)
    (entry,) = (path for path in (tmp_path / "home" / "cache").rglob("*") if path.is_file())
    entry.write_text("{")
    assert cache.reading_of(heard) == expected
    assert len(analysed) == 2
    assert json.loads(entry.read_text())["tier"] == "basic"


def test_better_ears_listen_again(tmp_path: Path, analysed: list[Sound], monkeypatch: pytest.MonkeyPatch) -> None:
    heard = decode(write_wav(tmp_path / "a.wav"))
    cache.reading_of(heard)
    monkeypatch.setattr(cache, "ANALYSIS_VERSION", "newer")
    cache.reading_of(heard)
    assert len(analysed) == 2


def test_a_full_disk_costs_only_the_memory_of_it(
    tmp_path: Path, analysed: list[Sound], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "mkstemp", full)
    assert cache.reading_of(decode(write_wav(tmp_path / "a.wav"))).tier == "basic"
