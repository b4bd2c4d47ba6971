"""The means of sound: envelopes, damped modes, wavetables, plucked strings, noise and filters.

Everything here makes or shapes mono float32 arrays at ``RATE``; frequencies are Hz, times seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]
Numbers = Sequence[float] | NDArray[np.float64]

RATE = 44_100
_TABLE = 8192
_NYQUIST_GUARD = 18_000.0
_OPENNESS = tuple(2.0 ** (step / 2) for step in range(14))
"""Filter positions of the analogue tables: the cutoff as a multiple of the note's frequency, 1 to 90."""


def length(seconds: float) -> int:
    """Samples in a time."""
    return max(1, round(seconds * RATE))


def clock(n: int) -> NDArray[np.float64]:
    """The time of each of ``n`` samples."""
    return np.arange(n) / RATE


def envelope(n: int, *points: tuple[float, float]) -> Sound:
    """Straight lines through ``(seconds, level)`` points; the last level holds to the end."""
    times, levels = zip(*points, strict=True)
    return np.asarray(np.interp(clock(n), times, levels), dtype=np.float32)


def adsr(seconds: float, attack: float, decay: float, sustain: float, release: float) -> Sound:
    """Attack, decay, sustain and release of a note held for ``seconds``; the release comes on top.

    Attack and decay are straight, the release falls exponentially to silence.
    """
    held, tail = length(seconds), length(release)
    shape = np.interp(clock(held), (0, attack, attack + decay), (0, 1, sustain))
    fall = shape[-1] * (np.exp(-5 * np.linspace(0, 1, tail)) - np.exp(-5)) / (1 - np.exp(-5))
    return np.concatenate([shape, fall]).astype(np.float32)


def fade(sound: Sound, seconds: float) -> Sound:
    """The sound with its last ``seconds`` faded to silence."""
    n = min(len(sound), length(seconds))
    sound[-n:] *= np.linspace(1, 0, n, dtype=np.float32)
    return sound


def modes(n: int, frequencies: Numbers, amplitudes: Numbers, decays: Numbers) -> Sound:
    """A sum of damped sines, the free vibration of a struck or plucked body. ``decays`` in nepers a second.

    With sample number ``a*m + b`` every damped sine ``z**(a*m + b)`` is ``z**(a*m) * z**b``, so the whole sum is
    one product of two small matrices instead of one long array for each mode.
    """
    audible = np.asarray(frequencies) < _NYQUIST_GUARD
    exponent = (-np.asarray(decays) + 2j * np.pi * np.asarray(frequencies))[audible] / RATE
    m = int(np.ceil(np.sqrt(n)))
    coarse = np.exp(np.outer(np.arange(m) * m, exponent)) * np.asarray(amplitudes)[audible]
    fine = np.exp(np.outer(exponent, np.arange(m)))
    product = np.hstack([coarse.real, coarse.imag]) @ np.vstack([fine.imag, fine.real])
    return np.asarray(product.ravel()[:n], dtype=np.float32)


def plucked_modes(n: int, frequency: float, *, bright: float, place: float, ring: float, stiffness: float = 0) -> Sound:
    """A plucked string by its harmonics. ``place`` along the string (0..0.5) silences the harmonics with a node
    there, ``bright`` (0..1) slows their roll-off, ``ring`` is the fundamental's decay time in seconds."""
    k = np.arange(1, 2 + int(min(40, _NYQUIST_GUARD / frequency)))
    amplitudes = np.sin(np.pi * k * place) / k ** (1.9 - bright)
    decays = (1 + (0.35 - 0.25 * bright) * (k - 1) + 0.01 * (k - 1) ** 2) / ring
    partials = frequency * k * np.sqrt(1 + stiffness * k**2)
    return modes(n, partials, amplitudes / np.abs(amplitudes).sum() * 2, decays)


def karplus_strong(n: int, frequency: float, *, bright: float, loss: float) -> Sound:
    """A string as a delay line fed back through a two-point average (Karplus and Strong 1983).

    The line is computed a whole period at a time and then read at the speed that puts it in tune. ``bright``
    (0..1) is how little the pick's noise burst is smoothed, ``loss`` what each period loses of its level.
    """
    period = round(RATE / frequency - 0.5)
    burst: NDArray[np.float64] = noise(period + 32, seed=period).astype(float)
    width = 1 + round((1 - bright) * 12)
    burst = np.convolve(burst, np.ones(width) / width, mode="same")[:period]
    cycle = burst - burst.mean()
    cycle /= np.abs(cycle).max()
    rounds = int(n / period * 1.02) + 3
    line = np.empty((rounds, period))
    gain = 0.5 * (1 - loss)
    previous_end = 0.0
    for row in line:
        row[:] = cycle
        shifted = np.empty_like(cycle)
        shifted[0], shifted[1:] = previous_end, cycle[:-1]
        previous_end = cycle[-1]
        cycle = gain * (cycle + shifted)
    speed = frequency * (period + 0.5) / RATE
    samples = line.ravel()
    return np.asarray(np.interp(np.arange(n) * speed, np.arange(len(samples)), samples), dtype=np.float32)


