"""The drum kit: each drum turns a velocity, 0..1, into a mono sound, at levels that suit one another."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from demo_music.synth import Sound, clock, envelope, filtered, length, modes, noise

Drum = Callable[[float], Sound]


def _thud(start: float, end: float, bend: float, ring: float, click: float) -> Drum:
    """A drumhead or its machine: a sine falling from ``start`` to ``end`` Hz, and a click of the beater."""

    def strike(velocity: float) -> Sound:
        n = length(ring * 3.5)
        time = clock(n)
        angle = 2 * np.pi * (end * time + (start - end) * bend * (1 - np.exp(-time / bend)))
        tone = np.sin(angle) * np.exp(-time / ring)
        beater = noise(n, seed=2) * np.exp(-time / 0.004) * click * velocity
        return np.asarray((tone + beater) * velocity * envelope(n, (0, 0), (0.001, 1)), dtype=np.float32)

    return strike


def _hiss(kind: str, edges: tuple[float, ...], ring: float, level: float, attack: float = 0.0005) -> Drum:
    """A short noise: cymbals, shakers, brushes."""

    def strike(velocity: float) -> Sound:
        n = length(ring * 5 + attack)
        time = clock(n)
        shape = np.minimum(1, time / attack) * np.exp(-np.maximum(0, time - attack) / ring)
        return filtered(noise(n, seed=int(edges[0])), kind, *edges) * (level * velocity * shape).astype(np.float32)

    return strike


def _snare(tone: float, ring: float, rattle: float, low: float) -> Drum:
    def strike(velocity: float) -> Sound:
        n = length(ring * 6)
        time = clock(n)
        head = modes(n, (tone, tone * 1.62), (0.7, 0.35), (22, 28))
        wires = filtered(noise(n, seed=7), "bandpass", low, 9000) * np.exp(-time / ring)
        return ((head + rattle * velocity * wires) * velocity).astype(np.float32)

    return strike


def _cymbal(base: float, ring: float, level: float) -> Drum:
    """A plate: many inharmonic modes over a wash of noise."""

    def strike(velocity: float) -> Sound:
        n = length(ring * 2.2)
        ratios = np.asarray([1, 1.34, 1.68, 2.11, 2.53, 3.02, 3.61, 4.19, 4.83, 5.6])
        plate = modes(n, base * ratios, np.full(10, 0.12), 1.4 / ring * np.linspace(1, 3, 10))
        wash = filtered(noise(n, seed=13), "highpass", 4500) * np.exp(-clock(n) * 2.4 / ring)
        ending = envelope(n, (ring * 2, 1), (ring * 2.2, 0))
        return np.asarray(level * velocity * (plate + 0.45 * wash) * ending, dtype=np.float32)

    return strike


def clap(velocity: float) -> Sound:
    """Several hands, ten milliseconds apart."""
    n = length(0.3)
    time = clock(n)
    bursts = sum(np.where(time >= delay, np.exp(-(time - delay) / 0.006), 0) for delay in (0, 0.011, 0.021))
    tail = np.where(time >= 0.03, np.exp(-(time - 0.03) / 0.07), 0)
    return filtered(noise(n, seed=19), "bandpass", 900, 4500) * (0.9 * velocity * (bursts + tail)).astype(np.float32)


def _wood(frequencies: tuple[float, ...], decay: float, level: float) -> Drum:
    """Claves, rims, blocks and bells: a few short modes."""

    def strike(velocity: float) -> Sound:
        count = len(frequencies)
        sound = modes(length(6 / decay), frequencies, np.full(count, level / count), np.full(count, decay))
        return (sound * velocity).astype(np.float32)

    return strike


DRUMS: dict[str, Drum] = {
    "kick": _thud(130, 52, 0.025, 0.13, 0.35),
    "soft_kick": _thud(95, 50, 0.03, 0.14, 0.06),
    "club_kick": _thud(230, 48, 0.022, 0.19, 0.4),
    "deep_kick": _thud(150, 42, 0.05, 0.34, 0.15),
    "hard_kick": _thud(190, 60, 0.014, 0.09, 0.9),
    "snare": _snare(190, 0.07, 0.75, 900),
    "fat_snare": _snare(165, 0.11, 0.8, 700),
    "soft_snare": _snare(180, 0.05, 0.4, 1200),
    "clap": clap,
    "brush": _hiss("bandpass", (1500, 8000), 0.09, 0.3, attack=0.025),
    "rim": _wood((820, 1720, 2600), 90, 0.8),
    "clave": _wood((2450,), 60, 0.5),
    "cowbell": _wood((562, 845), 22, 0.45),
    "hat": _hiss("highpass", (7500,), 0.022, 0.42),
    "open_hat": _hiss("highpass", (6800,), 0.12, 0.4),
    "shaker": _hiss("bandpass", (4500, 12000), 0.03, 0.4, attack=0.02),
    "tambourine": _hiss("bandpass", (6000, 14000), 0.06, 0.45),
    "ride": _cymbal(3100, 0.55, 0.34),
    "crash": _cymbal(2400, 1.1, 0.6),
    "tom": _thud(170, 105, 0.04, 0.16, 0.12),
    "low_tom": _thud(120, 72, 0.05, 0.2, 0.12),
    "conga": _thud(255, 228, 0.02, 0.09, 0.2),
    "low_conga": _thud(190, 168, 0.02, 0.11, 0.15),
    "taiko": _thud(110, 58, 0.06, 0.36, 0.25),
    "bodhran": _thud(120, 84, 0.05, 0.13, 0.2),
}
PLACES = {
    "hat": 0.25, "open_hat": 0.25, "ride": -0.3, "crash": 0.35, "tom": 0.2, "low_tom": -0.25, "shaker": -0.4,
    "tambourine": 0.4, "conga": -0.35, "low_conga": -0.2, "clave": 0.45, "cowbell": 0.3, "rim": 0.1, "brush": -0.1,
}  # fmt: skip
"""Where the drums that are not in the middle stand, -1 left to 1 right."""
