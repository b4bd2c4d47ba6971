"""The full tier of hearing, on a small real CLAP in the hub's layout loaded by the code that a user runs."""

from __future__ import annotations

import io
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import Unavailable
from core.schemas import AudioReading, dump, load
from recommender.perception.audio import clap, clap_reader, reader
from recommender.perception.audio.decode import RATE, decode
from tests.recommender.tiny_models import make_clap


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clap(tmp_path_factory.mktemp("models") / "clap")


@pytest.fixture
def model(checkpoint: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> clap.Clap:
    monkeypatch.setenv("DYLUMO_MODEL_DIR", str(tmp_path))
    monkeypatch.setenv("DYLUMO_CLAP_MODEL", str(checkpoint))
    return clap.clap()


def tones(seconds: float) -> np.ndarray:
    at = np.arange(int(seconds * RATE)) / RATE
    return (0.3 * np.sin(2 * np.pi * 440 * at) + 0.2 * np.sin(2 * np.pi * 660 * at)).astype(np.float32)


def wav_bytes(mono: np.ndarray) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((mono * 32767).astype("<i2").tobytes())
    return out.getvalue()


def reference(checkpoint: Path) -> tuple[Any, Any]:
    from transformers import ClapModel, ClapProcessor

    return ClapModel.from_pretrained(checkpoint).eval(), ClapProcessor.from_pretrained(checkpoint)


def test_sound_inputs_and_vectors_equal_the_librarys(model: clap.Clap, checkpoint: Path) -> None:
    import torch

    library, processor = reference(checkpoint)
    (window,) = clap.windows(tones(8))
    inputs = processor(audio=[window], sampling_rate=48_000, return_tensors="pt")
    ours = model.inputs([window])
    np.testing.assert_allclose(ours["input_features"].numpy(), inputs["input_features"].numpy(), atol=1e-4)
    with torch.no_grad():
        expected = library.get_audio_features(**inputs)
    expected = getattr(expected, "pooler_output", expected)[0].numpy()
    vector = model.encode_sound(tones(8))
    assert (vector.shape, vector.dtype) == ((16,), np.float32)
    np.testing.assert_allclose(vector, expected / np.linalg.norm(expected), atol=1e-4)


def test_tokens_and_text_vectors_equal_the_librarys(model: clap.Clap, checkpoint: Path) -> None:
    import torch

    library, processor = reference(checkpoint)
    texts = ["music that feels happy", "piano", ""]
    inputs = processor(text=texts, return_tensors="pt", padding=True)
    with torch.no_grad():
        expected = library.get_text_features(**inputs)
    expected = getattr(expected, "pooler_output", expected).numpy()
    ours = model.encode_texts(texts)
    np.testing.assert_allclose(ours, expected / np.linalg.norm(expected, axis=1, keepdims=True), atol=1e-4)


@pytest.mark.parametrize(("seconds", "count"), [(2, 1), (10, 1), (15, 2), (300, 3)])
def test_long_sounds_are_heard_in_a_few_windows(seconds: float, count: int) -> None:
    heard = clap.windows(tones(seconds))
    assert len(heard) == count
    assert all(len(window) <= 480_000 for window in heard)


def test_a_song_is_heard_end_to_end(model: clap.Clap) -> None:
    data = wav_bytes(tones(12))
    reading = reader.read_sound(data, tier="full")
    below = reader.read_sound(data, tier="basic")
    assert (reading.tier, below.tier) == ("full", "basic")
    assert (reading.tempo, reading.key, reading.loudness) == (below.tempo, below.key, below.loudness)
    assert 0 <= reading.valence <= 1
    assert load(AudioReading, dump(reading)) == reading
    assert reader.read_sound(data).tier == "full", "the best tier there is is the default"
    assert {one.question.kind for one in clap_reader.asked(model)} == {"mood", "genre", "instrument", "activity"}
    assert decode(data).duration == pytest.approx(12, abs=0.1)


def test_without_weights_the_tier_below_hears(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DYLUMO_MODEL_DIR", str(tmp_path))
    monkeypatch.setenv("DYLUMO_CLAP_MODEL", str(tmp_path / "gone"))
    data = wav_bytes(tones(6))
    assert reader.read_sound(data).tier == "basic"
    with pytest.raises(Unavailable) as caught:
        reader.read_sound(data, tier="full")
    assert caught.value.code == "clap_not_on_disk"
