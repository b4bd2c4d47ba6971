"""Tempo, its second hypothesis and the metre, from the onset flux of the mel spectrum.

Onsets: rectified differences of log mel bands, in four regions of the spectrum (after Klapuri 1999; the maximum over
neighbouring bands keeps vibrato out, as in SuperFlux, Boeck & Widmer 2013). Periodicity: generalised
autocorrelation of 8 s windows (Tolonen & Karjalainen 2000), summed over the beat's multiples as a comb, times a
Fourier tempogram, since each suppresses the other's false octaves and thirds (Peeters 2006). What is left of the
octave question is settled by a log-normal prior (Ellis 2007), centred according to the energy of the music.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from recommender.perception.audio.spectra import FRAME_RATE, Spectra

SLOWEST, FASTEST, STEP = 38.0, 250.0, 0.01
"""Beats a minute, and the grid's step in log units (1 %)."""

CALM_TEMPO, DRIVING_TEMPO, TEMPO_SPREAD = 90.0, 128.0, 0.7
"""Centre of the prior for the least and the most energetic music, and its standard deviation in octaves. Over the
70,676 tracks of the public table, the geometric mean of tempo rises with energy from 99 to 127; what is annotated
at half that tempo pulls the calm end down."""

REGIONS = 4
WINDOW_SECONDS, WINDOW_STEP = 8.0, 2.0
COMB_TEETH = 4
TEMPOGRAM_WEIGHT = 0.6

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Rhythm:
    """``tempo`` and ``alternative`` in beats a minute (the alternative is the best reading at another octave);
    ``confidence`` 0..1: how far the best tempo stands out from unrelated ones; ``beats_a_bar`` 3 or 4;
    ``pulse`` 0..1: autocorrelation at the beat, the clarity of the pulse; ``onset_rate``: onsets a second."""

    tempo: float
    alternative: float
    confidence: float
    beats_a_bar: int
    pulse: float
    onset_rate: float


def rhythm(spectrum: Spectra, energy: float = 0.5) -> Rhythm:
    """The rhythm of a sound of any length; confidence is 0 when nothing pulses. ``energy`` 0..1: a percentile."""
    usual = CALM_TEMPO * (DRIVING_TEMPO / CALM_TEMPO) ** energy
    onsets = onset_envelopes(spectrum.mel)
    correlation = _autocorrelation(onsets)
    evidence = _comb(correlation) * (_tempogram(onsets.sum(axis=0)) + 0.05) ** TEMPOGRAM_WEIGHT
    if evidence.max() <= 1e-9:
        return Rhythm(usual, usual, 0.0, 4, 0.0, _onset_rate(onsets))
    tempi = _tempi()
    score = evidence * np.exp(-0.5 * (np.log2(tempi / usual) / TEMPO_SPREAD) ** 2)
    best = int(score.argmax())
    tempo = _refined(tempi[best], correlation.mean(axis=0))
    octaves = np.abs(np.log2(tempi / tempi[best]))
    other = int(np.where(np.abs(octaves - 1) < 0.06, score, -1).argmax())
    unrelated = np.min(np.abs(octaves[:, None] - np.array([0.0, 1.0, 2.0])), axis=1) > 0.08
    mean = correlation.mean(axis=0)
    lag = 60 * FRAME_RATE / tempo
    return Rhythm(
        tempo=tempo,
        alternative=float(tempo * 2 ** np.round(np.log2(tempi[other] / tempi[best]))),
        confidence=float(np.clip(1 - score[unrelated].max() / score[best], 0, 1)),
        beats_a_bar=_metre(mean, lag),
        pulse=float(np.clip(np.interp(lag, np.arange(len(mean)), mean), 0, 1)),
        onset_rate=_onset_rate(onsets),
    )


