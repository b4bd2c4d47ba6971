"""Timbre in fifty numbers: mean and variance of level, spectral shape, zero crossings and twenty mel cepstra.

They are the columns of the public tables of librosa features (same names, same order, same definitions), so
regressors can be fitted on those tables and applied to any sound.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from .spectra import CEPSTRA, FRAME, HOP, Spectra, frequencies

SHAPES = ("rms", "spectral_centroid", "spectral_bandwidth", "rolloff", "zero_crossing_rate")
NAMES = tuple(f"{name}_{kind}" for name in (*SHAPES, *(f"mfcc{n + 1}" for n in range(CEPSTRA))) for kind in ("mean", "var"))
ROLLOFF_SHARE = 0.85

Vector = NDArray[np.float64]


def descriptors(spectrum: Spectra) -> dict[str, float]:
    """``NAMES`` to values: hertz for the shapes, full scale = 1 for the level, decibels for the cepstra."""
    tracks = [*_shapes(spectrum), *_cepstra(spectrum).T]
    values = [moment for track in tracks for moment in (track.mean(dtype=np.float64), track.var(dtype=np.float64))]
    return dict(zip(NAMES, map(float, values), strict=True))


def as_row(values: Mapping[str, float]) -> Vector:
    """(50,): descriptors on the scale on which regressors are fitted. Everything that is positive by definition
    spans orders of magnitude and is taken as a logarithm."""
    positive = {name for name in NAMES if name.endswith("_var") or not name.startswith("mfcc")}
    return np.array([np.log(max(values[n], 1e-9)) if n in positive else values[n] for n in NAMES])


def _shapes(spectrum: Spectra) -> tuple[NDArray[np.float32], ...]:
    """Per frame: level, centroid, bandwidth, rolloff, zero crossing rate."""
    magnitude, hertz = spectrum.magnitude, frequencies()
    total = np.maximum(magnitude.sum(axis=1), 1e-12)
    centroid = magnitude @ hertz / total
    spread = np.maximum(magnitude @ np.square(hertz) / total - np.square(centroid), 0)
    cumulative = np.cumsum(magnitude, axis=1)
    rolloff = hertz[(cumulative < ROLLOFF_SHARE * cumulative[:, -1:]).sum(axis=1)]
    return spectrum.rms, centroid, np.sqrt(spread), rolloff, _zero_crossings(spectrum.samples, len(magnitude))


def _cepstra(spectrum: Spectra) -> NDArray[np.float32]:
    """(frames, 20): orthonormal cosine transform of the mel levels."""
    from scipy.fft import dct

    return dct(spectrum.mel_db, axis=1, norm="ortho")[:, :CEPSTRA]  # type: ignore[no-any-return]


def _zero_crossings(samples: NDArray[np.float32], frames: int) -> NDArray[np.float32]:
    """(frames,): share of neighbouring samples with different signs under each frame."""
    padded = np.pad(samples, FRAME // 2, mode="edge")
    crossings = np.concatenate([[0], np.cumsum(np.signbit(padded[1:]) != np.signbit(padded[:-1]))])
    starts = np.arange(frames) * HOP
    return ((crossings[starts + FRAME - 1] - crossings[starts]) / FRAME).astype(np.float32)
