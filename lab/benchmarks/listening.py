"""Listening speed: 30-second clips a second on one core in both tiers, and against a plain librosa pass.

The clips are composed here (drums, bass, chords; seeded) and written as Ogg Vorbis, so decoding counts everywhere. All
are warmed up first. The plain pass calls librosa feature by feature, as its tutorials do, for what the basic tier
gives; it is timed with and without the harmonic-percussive separation that usually goes before tempo and chroma.
"""

from __future__ import annotations

import os
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import librosa.beat
import librosa.effects
import librosa.feature
import numpy as np
import pyloudnorm
import soundfile
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from recommender.perception.audio.reader import read_sound
from recommender.perception.weights.loaders import tier_of

SEED, CLIPS, SECONDS, RATE = 20, 16, 30, 44_100
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def run() -> dict[str, Any]:
    """The figures: clips a second a core of each, and the basic tier's ratios to librosa; the lite tier's is None where
    its files are not on disk."""
    for variable in THREAD_VARIABLES:
        os.environ.setdefault(variable, "1")
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(limits=1):
        files = _clips(Path(folder))
        here = _seconds_a_clip(lambda file: read_sound(file, "basic"), files)
        lite = _seconds_a_clip(lambda file: read_sound(file, "lite"), files) if tier_of("sound") == "lite" else None
        plain = _seconds_a_clip(lambda file: _plain_pass(file, separate=False), files)
        separated = _seconds_a_clip(lambda file: _plain_pass(file, separate=True), files[:4])
    return {
        "clips_a_second": round(1 / here, 2),
        "lite_clips_a_second": round(1 / lite, 2) if lite else None,
        "librosa_clips_a_second": round(1 / plain, 2),
        "librosa_with_separation_clips_a_second": round(1 / separated, 2),
        "ratio": round(plain / here, 2),
        "ratio_with_separation": round(separated / here, 2),
        "clips": CLIPS,
        "seconds": SECONDS,
        "format": "Ogg Vorbis, stereo, 44.1 kHz",
        "cores_used": 1,
        "seed": SEED,
        "machine": {"processor": _processor(), "cores": os.cpu_count(), "python": platform.python_version()},
        "load_average": [round(x, 2) for x in os.getloadavg()],
    }


def _seconds_a_clip(listen: Callable[[Path], Any], files: list[Path]) -> float:
    """Median processor seconds for a clip, after one warm-up: other processes on the machine do not count."""
    listen(files[0])
    times = []
    for file in files:
        started = time.process_time()
        listen(file)
        times.append(time.process_time() - started)
    return float(np.median(times))


def _clips(folder: Path) -> list[Path]:
    rng = np.random.default_rng(SEED)
    files = []
    for number in range(CLIPS):
        path = folder / f"{number:02}.ogg"
        with soundfile.SoundFile(path, "w", RATE, 2, format="OGG", subtype="VORBIS") as file:
            clip = _clip(rng)
            for start in range(0, len(clip), RATE):
                file.write(clip[start : start + RATE])
        files.append(path)
    return files


def _clip(rng: np.random.Generator) -> NDArray[np.float32]:
    """(samples, 2): four chords over a beat, with noise for drums."""
    seconds = np.arange(SECONDS * RATE) / RATE
    beat = 60 / rng.uniform(70, 160)
    bar = (seconds / (4 * beat)).astype(int) % 4
    roots = 45 + rng.integers(0, 12) + np.array([0, 5, 7, 3])
    sound = np.zeros_like(seconds)
    for interval, level in ((-12, 0.25), (0, 0.12), (4, 0.1), (7, 0.1)):
        hertz = 440 * 2 ** ((roots[bar] + interval - 69) / 12)
        phase = 2 * np.pi * np.cumsum(hertz) / RATE
        sound += level * sum(np.sin(h * phase) / h for h in (1, 2, 3, 5))
    drums = rng.standard_normal(len(seconds)) * np.exp(-(seconds % beat) * 30)
    left = 0.5 * sound + 0.2 * drums
    return np.stack([left, 0.9 * left + 0.01 * rng.standard_normal(len(left))], axis=1).astype(np.float32)


def _plain_pass(file: Path, *, separate: bool) -> dict[str, Any]:
    """The same features by librosa's public functions, each called by itself."""
    samples, rate = librosa.load(file, sr=22_050)
    harmonic, percussive = librosa.effects.hpss(samples) if separate else (samples, samples)  # type: ignore[attr-defined]
    stereo, stereo_rate = librosa.load(file, sr=None, mono=False)
    features = {
        "chroma_cqt": librosa.feature.chroma_cqt(y=harmonic, sr=rate),
        "chroma_stft": librosa.feature.chroma_stft(y=samples, sr=rate),
        "tempogram": librosa.feature.tempogram(y=percussive, sr=rate),
        "mfcc": librosa.feature.mfcc(y=samples, sr=rate),
        "rms": librosa.feature.rms(y=samples),
        "centroid": librosa.feature.spectral_centroid(y=samples, sr=rate),
        "bandwidth": librosa.feature.spectral_bandwidth(y=samples, sr=rate),
        "rolloff": librosa.feature.spectral_rolloff(y=samples, sr=rate),
        "crossings": librosa.feature.zero_crossing_rate(samples),
    }
    return {
        "tempo": librosa.beat.beat_track(y=percussive, sr=rate)[0],  # type: ignore[attr-defined]
        "loudness": pyloudnorm.Meter(stereo_rate).integrated_loudness(stereo.T),
        **{name: (value.mean(), value.var()) for name, value in features.items()},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
