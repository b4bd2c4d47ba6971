"""Key and mode: spectral peaks -> tuning -> chroma (``pitches``) -> correlation with the twenty-four key profiles.

Every part of a sound votes, so that a loud passage in another key does not decide. On the 160 clips of ``felt_music``
this agrees with madmom's network (Korzeniowski & Widmer 2018; its own errors are about one in four) on key and mode in
65 %, without the vote in 64 %, and on mode in 81 %; librosa's constant-Q chroma with the best of five pairs of profiles
in 56 % and 79 %, for twice the time of everything else. Hence spectral peaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from recommender.perception.audio.pitches import Pitches

PARTS = 6
"""Stretches of a sound that vote: of half a minute, five seconds each."""

BASS_HIGHEST = 200.0
"""Hertz."""

BASS_WEIGHT = 0.3
"""How much the bass line's share of tonic (and half its share of the fifth) adds to a key's correlation."""

MAJOR = (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081)
MINOR = (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052)
"""Share of each scale degree in pieces of known key (Albrecht & Shanahan 2013), tonic first."""

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Tonality:
    """``key`` 0..11, C = 0; ``mode`` 1 major, 0 minor; ``confidence`` and ``mode_confidence`` 0..1;
    ``minorness`` -1..1: best minor minus best major correlation; ``clarity`` 0..1: how tonal at all."""

    key: int
    mode: int
    confidence: float
    mode_confidence: float
    minorness: float
    clarity: float


def tonality(sounding: Pitches) -> Tonality:
    """Key and mode of what sounds. ``key`` is -1 where there is no pitched sound."""
    if sounding.silent:
        return Tonality(-1, 1, 0.0, 0.0, 0.0, 0.0)
    parts = np.array_split(sounding.chroma(), PARTS)
    scores = np.mean([key_correlations(part.sum(axis=0)) for part in parts], axis=0)
    bass = _balanced(sounding.chroma(BASS_HIGHEST))
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


def _balanced(chroma: Vector) -> Vector:
    """(12,) summing to 1 (0 for silence), each frame counting the same."""
    totals = chroma.sum(axis=1, keepdims=True)
    mean = np.divide(chroma, totals, out=np.zeros_like(chroma), where=totals > 0).sum(axis=0)
    return mean / mean.sum() if mean.sum() > 0 else mean  # type: ignore[no-any-return]
