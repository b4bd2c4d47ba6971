"""Effects, the room and the master: from parts to a finished stereo recording.

Buses are ``(channels, samples)`` float32 arrays at ``synth.RATE``. A player who stands in one place stays on one
channel until the mixing desk, which halves the work; everything that leaves the desk has two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from demo_music.synth import RATE, Sound, clock, filtered, length

Bus = NDArray[np.float32]
_LEVEL = 0.1
_CEILING = 10 ** (-1.2 / 20)
"""Peaks stay 1.2 dB under full scale, which leaves room for what the lossy codec adds."""


def place(bus: Bus, sound: Sound, start: float, pan: float, gain: float = 1.0) -> None:
    """Add a mono sound to a bus at a time and, on a stereo bus, at a place (-1 left to 1 right)."""
    first = round(start * RATE)
    sound = sound[: max(0, bus.shape[1] - first)]
    for channel, level in zip(bus, _sides(pan) if len(bus) == 2 else (1.0,), strict=True):
        channel[first : first + len(sound)] += np.float32(gain * level) * sound


def panned(bus: Bus, pan: float) -> Bus:
    """A mono bus at its place between two channels; a stereo bus is what it is already."""
    if len(bus) == 2:
        return bus
    return np.asarray(_sides(pan), dtype=np.float32)[:, None] * bus


def _sides(pan: float) -> tuple[float, float]:
    """Left and right gain of a place, with constant power and 1 in the middle."""
    angle = (max(-1.0, min(1.0, pan)) + 1) * np.pi / 4
    return float(np.sqrt(2) * np.cos(angle)), float(np.sqrt(2) * np.sin(angle))


def levelled(bus: Bus, gain: float) -> Bus:
    """The bus brought to a common level, measured where it plays, and then ``gain`` dB away from it."""
    block = RATE // 5
    usable = bus.shape[1] // block * block
    blocks = bus[:, :usable].reshape(len(bus), -1, block)
    power = np.einsum("cbs,cbs->b", blocks, blocks) / (len(bus) * block)
    playing = power[power > 0.05 * power.max()] if power.max() > 0 else np.ones(1)
    bus *= np.float32(_LEVEL / np.sqrt(playing.mean()) * 10 ** (gain / 20))
    return bus


def drive(bus: Bus) -> Bus:
    """An overdriven amplifier and its loudspeaker: soft clipping between two filters."""
    tight = filtered(levelled(bus, 0), "highpass", 90)
    return filtered(np.tanh(tight * np.float32(22)), "lowpass", 4200)


def chorus(bus: Bus) -> Bus:
    """Two channels, each the bus mixed with itself through a slowly moving delay of 8 to 16 ms."""
    n = bus.shape[1]
    index = np.arange(n)
    wide = np.empty((2, n), dtype=np.float32)
    for channel, turn in enumerate((0.0, 0.5)):
        delay = RATE * (0.012 + 0.004 * np.sin(2 * np.pi * (0.6 * clock(n) + turn)))
        source = np.maximum(index - delay, 0)
        before = source.astype(np.int32)
        share = (source - before).astype(np.float32)
        line = bus[channel % len(bus)]
        wet = line[before] * (1 - share) + line[np.minimum(before + 1, n - 1)] * share
        wide[channel] = 0.75 * line + 0.6 * wet
    return wide


def tremolo(bus: Bus) -> Bus:
    """Two channels that swell by turns, 5.5 times a second, as a rotating loudspeaker does."""
    wave = 0.3 * np.sin(2 * np.pi * 5.5 * clock(bus.shape[1])).astype(np.float32)
    return np.asarray(bus * np.stack([0.7 + wave, 0.7 - wave]))


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
    """The answer of a room to a click, at half ``RATE``: after 18 ms of nothing, noise that dies away, its treble
    twice as fast as the rest."""
    n = length(seconds * 1.1) // 2
    rng = np.random.default_rng(round(seconds * 1000))
    noise = rng.standard_normal((2, n)).astype(np.float32)
    time = (2 * clock(n)).astype(np.float32)
    # The filters reckon in RATE, at half of which these edges mean 160, 2200 and 9000 Hz.
    low = filtered(noise, "bandpass", 320, 4400) * np.exp(-6.9 * time / seconds)
    high = filtered(noise, "bandpass", 4400, 18_000) * np.exp(-13.8 * time / seconds)
    answer = np.concatenate([np.zeros((2, length(0.018) // 2), dtype=np.float32), low + 0.7 * high], axis=1)
    return np.asarray(answer / np.sqrt((answer**2).sum(axis=1, keepdims=True)), dtype=np.float32)


def reverberate(send: Bus, seconds: float) -> Bus:
    """What comes back from a room with the given reverberation time. Such a room has nothing to say above 9 kHz,
    so it is computed at half the rate."""
    from scipy.signal import oaconvolve

    n = send.shape[1] // 2
    halved = 0.5 * (send[:, : 2 * n : 2] + send[:, 1 : 2 * n : 2])
    wet = np.asarray(oaconvolve(halved, _room(seconds), axes=1)[:, :n], dtype=np.float32)
    out = np.zeros_like(send)
    out[:, : 2 * n : 2] = wet
    out[:, 1 : 2 * n - 1 : 2] = 0.5 * (wet[:, :-1] + wet[:, 1:])
    return out


def master(bus: Bus, loudness: float, air: float) -> Bus:
    """The finished recording: rumble removed, treble raised by ``air`` dB, brought to ``loudness`` LUFS
    (ITU-R BS.1770), peaks limited, end faded."""
    import pyloudnorm

    bus = filtered(bus, "highpass", 28)
    bus += np.float32(10 ** (air / 20) - 1) * filtered(bus, "highpass", 2000, order=1)
    meter = pyloudnorm.Meter(RATE)
    for _ in range(2):  # Limiting costs a little loudness, which the second round gives back.
        measured = meter.integrated_loudness(bus.T.astype(np.float64))
        bus = bus * np.float32(10 ** ((loudness - measured) / 20))
        if np.abs(bus).max() < _CEILING:
            break
        bus = limit(bus)
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
    return np.asarray(np.clip(bus * smooth.astype(np.float32), -_CEILING, _CEILING))
