"""A photo's palette as a strip, and the colour of it that the page takes as its accent."""

from __future__ import annotations

import colorsys
from collections.abc import Iterator
from dataclasses import dataclass

from core.schemas import ImageReading


@dataclass(frozen=True)
class Colour:
    """A palette colour as a stretch of a strip 100 units wide."""

    hex: str
    x: float
    width: float


def strip(reading: ImageReading) -> Iterator[Colour]:
    total = sum(swatch.share for swatch in reading.palette) or 1.0
    at = 0.0
    for swatch in reading.palette:
        width = 100 * swatch.share / total
        yield Colour(swatch.hex, round(at, 2), round(width, 2))
        at += width


def telling(palette: list[tuple[str, float]]) -> str:
    """The colour with the most chroma for its share; a square root keeps small bright lights in the running."""
    best, most = "", 0.08
    for code, share in palette:
        red, green, blue = (int(code[at : at + 2], 16) / 255 for at in (1, 3, 5))
        _, lightness, saturation = colorsys.rgb_to_hls(red, green, blue)
        chroma = saturation * (1 - abs(2 * lightness - 1))
        if chroma * share**0.5 > most:
            best, most = code, chroma * share**0.5
    return best
