"""Integrated loudness by ITU-R BS.1770-4: K-weighting, 400 ms blocks, an absolute and a relative gate."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

SILENCE = -60.0
"""LUFS reported for silence (the absolute gate lies at -70)."""

BLOCK_SECONDS, STEP_SECONDS = 0.4, 0.1
ABSOLUTE_GATE, RELATIVE_GATE = -70.0, -10.0


def integrated_loudness(channels: NDArray[np.float32], rate: int) -> float:
    """Loudness in LUFS of (channels, samples) audio, at least ``SILENCE``. A single channel counts as one
    loudspeaker, as in the standard, so a mono copy lies 3 dB below the same sound on both channels."""
    from scipy.signal import sosfilt

    weighted = sosfilt(k_weighting(rate), channels, axis=1)
    step = round(STEP_SECONDS * rate)
    steps = weighted.shape[1] // step
    power = np.square(weighted[:, : steps * step]).reshape(len(weighted), steps, step).mean(axis=2).sum(axis=0)
    per_block = round(BLOCK_SECONDS / STEP_SECONDS)
    blocks = np.convolve(power, np.full(per_block, 1 / per_block), mode="valid") if steps >= per_block else power
    audible = blocks[_lufs(blocks) > ABSOLUTE_GATE]
    if not audible.size:
        return SILENCE
    loud = audible[_lufs(audible) > _lufs(audible.mean()) + RELATIVE_GATE]
    return max(float(_lufs(loud.mean())), SILENCE)


def _lufs(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return -0.691 + 10 * np.log10(np.maximum(power, 1e-12))


@cache
def k_weighting(rate: int) -> NDArray[np.float64]:
    """Second-order sections of the K curve at any rate: the standard's 48 kHz filters as analogue prototypes
    (high shelf 1,681.97 Hz, +4 dB, Q .7072; high pass 38.14 Hz, Q .5003), by the bilinear transform."""
    shelf_gain = 10 ** (3.999843853973347 / 20)
    mid_gain = shelf_gain**0.4996667741545416
    k, q = math.tan(math.pi * 1681.974450955533 / rate), 0.7071752369554196
    low = 1 + k / q + k * k
    shelf = [
        (shelf_gain + mid_gain * k / q + k * k) / low,
        2 * (k * k - shelf_gain) / low,
        (shelf_gain - mid_gain * k / q + k * k) / low,
        1.0,
        2 * (k * k - 1) / low,
        (1 - k / q + k * k) / low,
    ]
    k, q = math.tan(math.pi * 38.13547087602444 / rate), 0.5003270373238773
    low = 1 + k / q + k * k
    high_pass = [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / low, (1 - k / q + k * k) / low]
    return np.array([shelf, high_pass])
