"""What is heard: tempo, key, loudness, timbre and the reading as a whole."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.perception.audio.affect_model import Cues, valence_percentile
from recommender.perception.audio.decode import RATE, Sound, SoundError
from recommender.perception.audio.feature_model import load
from recommender.perception.audio.key import key_correlations, tonality
from recommender.perception.audio.loudness import SILENCE, integrated_loudness
from recommender.perception.audio.pitches import pitches
from recommender.perception.audio.reader import analyse_sound, read_sound
from recommender.perception.audio.spectra import spectra
from recommender.perception.audio.tempo import rhythm
from recommender.perception.audio.timbre import NAMES, ROW_NAMES, descriptors
from recommender.perception.vocabulary import GENRES, MOODS
from tests.recommender.songs import chord_song, clicks, encoded


def _sound(samples: np.ndarray) -> Sound:
    return Sound(channels=np.stack([samples, samples]), duration=len(samples) / RATE)


@pytest.mark.parametrize("tempo", [68, 75.5, 92, 104, 118, 128.4, 140])
def test_the_tempo_of_a_click_track_is_found(tempo: float) -> None:
    heard = rhythm(spectra(clicks(tempo)))
    assert heard.tempo == pytest.approx(tempo, rel=0.02)
    assert heard.pulse > 0.3


@pytest.mark.parametrize("tempo", [48, 155, 176, 200])
def test_an_unusual_tempo_is_found_at_one_of_the_two_octaves(tempo: float) -> None:
    heard = rhythm(spectra(clicks(tempo)))
    assert min(abs(t / tempo - 1) for t in (heard.tempo, heard.alternative)) < 0.02


def test_a_steady_tone_has_no_clear_pulse() -> None:
    tone = 0.3 * np.sin(2 * np.pi * 220 * np.arange(10 * RATE) / RATE).astype(np.float32)
    assert rhythm(spectra(tone)).pulse < 0.08 < rhythm(spectra(clicks(120))).pulse


@pytest.mark.parametrize("mode", [0, 1])
@pytest.mark.parametrize("key", range(12))
def test_the_key_of_a_song_is_found_in_all_twenty_four(key: int, mode: int) -> None:
    heard = tonality(pitches(chord_song(key=key, mode=mode, tempo=110)))
    assert (heard.key, heard.mode) == (key, mode)


@pytest.mark.parametrize("detune", [-0.35, 0.2, 0.4])
def test_a_detuned_recording_keeps_its_key(detune: float) -> None:
    sounding = pitches(chord_song(key=5, detune=detune, drums=0))
    heard = tonality(sounding)
    assert (heard.key, heard.mode) == (5, 1)
    assert sounding.tuning == pytest.approx(detune, abs=0.06)


@given(st.lists(st.floats(0, 1), min_size=12, max_size=12), st.integers(0, 11))
def test_transposing_the_chroma_transposes_the_key(chroma: list[float], steps: int) -> None:
    here, there = key_correlations(np.array(chroma)), key_correlations(np.roll(chroma, steps))
    np.testing.assert_allclose(np.roll(here, steps, axis=1), there, atol=1e-9)
    assert np.abs(here).max() <= 1 + 1e-9


@pytest.mark.parametrize(("level", "channels"), [(-23.0, 2), (-10.0, 2), (-30.0, 1)])
def test_loudness_follows_the_standards_test_tone(level: float, channels: int) -> None:
    """EBU Tech 3341, case 1: a stereo sine of 1 kHz with peaks at L dBFS reads L LUFS; one channel, 3 less."""
    sine = 10 ** (level / 20) * np.sin(2 * np.pi * 1000 * np.arange(8 * RATE) / RATE)
    heard = integrated_loudness(np.stack([sine] * channels).astype(np.float32), RATE)
    assert heard == pytest.approx(level - (3.01 if channels == 1 else 0), abs=0.1)


def test_loudness_agrees_with_an_independent_meter() -> None:
    import pyloudnorm

    rng = np.random.default_rng(3)
    loud, soft = rng.standard_normal((2, 6 * RATE)) * 0.2, rng.standard_normal((2, 6 * RATE)) * 0.002
    samples = np.concatenate([loud, soft, loud], axis=1).astype(np.float32)
    assert integrated_loudness(samples, RATE) == pytest.approx(
        pyloudnorm.Meter(RATE).integrated_loudness(samples.T), abs=0.2
    )


@pytest.mark.slow  # librosa compiles itself for half a minute when it is first imported
def test_timbre_matches_librosa_number_by_number() -> None:
    librosa = pytest.importorskip("librosa")
    samples = chord_song(key=2, seconds=8)
    ours = descriptors(spectra(samples), pitches(samples).tuning)
    magnitude = np.abs(librosa.stft(samples, pad_mode="reflect"))
    level = librosa.power_to_db(librosa.feature.melspectrogram(S=magnitude**2, sr=RATE))
    theirs = {
        "rms": librosa.feature.rms(y=samples),
        "spectral_centroid": librosa.feature.spectral_centroid(S=magnitude, sr=RATE),
        "spectral_bandwidth": librosa.feature.spectral_bandwidth(S=magnitude, sr=RATE),
        "rolloff": librosa.feature.spectral_rolloff(S=magnitude, sr=RATE),
        "zero_crossing_rate": librosa.feature.zero_crossing_rate(samples),
        **{f"mfcc{n + 1}": row for n, row in enumerate(librosa.feature.mfcc(S=level, n_mfcc=20))},
    }
    for name, track in theirs.items():
        assert ours[f"{name}_mean"] == pytest.approx(track.mean(), rel=1e-3, abs=1e-3), name
        assert ours[f"{name}_var"] == pytest.approx(track.var(), rel=1e-2, abs=1e-3), name
    assert set(ours) == set(NAMES)


def test_a_reading_is_complete_and_in_range() -> None:
    reading = read_sound(encoded(chord_song(key=9, mode=0, tempo=96), container="ogg", codec="libopus", rate=48_000))
    for name in ("valence", "arousal", "energy", "danceability", "acousticness", "instrumentalness", "speechiness"):
        assert 0 <= getattr(reading, name) <= 1, name
        assert 0 <= reading.confidence[name] <= 1, name
    assert reading.tempo == pytest.approx(96, rel=0.03)
    assert (reading.key, reading.mode) == (9, 0)
    assert reading.liveness is None
    assert {label.name for label in reading.moods} <= set(MOODS)
    assert {label.name for label in reading.genres} <= set(GENRES)
    assert reading.tier == "basic"


@settings(max_examples=5, deadline=None)
@given(st.floats(0.05, 1.5))
def test_turning_the_volume_moves_loudness_but_hardly_the_character(gain: float) -> None:
    samples = chord_song(tempo=100, seconds=8)
    plain, turned = analyse_sound(_sound(samples)), analyse_sound(_sound(np.float32(gain) * samples))
    assert turned.loudness - plain.loudness == pytest.approx(20 * np.log10(gain), abs=0.3)
    assert turned.valence == pytest.approx(plain.valence, abs=0.05)
    assert (turned.key, turned.mode) == (plain.key, plain.mode)
    assert turned.tempo == pytest.approx(plain.tempo, rel=0.01)


def test_noise_and_drums_have_more_energy_than_a_soft_tone() -> None:
    rng = np.random.default_rng(1)
    soft = 0.1 * np.sin(2 * np.pi * 262 * np.arange(12 * RATE) / RATE).astype(np.float32)
    hard = (chord_song(tempo=150, seconds=12) + 0.2 * rng.standard_normal(12 * RATE)).astype(np.float32)
    quiet, loud = analyse_sound(_sound(soft)), analyse_sound(_sound(hard))
    assert loud.energy > quiet.energy + 0.2
    assert loud.arousal > quiet.arousal + 0.2
    assert loud.acousticness < quiet.acousticness


def test_the_same_song_in_major_is_happier_than_in_minor() -> None:
    major, minor = (analyse_sound(_sound(chord_song(key=4, mode=mode, tempo=112, seconds=12))) for mode in (1, 0))
    assert major.valence > minor.valence + 0.15
    assert major.arousal == pytest.approx(minor.arousal, abs=0.1)


def _cues(**changes: float) -> Cues:
    usual = {"majorness": 0.0, "tempo": 110.0, "pulse": 0.08, "consonance": -2.45, "energy": 0.5}
    return Cues(**{**usual, "instrumentalness": 0.5, **changes})


def test_theory_decides_where_timbre_knows_nothing_and_timbre_where_it_does() -> None:
    happy = _cues(majorness=0.4, tempo=130)
    assert valence_percentile(0.1, 0.0, happy) > 0.8
    assert valence_percentile(0.9, 0.0, _cues(majorness=-0.4, tempo=60)) < 0.2
    assert valence_percentile(0.1, 1.0, _cues(majorness=0.4, instrumentalness=0.0)) < 0.1


@given(st.floats(0, 1), st.floats(0, 1), st.floats(-1, 1), st.floats(38, 250), st.floats(0, 1))
def test_valence_stays_in_range_and_never_falls_with_majorness(
    timbre: float, nearness: float, majorness: float, tempo: float, share: float
) -> None:
    def heard(by: float) -> float:
        return float(valence_percentile(timbre, nearness, _cues(majorness=by, tempo=tempo, instrumentalness=share)))

    assert 0 <= heard(majorness) <= heard(majorness + 0.1) <= 1


def test_a_sound_unlike_the_songs_learned_from_is_known_to_be_far() -> None:
    model = load()
    song = model.rows[0] * model.scale + model.centre
    strange = model.centre + model.scale * np.where(np.arange(len(ROW_NAMES)) % 2, 3, -3)
    assert model.percentiles(song)[2] > 0.7
    assert model.percentiles(strange)[2] < 0.1


def test_silence_is_refused_with_a_code() -> None:
    assert integrated_loudness(np.zeros((2, 5 * RATE), np.float32), RATE) == SILENCE
    with pytest.raises(SoundError) as caught:
        analyse_sound(_sound(np.zeros(5 * RATE, np.float32)))
    assert caught.value.code == "sound_silent"


def test_the_command_goes_on_after_a_bad_file_and_ends_with_status_1(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.wav", tmp_path / "bad.mp3"
    good.write_bytes(encoded(chord_song(seconds=6)))
    bad.write_bytes(b"no sound")
    out = StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("read_sound", str(bad), str(good), "--json", stdout=out)
    assert stopped.value.code == 1
    first, second = map(json.loads, out.getvalue().splitlines())
    assert first["error"]["code"] == "not_sound"
    assert " ".join(second) == (
        "file valence arousal energy danceability acousticness instrumentalness speechiness liveness tempo key mode "
        "loudness moods genres form harmony tier ms"
    )


def test_the_middle_of_silence_and_sound_is_read_without_a_warning(recwarn: pytest.WarningsRecorder) -> None:
    samples = np.concatenate([np.zeros(4 * RATE, np.float32), chord_song(seconds=4)])
    assert analyse_sound(_sound(samples)).tempo > 0
    assert not [w for w in recwarn if issubclass(w.category, RuntimeWarning)]


SOUNDTRACK = sorted(Path("/usr/share/games").glob("wesnoth/*/data/core/music/*.ogg"))[::8]


@pytest.mark.skipif(not SOUNDTRACK, reason="Debian's wesnoth music is not installed")
def test_an_orchestra_is_not_taken_for_a_singer() -> None:
    heard = [read_sound(path, tier="basic").instrumentalness or 0.0 for path in SOUNDTRACK]
    assert min(heard) > 0.1
    assert sorted(heard)[len(heard) // 2] > 0.3


def test_a_half_certain_percentile_is_a_half_certain_value() -> None:
    model = load()
    pop, classical = ({str(name): float(name == which) for name in model.genres} for which in ("pop", "classical"))
    at = [model.instrumentalness(percentile / 10, pop, 1.0) for percentile in range(11)]
    assert at == sorted(at) and at[0] < 0.05 and at[10] > 0.35
    assert 0.1 < at[7] < 0.5
    assert model.instrumentalness(0.5, classical, 0.0) > 0.6
    assert model.instrumentalness(0.5, pop, 0.0) < 0.2
