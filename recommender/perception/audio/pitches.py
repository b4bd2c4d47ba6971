"""Which pitches sound when: the peaks of a long-framed spectrum, how it is tuned, and chroma.

Long frames (0.37 s), since neighbouring bass notes lie 3 Hz apart; sparse in time, so it costs a fraction of the
spectrum used for rhythm and timbre. Key, harmony and form all read this one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.perception.audio.decode import RATE
from recommender.perception.audio.spectra import hann

FRAME, HOP = 8_192, 4_096
PITCH_RATE = RATE / HOP
"""Frames a second."""

LOWEST, HIGHEST = 50.0, 1_000.0
"""Hertz. Above the highest, overtones outweigh the notes themselves."""

COMPRESSION = 0.7
"""Exponent on a peak's magnitude: a loud note counts for more, but not for all."""

Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Pitches:
    """Spectral peaks, each (n,): ``frame`` number, ``pitch`` in semitones (A4 = 69), ``weight`` (compressed magnitude).
    ``frames``: how many there are; ``tuning``: semitones from A = 440 Hz, -0.5..0.5."""

    frame: NDArray[np.intp]
    pitch: Vector
    weight: Vector
    frames: int
    tuning: float

    @property
    def silent(self) -> bool:
        return not self.weight.size or self.weight.sum() <= 0

    def chroma(self, highest: float = HIGHEST) -> Vector:
        """(frames, 12), C first: weights by pitch class up to ``highest`` hertz; a peak between two semitones counts
        less (squared cosine)."""
        pitch = self.pitch - self.tuning
        nearest = np.round(pitch)
        weight = self.weight * np.cos(np.pi * (pitch - nearest)) ** 2
        weight[self.pitch > 69 + 12 * np.log2(highest / 440)] = 0
        cells = self.frame * 12 + nearest.astype(np.intp) % 12
        chroma = np.bincount(cells, weights=weight, minlength=self.frames * 12).astype(np.float64)
        return chroma.reshape(self.frames, 12)


def pitches(samples: NDArray[np.float32]) -> Pitches:
    """The pitches of (N,) mono samples: local maxima of the magnitude spectrum, refined by a parabola through the log
    magnitudes."""
    from scipy.fft import rfft

    padded = np.pad(samples, (0, max(FRAME - len(samples), 0)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP]
    low, high = int(LOWEST * FRAME / RATE), int(HIGHEST * FRAME / RATE)
    magnitude = np.abs(rfft(frames * hann(FRAME), axis=1))[:, low - 1 : high + 1].astype(np.float64)
    level = np.log(magnitude + 1e-9)
    here = level[:, 1:-1]
    audible = magnitude[:, 1:-1] > 1e-4 * max(magnitude.max(), 1e-6)
    at, bin_ = np.nonzero((here > level[:, :-2]) & (here >= level[:, 2:]) & audible)
    left, centre, right = level[at, bin_], level[at, bin_ + 1], level[at, bin_ + 2]
    offset = (left - right) / (2 * (left - 2 * centre + right) - 1e-12)
    pitch = 69 + 12 * np.log2((bin_ + low + offset) * RATE / FRAME / 440)
    weight = np.exp(COMPRESSION * (centre - (left - right) * offset / 4))
    # a circular mean of the deviations from the equal-tempered grid
    tuning = float(np.angle(np.sum(weight * np.exp(2j * np.pi * pitch))) / (2 * np.pi))
    return Pitches(frame=at, pitch=pitch, weight=weight, frames=len(frames), tuning=tuning)
