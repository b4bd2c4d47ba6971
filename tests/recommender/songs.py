"""Songs made for tests: chords over a beat, in any key, mode and tempo, and their encoding in any format."""

from __future__ import annotations

import io

import av
import numpy as np
from numpy.typing import NDArray

from recommender.perception.audio.decode import RATE

Samples = NDArray[np.float32]

PROGRESSIONS = {1: ((0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7)), 0: ((0, 3, 7), (5, 8, 12), (7, 11, 14), (0, 3, 7))}
"""I IV V I and i iv V i, in semitones above the tonic."""


def clicks(tempo: float, *, seconds: float = 20, seed: int = 0) -> Samples:
    """Bursts of noise on every beat, the first of four louder."""
    rng = np.random.default_rng(seed)
    samples = np.zeros(int(seconds * RATE), np.float32)
    burst = rng.standard_normal(1500) * np.exp(-np.arange(1500) / 250)
    for beat, at in enumerate(np.arange(0.1, seconds - 0.2, 60 / tempo)):
        start = int(at * RATE)
        samples[start : start + 1500] += (0.6 if beat % 4 == 0 else 0.35) * burst
    return samples


def chord_song(
    *, key: int = 0, mode: int = 1, tempo: float = 120, seconds: float = 16, drums: float = 0.3, detune: float = 0.0
) -> Samples:
    """A chord for each bar of four beats, with a bass, overtones and drums. ``detune`` in semitones."""
    time = np.arange(int(seconds * RATE)) / RATE
    beat = 60 / tempo
    bars = (time / (4 * beat)).astype(int) % 4
    envelope = np.exp(-(time % beat) * 2)
    samples = np.zeros_like(time)
    for voice in range(-1, 3):
        steps = np.array([chord[max(voice, 0)] - (24 if voice < 0 else 0) for chord in PROGRESSIONS[mode]])[bars]
        hertz = 440 * 2 ** ((60 + key + steps + detune - 69) / 12)
        phase = 2 * np.pi * np.cumsum(hertz) / RATE
        samples += 0.1 * envelope * sum(np.sin(n * phase) / n for n in range(1, 5))
    return (samples + drums * clicks(tempo, seconds=seconds)[: len(time)]).astype(np.float32)


def encoded(samples: Samples, *, container: str = "wav", codec: str = "pcm_s16le", rate: int = RATE) -> bytes:
    """Mono samples at ``RATE`` as the bytes of a stereo file."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate, layout="stereo")
        frame = av.AudioFrame.from_ndarray(np.stack([samples, samples]), format="fltp", layout="stereo")
        frame.rate = RATE
        resampler = av.AudioResampler(
            format=stream.codec_context.format, layout="stereo", rate=rate, frame_size=stream.frame_size or 1024
        )
        for piece in (*resampler.resample(frame), *resampler.resample(None)):
            output.mux(stream.encode(piece))
        output.mux(stream.encode(None))
    return buffer.getvalue()
