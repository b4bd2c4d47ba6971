"""Effects, the room and the master: from parts to a finished stereo recording.

Buses are ``(2, samples)`` float32 arrays at ``synth.RATE``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from recommender.catalogue.composer.synth import RATE, Sound, clock, filtered, length

Bus = NDArray[np.float32]
_LEVEL = 0.1
_CEILING = 10 ** (-1.2 / 20)
"""Peaks stay 1.2 dB under full scale, which leaves room for what the lossy codec adds."""


def place(bus: Bus, sound: Sound, start: float, pan: float, gain: float = 1.0) -> None:
    """Add a mono sound to a bus at a time and a place (-1 left to 1 right) with constant power."""
    first = round(start * RATE)
    sound = sound[: max(0, bus.shape[1] - first)]
    angle = (max(-1.0, min(1.0, pan)) + 1) * np.pi / 4
    bus[0, first : first + len(sound)] += np.float32(gain * np.cos(angle) * 1.414) * sound
    bus[1, first : first + len(sound)] += np.float32(gain * np.sin(angle) * 1.414) * sound


def levelled(bus: Bus, gain: float) -> Bus:
    """The bus brought to a common level, measured where it plays, and then ``gain`` dB away from it."""
    block = RATE // 5
    usable = bus.shape[1] // block * block
    power = np.mean(bus[:, :usable].reshape(2, -1, block) ** 2, axis=(0, 2))
    playing = power[power > 0.05 * power.max()] if power.max() > 0 else np.ones(1)
    bus *= np.float32(_LEVEL / np.sqrt(playing.mean()) * 10 ** (gain / 20))
    return bus


def drive(bus: Bus) -> Bus:
    """An overdriven amplifier and its loudspeaker: soft clipping between two filters."""
    tight = filtered(levelled(bus, 0), "highpass", 90)
    return filtered(np.tanh(tight * np.float32(22)), "lowpass", 4200)


def chorus(bus: Bus) -> Bus:
    """Each channel mixed with itself through a slowly moving delay of 8 to 16 ms."""
    n = bus.shape[1]
    index = np.arange(n)
    for channel, turn in enumerate((0.0, 0.5)):
        delay = RATE * (0.012 + 0.004 * np.sin(2 * np.pi * (0.6 * clock(n) + turn)))
        source = np.maximum(index - delay, 0)
        before = source.astype(np.int32)
        share = (source - before).astype(np.float32)
        line = bus[channel]
        wet = line[before] * (1 - share) + line[np.minimum(before + 1, n - 1)] * share
        bus[channel] = 0.75 * line + 0.6 * wet
    return bus


def tremolo(bus: Bus) -> Bus:
    """The two channels swell by turns, 5.5 times a second, as a rotating loudspeaker does."""
    wave = 0.3 * np.sin(2 * np.pi * 5.5 * clock(bus.shape[1])).astype(np.float32)
    bus *= np.stack([1 - 0.3 + wave, 1 - 0.3 - wave])
    return bus


def dark(bus: Bus) -> Bus:
    """The treble taken away, as by an old tape."""
    return filtered(bus, "lowpass", 1800)


EFFECTS: dict[str, Callable[[Bus], Bus]] = {"drive": drive, "chorus": chorus, "tremolo": tremolo, "dark": dark}


def duck(bus: Bus, kicks: Sequence[float]) -> Bus:
    """Pull the bus down under every kick drum and let it come back within a fifth of a second."""
    recovery = np.minimum(1, 0.3 + 0.7 * np.linspace(0, 1, length(0.2)) ** 1.5).astype(np.float32)
    for kick in kicks:
        first = round(kick * RATE)
        stretch = bus[:, first : first + len(recovery)]
        stretch *= recovery[: stretch.shape[1]]
    return bus


def echo(bus: Bus, delay: float, amount: float) -> Bus:
    """Repeats that jump between the sides, each softer than the last."""
    out = bus.copy()
    shift = length(delay)
    for repeat in range(1, 5):
        gain = np.float32(amount * 0.55 ** (repeat - 1))
        source = bus[::-1] if repeat % 2 else bus
        if repeat * shift < bus.shape[1]:
            out[:, repeat * shift :] += gain * source[:, : -repeat * shift]
    return out


@cache
def _room(seconds: float) -> Bus:
    """The answer of a room to a click: noise that dies away, its treble twice as fast, after 18 ms of nothing."""
    n = length(seconds * 1.1)
    rng = np.random.default_rng(round(seconds * 1000))
    noise = rng.standard_normal((2, n)).astype(np.float32)
    time = clock(n).astype(np.float32)
    low = filtered(noise, "bandpass", 160, 2200) * np.exp(-6.9 * time / seconds)
    high = filtered(noise, "bandpass", 2200, 9000) * np.exp(-13.8 * time / seconds)
    answer = np.concatenate([np.zeros((2, length(0.018)), dtype=np.float32), low + 0.7 * high], axis=1)
    return (answer / np.sqrt((answer**2).sum(axis=1, keepdims=True))).astype(np.float32)


def reverberate(send: Bus, seconds: float) -> Bus:
    """What comes back from a room with the given reverberation time."""
    from scipy.signal import oaconvolve

    n = send.shape[1]
    return np.asarray(oaconvolve(send, _room(seconds), axes=1)[:, :n], dtype=np.float32)


def master(bus: Bus, loudness: float) -> Bus:
    """The finished recording: rumble removed, at ``loudness`` LUFS (ITU-R BS.1770), peaks limited, end faded."""
    import pyloudnorm

    bus = filtered(bus, "highpass", 28)
    meter = pyloudnorm.Meter(RATE)
    for _ in range(2):  # Limiting costs a little loudness; the second round gives it back.
        measured = meter.integrated_loudness(bus.T.astype(np.float64))
        bus = limit(bus * np.float32(10 ** ((loudness - measured) / 20)))
    tail = length(1.2)
    bus[:, -tail:] *= np.linspace(1, 0, tail, dtype=np.float32) ** 2
    return bus


def limit(bus: Bus) -> Bus:
    """Hold peaks under the ceiling with a gain that falls a few milliseconds ahead and recovers smoothly."""
    from scipy.ndimage import minimum_filter1d, uniform_filter1d

    hop = 64
    blocks = -(-bus.shape[1] // hop)
    padded = np.zeros((2, blocks * hop), dtype=np.float32)
    padded[:, : bus.shape[1]] = np.abs(bus)
    peaks = padded.reshape(2, blocks, hop).max(axis=(0, 2))
    needed = np.minimum(1, _CEILING / np.maximum(peaks, 1e-9))
    gain = uniform_filter1d(minimum_filter1d(needed, 41), 31)
    smooth = np.interp(np.arange(bus.shape[1]), np.arange(blocks) * hop + hop / 2, gain)
    return np.clip(bus * smooth.astype(np.float32), -_CEILING, _CEILING)