def phase(n: int, frequency: float, *, vibrato: float = 0.0, rate: float = 5.2, onset: float = 0.25) -> Sound:
    """The running phase of a tone in cycles, 0..1.

    ``vibrato`` is its depth in semitones, which grows in over ``onset`` seconds.
    """
    time = clock(n)
    cycles = frequency * time
    if vibrato:
        depth = frequency * (2 ** (vibrato / 12) - 1) / (2 * np.pi * rate)
        cycles += depth * np.minimum(1, time / onset) * np.sin(2 * np.pi * rate * time)
    return np.asarray(cycles - np.floor(cycles), dtype=np.float32)


@cache
def wavetable(amplitudes: tuple[float, ...]) -> Sound:
    """One period of a sum of sine harmonics with the given amplitudes, first harmonic first, peak 1."""
    spectrum = np.zeros(_TABLE // 2 + 1, dtype=complex)
    spectrum[1 : len(amplitudes) + 1] = -1j * np.asarray(amplitudes)
    wave = np.fft.irfft(spectrum)
    return np.asarray(wave / np.abs(wave).max(), dtype=np.float32)


def read(table: Sound, cycles: Sound) -> Sound:
    """A wavetable played along a phase."""
    return np.asarray(table[(cycles * _TABLE).astype(np.int32) & (_TABLE - 1)])


@cache
def _analogue_tables(shape: str, harmonics: int) -> Sound:
    """``(position, sample)`` tables of a saw or square behind ever more open two-pole low-pass filters."""
    k = np.arange(1, harmonics + 1)
    raw = 1 / k * (k % 2 if shape == "square" else 1)
    rows = []
    for openness in _OPENNESS:
        spectrum = np.zeros(_TABLE // 2 + 1, dtype=complex)
        spectrum[1 : harmonics + 1] = -1j * raw / (1 + (k / openness) ** 3)
        rows.append(np.fft.irfft(spectrum) * _TABLE * 0.5)
    return np.asarray(rows, dtype=np.float32)


def analogue(cycles: Sound, frequency: float, cutoff: Sound, shape: str = "saw") -> Sound:
    """A subtractive voice: a saw or square at phase ``cycles`` through a low-pass filter at ``cutoff`` Hz.

    The filter is not run but looked up: tables for a row of cutoffs are blended sample by sample, which lets
    the cutoff move and costs two reads.
    """
    tables = _analogue_tables(shape, int(2 ** np.floor(np.log2(min(128, max(1, _NYQUIST_GUARD / frequency))))))
    position = np.clip(2 * np.log2(np.maximum(cutoff, 1) / frequency), 0, len(_OPENNESS) - 1.001)
    row = position.astype(np.int32)
    share = (position - row).astype(np.float32)
    column = (cycles * _TABLE).astype(np.int32) & (_TABLE - 1)
    return np.asarray(tables[row, column] * (1 - share) + tables[row + 1, column] * share)


@cache
def _noise_bed() -> Sound:
    return np.random.default_rng(1).standard_normal(1 << 19).astype(np.float32)


def noise(n: int, seed: int = 0) -> Sound:
    """White noise of unit variance; the same seed gives the same noise."""
    bed = _noise_bed()
    start = seed * 7919 % len(bed)
    return np.resize(np.roll(bed, -start) if n > len(bed) - start else bed[start:], n)


@cache
def _filter(kind: str, edges: tuple[float, ...], order: int) -> NDArray[np.float64]:
    from scipy.signal import butter

    return np.asarray(butter(order, edges if len(edges) > 1 else edges[0], kind, fs=RATE, output="sos"))


def filtered(sound: Sound, kind: str, *edges: float, order: int = 2) -> Sound:
    """The sound through a Butterworth filter: ``kind`` lowpass, highpass or bandpass, ``edges`` in Hz."""
    from scipy.signal import sosfilt

    return np.asarray(sosfilt(_filter(kind, edges, order).astype(np.float32), sound, axis=-1), dtype=np.float32)


def formant_spectrum(
    frequency: float, formants: Sequence[tuple[float, float, float]], tilt: float = 1.0
) -> tuple[float, ...]:
    """Harmonic amplitudes of a source with roll-off ``1/k**tilt`` seen through resonances
    ``(centre Hz, width Hz, gain)``, for ``wavetable``. The frequency is rounded to a third of an octave so
    that neighbouring notes share a table."""
    reference = 2 ** (round(3 * np.log2(frequency)) / 3)
    k = np.arange(1, 1 + int(min(60, _NYQUIST_GUARD / frequency)))
    body = 0.08 + sum(gain * np.exp(-(((k * reference - centre) / width) ** 2)) for centre, width, gain in formants)
    return tuple(np.round(body / k**tilt, 6))
