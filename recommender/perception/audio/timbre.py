"""Timbre in 52 numbers: mean and variance of chroma, level, spectral shape, zero crossings and twenty mel cepstra.

They are the columns of the public tables of librosa features (same names, same order, same definitions), so
regressors can be fitted on those tables and applied to any sound.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from recommender.perception.audio.decode import RATE
from recommender.perception.audio.spectra import CEPSTRA, FRAME, HOP, MEL_BANDS, Spectra, frequencies

SHAPES = ("chroma_stft", "rms", "spectral_centroid", "spectral_bandwidth", "rolloff", "zero_crossing_rate")
TRACKS = (*SHAPES, *(f"mfcc{n + 1}" for n in range(CEPSTRA)))
NAMES = tuple(f"{name}_{kind}" for name in TRACKS for kind in ("mean", "var"))
ROW_NAMES = tuple(name for name in NAMES if name != "rms_mean")
CONSONANCE = ROW_NAMES.index("chroma_stft_var")
"""Place in a row: high where few pitch classes sound at a time."""

ROLLOFF_SHARE = 0.85

Vector = NDArray[np.float64]


def descriptors(spectrum: Spectra, tuning: float = 0.0) -> dict[str, float]:
    """``NAMES`` to values: hertz for the shapes, full scale = 1 for the level, decibels for the cepstra.
    ``tuning``: semitones from A = 440 Hz."""
    tracks = [_chroma(spectrum, tuning), *_shapes(spectrum), *_cepstra(spectrum).T]
    values = [moment for track in tracks for moment in (track.mean(dtype=np.float64), track.var(dtype=np.float64))]
    return dict(zip(NAMES, map(float, values), strict=True))


def as_row(values: Mapping[str, float]) -> Vector:
    """(51,): descriptors on the scale on which regressors are fitted. The gain of the recording is taken out (it
    says how a copy was mastered, not how the music sounds), so the mean level is dropped; what is positive by
    definition spans orders of magnitude and is taken as a logarithm."""
    level = max(values["rms_mean"], 1e-6)
    relative = {
        **values,
        "rms_var": values["rms_var"] / level**2,
        "mfcc1_mean": values["mfcc1_mean"] - np.sqrt(MEL_BANDS) * 20 * np.log10(level),
    }
    positive = {name for name in NAMES if name.endswith("_var") or not name.startswith(("mfcc", "chroma"))}
    return np.array([np.log(max(relative[n], 1e-9)) if n in positive else relative[n] for n in ROW_NAMES])


def _chroma(spectrum: Spectra, tuning: float) -> NDArray[np.float32]:
    """(frames, 12): power by pitch class, the strongest class of each frame being 1."""
    chroma = spectrum.power @ _chroma_filters(round(tuning, 2)).T
    return chroma / np.maximum(chroma.max(axis=1, keepdims=True), 1e-12)  # type: ignore[no-any-return]


@cache
def _chroma_filters(tuning: float) -> NDArray[np.float32]:
    """(12, 1025): Gaussian bumps around each pitch class in every octave, as wide as a bin or a semitone, weighted
    towards the octave of middle A (Ellis 2007, as in librosa)."""
    hertz = np.arange(1, FRAME) * RATE / FRAME
    semitones = 12 * np.log2(hertz / (27.5 * 2 ** (tuning / 12)))
    semitones = np.concatenate([[semitones[0] - 18], semitones])
    widths = np.concatenate([np.maximum(np.diff(semitones), 1), [1]])
    distance = np.remainder(semitones - np.arange(12)[:, None] + 6, 12) - 6
    filters = np.exp(-0.5 * (2 * distance / widths) ** 2)
    filters /= np.linalg.norm(filters, axis=0)
    filters *= np.exp(-0.5 * ((semitones / 12 - 5) / 2) ** 2)
    return np.roll(filters, -3, axis=0)[:, : FRAME // 2 + 1].astype(np.float32)  # type: ignore[no-any-return]


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
    return ((crossings[starts + FRAME - 1] - crossings[starts]) / FRAME).astype(np.float32)  # type: ignore[no-any-return]
