"""Texture, edges, frequency, sharpness and composition of a picture, from its lightness (0..1, height x width).

Every vector has a fixed length for pictures of any size, so that regressors can use it. Those that keep places
(grids) are averaged with their mirror image: left and right mean nothing for mood, and half the numbers are enough.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

GIST_SIDE = 128
GIST_SCALES = (0.28, 0.16, 0.09, 0.05)  # centre frequencies, cycles a pixel at GIST_SIDE
GIST_DIRECTIONS = 6


def gradients(light: Floats) -> tuple[Floats, Floats]:
    """Central differences across and down, same shape as ``light``."""
    down, across = np.gradient(light)
    return np.asarray(across, dtype=np.float32), np.asarray(down, dtype=np.float32)


def describe_structure(light: Floats) -> dict[str, float]:
    """Named 0..1 measurements: ``sharpness`` (energy of the finest detail), ``complexity`` (share of pixels on
    edges), ``motion`` (edges smeared along one direction while the picture lacks fine detail), ``symmetry``
    (left against right), ``horizon`` (strength of one level line across), ``depth`` (a sharp middle before a
    soft border), ``emptiness`` (share of smooth area)."""
    across, down = gradients(light)
    strength = np.hypot(across, down)
    detail = _laplacian(light)
    sharp = float(np.clip(np.percentile(np.abs(detail), 99) / 0.35, 0, 1))
    edges = float((strength > 0.06).mean())
    return {
        "sharpness": sharp,
        "complexity": float(np.clip(edges / 0.45, 0, 1)),
        "motion": float((1 - sharp) * np.clip((_coherence(across, down) - 0.25) / 0.5, 0, 1)),
        "symmetry": _symmetry(light),
        "horizon": _horizon(down, across),
        "depth": _depth_of_field(np.abs(detail)),
        "emptiness": _emptiness(strength),
    }


def texture_vector(light: Floats) -> Floats:
    """Structure, co-occurrence, local binary patterns, oriented gradients and spectral slope, 113 numbers."""
    across, down = gradients(light)
    parts = (
        list(describe_structure(light).values()),
        co_occurrence(light),
        local_binary_patterns(light),
        oriented_gradients(across, down),
        spectrum(light),
        thirds(light),
    )
    return np.concatenate([np.asarray(part, dtype=np.float32) for part in parts])


def co_occurrence(light: Floats, levels: int = 16) -> list[float]:
    """Haralick (1973) contrast, homogeneity, energy and correlation of grey levels 1 and 4 pixels apart."""
    grey = (light * (levels - 1) + 0.5).astype(int).clip(0, levels - 1)
    i, j = np.mgrid[0:levels, 0:levels]
    numbers: list[float] = []
    for step in (1, 4):
        for first, second in ((grey[:, :-step], grey[:, step:]), (grey[:-step], grey[step:])):
            joint = np.bincount((first * levels + second).ravel(), minlength=levels**2).reshape(levels, levels)
            p = (joint + joint.T) / (2 * joint.sum())
            mean = (p * i).sum()
            variance = (p * (i - mean) ** 2).sum()
            numbers += [
                float((p * (i - j) ** 2).sum()) / levels,
                float((p / (1 + np.abs(i - j))).sum()),
                float(np.sqrt((p**2).sum())),
                float((p * (i - mean) * (j - mean)).sum() / max(variance, 1e-6)),
            ]
    return numbers


def local_binary_patterns(light: Floats) -> Floats:
    """Shares of the ten rotation-invariant uniform patterns of 8 neighbours (Ojala 2002), at two scales."""
    return np.concatenate([_lbp(light), _lbp(light[::3, ::3])])


def _lbp(light: Floats) -> Floats:
    height, width = light.shape
    centre = light[1:-1, 1:-1]
    ring = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))
    brighter = np.stack([light[y : y + height - 2, x : x + width - 2] > centre + 0.01 for y, x in ring])
    changes = (brighter != np.roll(brighter, 1, axis=0)).sum(0)
    codes = np.where(changes <= 2, brighter.sum(0), 9)
    return (np.bincount(codes.ravel(), minlength=10) / codes.size).astype(np.float32)


def oriented_gradients(across: Floats, down: Floats, cells: int = 4, directions: int = 8) -> Floats:
    """Histogram of unsigned gradient directions in each cell of a grid (Dalal and Triggs 2005), square-rooted."""
    strength = np.hypot(across, down)
    turn = np.mod(np.arctan2(down, across), np.pi) / np.pi
    bins = (turn * directions).astype(int).clip(0, directions - 1)
    rows = (np.arange(strength.shape[0]) * cells // strength.shape[0])[:, None]
    columns = (np.arange(strength.shape[1]) * cells // strength.shape[1])[None]
    index = (rows * cells + columns) * directions + bins
    sums = np.bincount(index.ravel(), strength.ravel(), minlength=cells * cells * directions)
    shares = np.sqrt(sums / strength.size * cells**2).reshape(cells, cells, directions)
    return _mirrored(shares, shares[:, ::-1, ::-1])


def spectrum(light: Floats) -> list[float]:
    """Slope and offset of log power against log frequency, and shares of energy that is level, upright, diagonal."""
    side = min(light.shape)
    top, left = (light.shape[0] - side) // 2, (light.shape[1] - side) // 2
    square = light[top : top + side, left : left + side]
    window = np.hanning(side)
    power = np.abs(np.fft.rfft2((square - square.mean()) * np.outer(window, window))) ** 2
    fy, fx = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None]
    radius, turn = np.hypot(fy, fx), np.abs(np.arctan2(fy, fx))
    edges = np.geomspace(0.02, 0.45, 9)
    inside = [power[(radius >= a) & (radius < b)] for a, b in pairwise(edges)]
    bands = [np.log((band.mean() if band.size else 0.0) + 1e-6) for band in inside]  # a narrow strip has no slow waves
    slope, offset = np.polyfit(np.log(np.sqrt(edges[1:] * edges[:-1])), bands, 1)
    kept = (radius > 0.03) & (radius < 0.4)
    total = power[kept].sum() + 1e-6
    level = power[kept & (turn > 3 * np.pi / 8)].sum() / total
    upright = power[kept & (turn < np.pi / 8)].sum() / total
    return [float(slope), float(offset), float(level), float(upright), *(b - offset for b in map(float, bands))]


def thirds(light: Floats) -> Floats:
    """Where the eye is drawn, as shares of saliency on a 3x3 grid (spectral residual, Hou and Zhang 2007)."""
    small = shrink(light, 64)
    transform = np.fft.fft2(small)
    log = np.log(np.abs(transform) + 1e-6)
    padded = np.pad(log, 1, mode="wrap")
    mean = sum(padded[y : y + 64, x : x + 64] for y in range(3) for x in range(3)) / 9
    salient = np.abs(np.fft.ifft2(np.exp(log - mean + 1j * np.angle(transform)))) ** 2
    shares = np.array([[b.sum() for b in np.array_split(row, 3, 1)] for row in np.array_split(salient, 3, 0)])
    shares /= shares.sum()
    return _mirrored(shares[..., None], shares[:, ::-1, None])


def gist(light: Floats) -> Floats:
    """Spatial envelope (Oliva and Torralba 2001): energy of 4 scales x 6 directions on a 4x4 grid, 192 numbers."""
    small = shrink(light, GIST_SIDE)
    mean = _blur(small, 12)
    evened = (small - mean) / (0.2 + np.sqrt(np.maximum(_blur((small - mean) ** 2, 12), 0)))
    transform = np.fft.fft2(evened)
    fy, fx = np.fft.fftfreq(GIST_SIDE)[:, None], np.fft.fftfreq(GIST_SIDE)[None]
    radius, turn = np.hypot(fy, fx), np.arctan2(fy, fx)
    cell = GIST_SIDE // 4
    energies = []
    for centre in GIST_SCALES:
        band = np.exp(-(np.log(np.maximum(radius, 1e-6) / centre) ** 2) / (2 * 0.45**2))
        for k in range(GIST_DIRECTIONS):
            off = np.abs(np.mod(turn - k * np.pi / GIST_DIRECTIONS + np.pi, 2 * np.pi) - np.pi)
            response = np.abs(np.fft.ifft2(transform * band * np.exp(-(off**2) / (2 * 0.35**2))))
            energies.append(response.reshape(4, cell, 4, cell).mean((1, 3)))
    cells = np.moveaxis(np.reshape(energies, (len(GIST_SCALES), GIST_DIRECTIONS, 4, 4)), (2, 3), (0, 1))
    opposite = -np.arange(GIST_DIRECTIONS) % GIST_DIRECTIONS
    return _mirrored(cells, cells[:, ::-1][..., opposite])


def _mirrored(cells: NDArray[Any], mirror: NDArray[Any]) -> Floats:
    """The left half (rows, columns, ...) of a grid averaged with that of its mirror image, flattened."""
    half = -(-cells.shape[1] // 2)
    return np.asarray((cells + mirror)[:, :half] / 2, dtype=np.float32).ravel()


def shrink(light: Floats, side: int) -> Floats:
    """Area-averaged to side x side, whatever the shape was (``light`` at least that large, else repeated)."""
    for axis in (0, 1):
        if light.shape[axis] < side:
            light = np.repeat(light, -(-side // light.shape[axis]), axis=axis)
        starts = np.arange(side) * light.shape[axis] // side
        counts = np.diff(np.append(starts, light.shape[axis]))
        sums = np.add.reduceat(light, starts, axis=axis)
        light = np.asarray(sums / (counts[:, None] if axis == 0 else counts[None]), dtype=np.float32)
    return light


def _blur(image: Floats, radius: int) -> Floats:
    """Box mean of (2 radius + 1)^2 pixels, by running sums."""
    size = 2 * radius + 1
    padded = np.pad(image, ((radius + 1, radius), (radius + 1, radius)), mode="reflect").cumsum(0).cumsum(1)
    sums = padded[size:, size:] - padded[:-size, size:] - padded[size:, :-size] + padded[:-size, :-size]
    return np.asarray(sums / size**2, dtype=np.float32)


def _laplacian(light: Floats) -> Floats:
    inner = light[1:-1, 1:-1]
    return light[:-2, 1:-1] + light[2:, 1:-1] + light[1:-1, :-2] + light[1:-1, 2:] - 4 * inner


def _coherence(across: Floats, down: Floats) -> float:
    """0 gradients in all directions alike, 1 all along one: eigenvalue contrast of the structure tensor."""
    xx, yy, xy = float((across**2).mean()), float((down**2).mean()), float((across * down).mean())
    return float(np.hypot(xx - yy, 2 * xy) / max(xx + yy, 1e-9))


def _symmetry(light: Floats) -> float:
    small = shrink(light, 48)
    difference = np.abs(small - small[:, ::-1]).mean()
    return float(np.clip(1 - difference / max(2 * np.abs(small - small.mean()).mean(), 0.04), 0, 1))


def _horizon(down: Floats, across: Floats) -> float:
    """How much the strongest level step, averaged over the whole width, stands out from all edges."""
    rows = np.abs(down.mean(1))
    return float(np.clip(rows.max() / max(float(np.hypot(across, down).mean()), 1e-3) / 3, 0, 1))


def _depth_of_field(detail: Floats) -> float:
    height, width = detail.shape
    middle = detail[height // 4 : -height // 4, width // 4 : -width // 4]
    total = float(detail.sum())
    inside = float(middle.sum())
    outside = (total - inside) / max(detail.size - middle.size, 1)
    return float(np.clip((inside / max(middle.size, 1)) / max(outside, 1e-6) / 4, 0, 1)) if total > 0 else 0.0


def _emptiness(strength: Floats) -> float:
    """Share of 16 x 16 cells of the picture without a single clear edge."""
    return float((shrink((strength > 0.06).astype(np.float32), 16) < 0.02).mean())
