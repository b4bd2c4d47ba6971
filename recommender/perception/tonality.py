"""Key and mode: spectral peaks -> tuning -> chroma -> correlation with the twenty-four key profiles.

The spectrum here has long frames (0.37 s), since neighbouring bass notes lie 3 Hz apart; it is sparse in time,
so it costs a fraction of the one used for rhythm and timbre.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from .audio_files import RATE
from .spectra import hann

FRAME, HOP = 8_192, 4_096
LOWEST, HIGHEST, BASS_HIGHEST = 50.0, 1_000.0, 200.0
"""Hertz. Above the highest, overtones outweigh the notes themselves."""

COMPRESSION = 0.7
"""Exponent on a peak's magnitude: a loud note counts for more, but not for all."""

BASS_WEIGHT = 0.3
"""How much the bass line's share of tonic (and half its share of the fifth) adds to a key's correlation."""

MAJOR = (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081)
MINOR = (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052)
"""Share of each scale degree in pieces of known key (Albrecht & Shanahan 2013), tonic first."""

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Tonality:
    """``key`` 0..11, C = 0; ``mode`` 1 major, 0 minor; ``confidence`` and ``mode_confidence`` 0..1;
    ``minorness`` -1..1: best minor minus best major correlation; ``clarity`` 0..1: how tonal at all;
    ``tuning``: semitones from A = 440 Hz."""

    key: int
    mode: int
    confidence: float
    mode_confidence: float
    minorness: float
    clarity: float
    tuning: float


@dataclass(frozen=True)
class _Peaks:
    frame: NDArray[np.intp]
    pitch: Vector
    weight: Vector
    frames: int


def tonality(samples: NDArray[np.float32]) -> Tonality:
    """Key and mode of (N,) mono samples. ``key`` is -1 where there is no pitched sound."""
    peaks = _peaks(samples)
    if not peaks.weight.size or peaks.weight.sum() <= 0:
        return Tonality(-1, 1, 0.0, 0.0, 0.0, 0.0, 0.0)
    tuning = _tuning(peaks)
    chroma = _chroma(peaks, tuning, HIGHEST)
    scores = key_correlations(chroma.sum(axis=0))
    bass = _balanced(_chroma(peaks, tuning, BASS_HIGHEST))
    support = BASS_WEIGHT * (bass + np.roll(bass, -7) / 2)
    total = scores + support
    mode, key = (1, int(total[0].argmax())) if total[0].max() >= total[1].max() else (0, int(total[1].argmax()))
    minorness = float(total[1].max() - total[0].max())
    second = float(np.partition(total.ravel(), -2)[-2])
    return Tonality(
        key=key,
        mode=mode,
        confidence=float(np.clip((total.max() - second) / 0.15, 0.05, 1)),
        mode_confidence=float(np.clip(abs(minorness) / 0.2, 0.05, 1)),
        minorness=minorness,
        clarity=float(np.clip(scores.max(), 0, 1)),
        tuning=tuning,
    )


def key_correlations(chroma: Vector) -> Vector:
    """(2, 12): Pearson correlation of a (12,) chroma with each major (row 0) and minor (row 1) key's profile
    (Krumhansl 1990). All zero for a flat chroma."""
    centred = chroma - chroma.mean()
    norm = np.linalg.norm(centred)
    return _profiles() @ (centred / norm) if norm > 1e-12 else np.zeros((2, 12))


@cache
def _profiles() -> Vector:
    """(2, 12 keys, 12 pitch classes), centred and of unit length."""
    rows = np.array([[np.roll(profile, key) for key in range(12)] for profile in (MAJOR, MINOR)])
    rows -= rows.mean(axis=2, keepdims=True)
    return rows / np.linalg.norm(rows, axis=2, keepdims=True)  # type: ignore[no-any-return]


def _peaks(samples: NDArray[np.float32]) -> _Peaks:
    """Local maxima of the magnitude spectrum, their pitch refined by a parabola through the log magnitudes."""
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
    hertz = (bin_ + low + offset) * RATE / FRAME
    weight = np.exp(COMPRESSION * (centre - (left - right) * offset / 4))
    return _Peaks(frame=at, pitch=69 + 12 * np.log2(hertz / 440), weight=weight, frames=len(frames))


def _tuning(peaks: _Peaks) -> float:
    """Mean deviation from the equal-tempered grid, as a circular mean, in semitones (-0.5..0.5)."""
    return float(np.angle(np.sum(peaks.weight * np.exp(2j * np.pi * peaks.pitch))) / (2 * np.pi))


def _chroma(peaks: _Peaks, tuning: float, highest: float) -> Vector:
    """(frames, 12): peak weights by pitch class; a peak between two semitones counts less (squared cosine)."""
    pitch = peaks.pitch - tuning
    nearest = np.round(pitch)
    weight = peaks.weight * np.cos(np.pi * (pitch - nearest)) ** 2
    weight[peaks.pitch > 69 + 12 * np.log2(highest / 440)] = 0
    cells = peaks.frame * 12 + nearest.astype(np.intp) % 12
    chroma = np.bincount(cells, weights=weight, minlength=peaks.frames * 12).astype(np.float64)
    return chroma.reshape(peaks.frames, 12)


def _balanced(chroma: Vector) -> Vector:
    """(12,) summing to 1 (0 for silence), each frame counting the same."""
    totals = chroma.sum(axis=1, keepdims=True)
    mean = np.divide(chroma, totals, out=np.zeros_like(chroma), where=totals > 0).sum(axis=0)
    return mean / mean.sum() if mean.sum() > 0 else mean  # type: ignore[no-any-return]