def onset_envelopes(mel: NDArray[np.float32]) -> Vector:
    """(4, frames - 1): how much new energy enters each region of a (frames, 128) mel power spectrum, above the
    running mean of a second."""
    level = np.log1p(1000 * mel / (np.percentile(mel, 99) + 1e-12))
    before = level[:-1].copy()
    before[:, 1:] = np.maximum(before[:, 1:], level[:-1, :-1])
    before[:, :-1] = np.maximum(before[:, :-1], level[:-1, 1:])
    rise = np.maximum(level[1:] - before, 0)
    flux = np.stack([region.sum(axis=1) for region in np.array_split(rise, REGIONS, axis=1)]).astype(np.float64)
    window = np.hanning(int(FRAME_RATE) | 1)
    window /= window.sum()
    mean = np.stack([np.convolve(row, window, mode="full")[len(window) // 2 :][: flux.shape[1]] for row in flux])
    return np.maximum(flux - mean, 0)  # type: ignore[no-any-return]


def _windows(envelopes: Vector) -> Vector:
    """(regions, windows, length): overlapping stretches with their mean removed."""
    length = min(int(WINDOW_SECONDS * FRAME_RATE), envelopes.shape[1])
    view = np.lib.stride_tricks.sliding_window_view(envelopes, length, axis=1)[:, :: int(WINDOW_STEP * FRAME_RATE)]
    return view - view.mean(axis=2, keepdims=True)  # type: ignore[no-any-return]


def _autocorrelation(onsets: Vector) -> Vector:
    """(regions, lags): mean over windows, 1 at lag 0; the square root of the power spectrum sharpens the peaks."""
    from scipy.fft import irfft, next_fast_len, rfft

    windows = _windows(onsets)
    length = windows.shape[2]
    size = next_fast_len(2 * length, real=True)
    compressed = np.abs(rfft(windows, size, axis=2))
    correlation = irfft(compressed, size, axis=2)[:, :, :length]
    return (correlation / (correlation[:, :, :1] + 1e-9)).mean(axis=1)  # type: ignore[no-any-return]


def _comb(correlation: Vector) -> Vector:
    """(tempi,): autocorrelation at the first multiples of each beat, as a power mean (exponent 1/2) that asks for
    all of them, averaged over the regions."""
    lags = np.arange(correlation.shape[1])
    beats = 60 * FRAME_RATE / _tempi()
    total = np.zeros((len(correlation), len(beats)))
    count = np.zeros(len(beats))
    for tooth in range(1, COMB_TEETH + 1):
        inside = beats * tooth < 0.75 * len(lags)
        values = np.stack([np.interp(beats * tooth, lags, row) for row in correlation])
        total += np.where(inside, np.sqrt(np.maximum(values, 1e-4)), 0)
        count += inside
    return ((total / np.maximum(count, 1)) ** 2).mean(axis=0)  # type: ignore[no-any-return]


def _tempogram(onsets: Vector) -> Vector:
    """(tempi,): magnitude of the onsets' Fourier transform at each tempo and at its double, 0..2."""
    windows = _windows(onsets[None])[0, ::2]
    tempi = _tempi()
    magnitude = np.abs((windows * np.hanning(windows.shape[1])) @ _sinusoids(windows.shape[1])).sum(axis=0)
    magnitude /= max(magnitude.max(), 1e-12)
    return magnitude[: len(tempi)] + magnitude[len(tempi) :]  # type: ignore[no-any-return]


@cache
def _tempi() -> Vector:
    return np.exp(np.arange(np.log(SLOWEST), np.log(FASTEST), STEP))  # type: ignore[no-any-return]


@cache
def _sinusoids(length: int) -> NDArray[np.complex128]:
    """(length, 2 * tempi)"""
    hertz = np.concatenate([_tempi(), 2 * _tempi()]) / 60
    return np.exp(-2j * np.pi * np.outer(np.arange(length) / FRAME_RATE, hertz))  # type: ignore[no-any-return]


def _refined(tempo: float, correlation: Vector) -> float:
    """The tempo within 2 % that fits the longest comb: many beats tell it better than one."""
    near = tempo * np.linspace(0.98, 1.02, 81)
    teeth = np.arange(1, max(int(0.75 * len(correlation) * tempo / (60 * FRAME_RATE)), 1) + 1)
    lags = 60 * FRAME_RATE / near[:, None] * teeth
    fit = np.interp(lags, np.arange(len(correlation)), correlation).sum(axis=1)
    return float(near[fit.argmax()])


def _metre(correlation: Vector, lag: float) -> int:
    """3 when bars of three beats repeat clearly better than bars of four, else 4 (the usual case)."""

    def at(beats: float) -> float:
        return float(np.interp(beats * lag, np.arange(len(correlation)), correlation))

    return 3 if at(3) + at(6) > at(4) + at(8) + 0.1 and at(3) > at(2) else 4


def _onset_rate(onsets: Vector) -> float:
    """Peaks a second of the summed envelope that stand above its mean plus half a standard deviation."""
    total = onsets.sum(axis=0)
    if total.size < 3 or total.max() <= 0:
        return 0.0
    peak = (total[1:-1] > total[:-2]) & (total[1:-1] >= total[2:]) & (total[1:-1] > total.mean() + total.std() / 2)
    return float(peak.sum() / (total.size / FRAME_RATE))
