"""What theory says of the chords: borrowed notes, consonance, roughness, tension, and how often the harmony changes.

- ``outside``, ``mixture``: the share of what sounds that is no degree of the key, and the part of it that belongs to
  the parallel mode (modal mixture; Aldwell & Schachter). Minor has its raised sixth and seventh.
- ``consonance``: dyads weighed by Huron's (1994) consonance of interval classes.
- ``roughness``: beating of neighbouring partials, Plomp & Levelt's curve in the form of Sethares (2005).
- ``tension``: the mean of dissonance and of the strain against the key, two of the three aspects of Herremans & Chew
  (2016); strain is the angle from the key's own place in the space of tonal centroids (Harte, Sandler & Gasser 2006).
  That both weigh the same is our choice.
- ``changes``: peaks of the harmonic change detection function (Harte et al. 2006), a minute.

Overtones sound too, so that even plain triads leave a little outside the key; figures compare pieces, they do not
count notes.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from core.schemas import Harmony
from recommender.perception.audio.key import MAJOR, MINOR, Tonality
from recommender.perception.audio.pitches import COMPRESSION, PITCH_RATE, Pitches

DYADS = (0.0, -1.428, -0.582, 0.594, 0.386, 1.240, -0.453)
"""Consonance of interval classes 0..6 (Huron 1994); a unison is none."""

SCALES = {1: (0, 2, 4, 5, 7, 9, 11), 0: (0, 2, 3, 5, 7, 8, 9, 10, 11)}
PARALLEL = {1: (3, 8, 10), 0: (4,)}
"""Degrees, in semitones above the tonic, that only the parallel mode has."""

RADII = (1.0, 1.0, 0.5)
"""Of the circles of fifths, minor thirds and major thirds (Harte et al. 2006)."""
SMOOTHING = 0.45
"""Standard deviation, in seconds, of the Gaussian over the centroids."""
LEAST_CHANGE = 0.2
"""A peak of the change function counts from here."""

PARTIALS, FAINTEST = 16, 0.05
"""The strongest of each frame, and the least share of its strongest that one must have: what is fainter is noise."""

AUDIBLE = 0.1
"""A frame counts from this share of the typical frame's weight."""

Vector = NDArray[np.float64]


def harmony(sounding: Pitches, tones: Tonality) -> Harmony | None:
    """None where there is no key to hear it in."""
    chroma = sounding.chroma()
    # noise and reverberation lie in all twelve
    chroma = np.maximum(chroma - np.median(chroma, axis=1, keepdims=True), 0)
    totals = chroma.sum(axis=1)
    kept = totals > AUDIBLE * np.median(totals[totals > 0]) if totals.any() else np.zeros(len(totals), dtype=bool)
    if tones.key < 0 or not kept.any():
        return None
    chroma = chroma[kept] / totals[kept, None]
    degrees = np.roll(chroma.mean(axis=0), -tones.key)
    outside = np.setdiff1d(np.arange(12), SCALES[tones.mode])
    centroids = _smoothed(chroma) @ _circles().T
    home = _circles() @ np.roll((MINOR, MAJOR)[tones.mode], tones.key)
    pleasing = consonance(chroma)
    return Harmony(
        outside=float(degrees[outside].sum()),
        mixture=float(degrees[list(PARALLEL[tones.mode])].sum()),
        consonance=pleasing,
        roughness=roughness(sounding),
        tension=(1 - pleasing + strain(centroids, home)) / 2,
        changes=_changes(centroids),
    )


def consonance(chroma: Vector) -> float:
    """0..1 for (frames, 12): the mean over all dyads that sound together, each as heavy as both its notes; 0.5 where
    no two do."""
    together = np.einsum("fi,fj->ij", chroma, chroma)
    np.fill_diagonal(together, 0.0)
    worst, best = min(DYADS), max(DYADS)
    if together.sum() <= 1e-12:
        return 0.5
    return float(((together * _dyads()).sum() / together.sum() - worst) / (best - worst))


def strain(centroids: Vector, home: Vector) -> float:
    """0..1: mean of half of one less the cosine between each of (frames, 6) and (6,)."""
    lengths = np.linalg.norm(centroids, axis=1) * np.linalg.norm(home)
    return float(np.mean(1 - centroids @ home / np.maximum(lengths, 1e-9)) / 2)


def roughness(sounding: Pitches) -> float:
    """0..1: beating of all pairs of partials over the sum of their amplitudes and the beating, the mean over frames; 0
    for one pure tone."""
    hertz, amplitude = _strongest(sounding)
    one, other = np.triu_indices(PARTIALS, 1)
    apart = np.abs(hertz[:, one] - hertz[:, other]) * 0.24 / (0.021 * np.minimum(hertz[:, one], hertz[:, other]) + 19)
    beating = 5 * (np.exp(-3.51 * apart) - np.exp(-5.75 * apart))
    pairs = (np.minimum(amplitude[:, one], amplitude[:, other]) * beating).sum(axis=1)
    sums = pairs + amplitude.sum(axis=1)
    heard = sums > 0
    return float((pairs[heard] / sums[heard]).mean()) if heard.any() else 0.0


def _strongest(sounding: Pitches) -> tuple[Vector, Vector]:
    """(frames, PARTIALS) hertz and amplitudes, the strongest of each frame being 1; what is missing has none."""
    loudest = np.zeros(sounding.frames)
    np.maximum.at(loudest, sounding.frame, sounding.weight)
    audible = np.flatnonzero(sounding.weight >= FAINTEST**COMPRESSION * loudest[sounding.frame])
    order = audible[np.lexsort((-sounding.weight[audible], sounding.frame[audible]))]
    frame = sounding.frame[order]
    rank = np.arange(len(frame)) - np.searchsorted(frame, frame)
    order, frame, rank = (one[rank < PARTIALS] for one in (order, frame, rank))
    hertz, amplitude = np.full((sounding.frames, PARTIALS), 1.0), np.zeros((sounding.frames, PARTIALS))
    hertz[frame, rank] = 440 * 2 ** ((sounding.pitch[order] - 69) / 12)
    amplitude[frame, rank] = (sounding.weight[order] / loudest[frame]) ** (1 / COMPRESSION)
    return hertz, amplitude


def _smoothed(chroma: Vector) -> Vector:
    from scipy.ndimage import gaussian_filter1d

    return gaussian_filter1d(chroma, SMOOTHING * PITCH_RATE, axis=0, mode="nearest")  # type: ignore[no-any-return]


def _changes(centroids: Vector) -> float:
    """Peaks a minute of how far the centroid moves from one side of a frame to the other."""
    if len(centroids) < 5:
        return 0.0
    moved = np.linalg.norm(centroids[2:] - centroids[:-2], axis=1)
    peak = (moved[1:-1] > moved[:-2]) & (moved[1:-1] >= moved[2:]) & (moved[1:-1] > LEAST_CHANGE)
    return float(peak.sum() * 60 * PITCH_RATE / len(centroids))


@cache
def _circles() -> Vector:
    """(6, 12): where each pitch class lies on the three circles."""
    turns = np.arange(12) * np.pi * np.array([[7 / 6], [3 / 2], [2 / 3]])
    radii = np.array(RADII)[:, None]
    return np.concatenate([radii * np.sin(turns), radii * np.cos(turns)])


@cache
def _dyads() -> Vector:
    """(12, 12): the consonance of every two pitch classes."""
    steps = np.abs(np.arange(12)[:, None] - np.arange(12))
    return np.array(DYADS)[np.minimum(steps, 12 - steps)]  # type: ignore[no-any-return]
