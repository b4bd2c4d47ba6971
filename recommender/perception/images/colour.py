"""Colour and light of a picture, measured in OKLab.

OKLab (Ottosson 2020, https://bottosson.github.io/posts/oklab/) is perceptually uniform: L 0..1 from black to white,
a green to red, b blue to yellow, roughly -0.4..0.4. All functions take arrays of shape (height, width, 3).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.schemas import Swatch

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]

PALETTE_COLOURS = 6
MOST_COLOURFUL = 109.0  # "extremely colourful" on the scale of Hasler and Suesstrunk
CHROMA_SCALE = 0.2  # a chroma that people call vivid; pure sRGB red has 0.26

_LINEAR = np.where(
    (_ramp := np.arange(256) / 255.0) <= 0.04045, _ramp / 12.92, ((_ramp + 0.055) / 1.055) ** 2.4
).astype(np.float32)
_RGB_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    dtype=np.float32,
)
_LMS_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    dtype=np.float32,
)


def oklab(pixels: Pixels) -> Floats:
    """sRGB uint8 to OKLab float32, same height and width."""
    lms = _LINEAR[pixels] @ _RGB_TO_LMS.T
    return np.asarray(np.cbrt(lms) @ _LMS_TO_LAB.T, dtype=np.float32)


def srgb_hex(lab: Floats) -> str:
    """One OKLab colour as ``#rrggbb``, clipped into sRGB."""
    lms = np.linalg.solve(_LMS_TO_LAB.astype(np.float64), lab.astype(np.float64)) ** 3
    linear = np.linalg.solve(_RGB_TO_LMS.astype(np.float64), lms).clip(0, 1)
    srgb = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return "#" + "".join(f"{round(float(channel) * 255):02x}" for channel in srgb)


def palette(lab: Floats, colours: int = PALETTE_COLOURS) -> tuple[Swatch, ...]:
    """The main colours with their shares, largest first: k-means in OKLab from a deterministic start.

    Colours closer than people can name apart (0.06) are merged, so a plain picture has fewer swatches.
    """
    points = lab.reshape(-1, 3)
    points = points[:: max(1, len(points) // 2500)]
    centres = _spread_start(points, colours)
    for _ in range(12):
        nearest = ((points[:, None] - centres[None]) ** 2).sum(2).argmin(1)
        counts = np.bincount(nearest, minlength=len(centres))
        sums = np.stack([np.bincount(nearest, points[:, i], minlength=len(centres)) for i in range(3)], 1)
        centres = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], centres).astype(np.float32)
    kept: list[list[float]] = []
    for index in np.argsort(-counts, kind="stable"):
        share = float(counts[index]) / len(points)
        twin = next((k for k in kept if float(np.linalg.norm(np.array(k[:3]) - centres[index])) < 0.06), None)
        if twin is not None:
            twin[3] += share
        elif share >= 0.01:
            kept.append([*map(float, centres[index]), share])
    total = sum(k[3] for k in kept)
    return tuple(
        Swatch(hex=srgb_hex(np.array(k[:3], dtype=np.float32)), share=round(k[3] / total, 4))
        for k in sorted(kept, key=lambda k: -k[3])
    )


def _spread_start(points: Floats, colours: int) -> Floats:
    """Farthest-point start: the median colour, then each time the point farthest from all chosen ones."""
    chosen = [np.median(points, axis=0)]
    distance = ((points - chosen[0]) ** 2).sum(1)
    for _ in range(colours - 1):
        chosen.append(points[int(distance.argmax())])
        distance = np.minimum(distance, ((points - chosen[-1]) ** 2).sum(1))
    return np.asarray(chosen, dtype=np.float32)


def colourfulness(pixels: Pixels) -> float:
    """Hasler and Suesstrunk 2003: 0 for grey, about 109 for "extremely colourful" (their scale)."""
    red, green, blue = (pixels[..., i].astype(np.float32) for i in range(3))
    rg, yb = red - green, (red + green) / 2 - blue
    return float(np.hypot(rg.std(), yb.std()) + 0.3 * np.hypot(rg.mean(), yb.mean()))


def warmth(lab: Floats) -> float:
    """0 all cool (blue, cyan), 0.5 neutral or balanced, 1 all warm (red, orange, yellow); chroma-weighted.

    The warm axis of OKLab points at hue 60 degrees (orange), the usual centre of the warm half of the wheel.
    """
    toward_orange = lab[..., 1] * np.cos(np.pi / 3) + lab[..., 2] * np.sin(np.pi / 3)
    return float(0.5 + 0.5 * np.tanh(toward_orange.mean() / 0.06))


def describe_light(lab: Floats) -> dict[str, float]:
    """``brightness`` mean lightness, ``contrast`` spread of lightness between the 5th and 95th percentile,
    ``saturation`` mean chroma over a vivid one; each 0..1."""
    low, high = np.percentile(lab[..., 0], [5, 95])
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    return {
        "brightness": float(lab[..., 0].mean()),
        "contrast": float(high - low),
        "saturation": float(min(1.0, chroma.mean() / CHROMA_SCALE)),
    }


def colour_vector(pixels: Pixels, lab: Floats) -> Floats:
    """Colour and light as numbers for a regressor: moments and quantiles, hue and lightness histograms,
    means and spreads on a 4x4 grid, haze, and the Valdez and Mehrabian (1994) affect equations."""
    light, chroma = lab[..., 0], np.hypot(lab[..., 1], lab[..., 2])
    hue = np.arctan2(lab[..., 2], lab[..., 1])
    bins = np.floor((hue + np.pi) / (2 * np.pi) * 12).astype(int).clip(0, 11)
    hues = np.bincount(bins.ravel(), chroma.ravel(), minlength=12) / chroma.size / CHROMA_SCALE
    lights = np.histogram(light, bins=8, range=(0, 1))[0] / light.size
    quantiles = np.percentile(lab.reshape(-1, 3), [5, 25, 50, 75, 95], axis=0).ravel()
    vivid = np.percentile(chroma, [50, 75, 95])
    value = pixels.max(2).astype(np.float32) / 255
    least = pixels.min(2).astype(np.float32) / 255
    saturation = (value - least) / np.maximum(value, 1e-3)
    s, v = float(saturation.mean()), float(value.mean())
    affect = [0.69 * v + 0.22 * s, -0.31 * v + 0.60 * s, -0.76 * v + 0.32 * s]
    scalars = [colourfulness(pixels) / MOST_COLOURFUL, warmth(lab), chroma.mean(), chroma.std()]
    scalars += [s, saturation.std(), v, value.std()]
    # Low percentiles of the least channel: the dark channel of He et al. (2009); high in haze and snow.
    haze = np.percentile(least, [10, 50, 90])
    rg = np.histogram2d(lab[..., 1].ravel(), lab[..., 2].ravel(), bins=6, range=[[-0.16, 0.16], [-0.16, 0.16]])[0]
    joint = np.sqrt(rg.ravel() / light.size)
    histograms = (np.sqrt(hues), np.sqrt(lights), joint)
    parts = (scalars, affect, lab.std((0, 1)), quantiles, vivid, haze, *histograms, grid(lab, 4))
    return np.concatenate([np.asarray(part, dtype=np.float32) for part in parts])


def grid(channels: Floats, cells: int) -> Floats:
    """Means and standard deviations of every channel on a cells x cells grid, flattened."""
    rows = np.array_split(channels, cells, axis=0)
    blocks = [block for row in rows for block in np.array_split(row, cells, axis=1)]
    return np.concatenate([np.concatenate([b.mean((0, 1)), b.std((0, 1))]) for b in blocks]).astype(np.float32)
