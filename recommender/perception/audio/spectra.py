"""One short-time spectrum of a sound, and what rhythm and timbre read from it.

Definitions follow librosa's (McFee et al. 2015), so that coefficients fitted on tables of librosa features
apply: frames of 2,048 samples every 512, a periodic Hann window, reflected edges, Slaney's mel scale.
They are written in numpy and scipy so that nothing has to be compiled while a person waits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.perception.audio.decode import RATE

FRAME = 2_048
HOP = 512
MEL_BANDS = 128
CEPSTRA = 20
FRAME_RATE = RATE / HOP
"""Frames a second."""

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Spectra:
    """``samples``: (N,) float32 mono at ``RATE``; ``magnitude``: (frames, 1025) float32, linear."""

    samples: Array
    magnitude: Array

    @cached_property
    def power(self) -> Array:
        """(frames, 1025): squared magnitude."""
        return np.square(self.magnitude)

    @cached_property
    def mel(self) -> Array:
        """(frames, 128): power in mel bands."""
        return self.power @ mel_filters().T

    @cached_property
    def mel_db(self) -> Array:
        """(frames, 128): mel power in decibels, at most 80 dB below the loudest."""
        level = 10 * np.log10(np.maximum(self.mel, 1e-10))
        return np.maximum(level, level.max() - 80)  # type: ignore[no-any-return]

    @cached_property
    def rms(self) -> Array:
        """(frames,): root mean square level of the samples under each frame."""
        half = FRAME // 2
        energy = np.cumsum(np.pad(np.square(self.samples, dtype=np.float64), (half + 1, half)))
        starts = np.arange(len(self.magnitude)) * HOP
        ends = np.minimum(starts + FRAME, len(energy) - 1)
        return np.sqrt(np.maximum(energy[ends] - energy[starts], 0) / FRAME).astype(np.float32)  # type: ignore[no-any-return]


def spectra(samples: Array) -> Spectra:
    """The spectrum of (N,) mono samples, N at least one frame. Frames: ``1 + N // HOP``."""
    from scipy.fft import rfft

    padded = np.pad(samples, FRAME // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP]
    return Spectra(samples=samples, magnitude=np.abs(rfft(frames * hann(FRAME), axis=1)))


@cache
def hann(length: int) -> Array:
    """A periodic Hann window."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)).astype(np.float32)


@cache
def frequencies() -> Array:
    """(1025,): centre of each bin in hertz."""
    return np.fft.rfftfreq(FRAME, 1 / RATE).astype(np.float32)


@cache
def mel_filters() -> Array:
    """(128, 1025): triangular filters of equal area between 0 Hz and half the rate, on Slaney's mel scale
    (linear to 1 kHz, then 27 bands per factor 6.4; Auditory Toolbox, 1998)."""
    edges = _mel_to_hz(np.linspace(0, _hz_to_mel(RATE / 2), MEL_BANDS + 2))
    ramps = edges[:, None] - np.fft.rfftfreq(FRAME, 1 / RATE)[None]
    widths = np.diff(edges)
    rising = -ramps[:-2] / widths[:-1, None]
    falling = ramps[2:] / widths[1:, None]
    filters = np.maximum(0, np.minimum(rising, falling)) * (2 / (edges[2:] - edges[:-2]))[:, None]
    return filters.astype(np.float32)


def _hz_to_mel(hertz: float) -> float:
    return 15 + np.log(hertz / 1000) * 27 / np.log(6.4) if hertz >= 1000 else hertz * 3 / 200


def _mel_to_hz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mels >= 15, 1000 * np.exp((mels - 15) * np.log(6.4) / 27), mels * 200 / 3)
