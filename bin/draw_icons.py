"""Draws the icons of the installed app from the favicon's shapes: ``python bin/draw_icons.py``.

``favicon.svg`` is the original; its gradient and bars stand here as numbers, because nothing else here reads SVG.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

FOLDER = Path(__file__).resolve().parents[1] / "templates" / "static" / "icons"
STOPS = ((0.0, (255, 154, 98)), (0.5, (224, 86, 143)), (1.0, (106, 92, 240)))
BARS = ((16, 28, 36), (26.5, 20, 44), (37, 13, 51), (47.5, 24, 40))
"""Each bar's place, top and end on the favicon's 64 by 64 units."""
FINE = 4


def icon(size: int, *, round_by: float, shrink: float = 1.0) -> Image.Image:
    """``round_by``: the corners' radius in the favicon's units; ``shrink``: the bars' size, for icons that get cut."""
    wide = size * FINE
    across = np.linspace(0, 1, wide)
    along = (across[None, :] + across[:, None]) / 2
    places = [place for place, _ in STOPS]
    ground = np.stack([np.interp(along, places, [colour[c] for _, colour in STOPS]) for c in range(3)], -1)
    picture = Image.fromarray(ground.astype(np.uint8))
    unit, middle = wide / 64, 31.75
    brush = ImageDraw.Draw(picture)
    for place, top, end in BARS:
        x, high, low = (unit * (32 + shrink * (value - at)) for value, at in ((place, middle), (top, 32), (end, 32)))
        half = unit * shrink * 2.5
        brush.rounded_rectangle((x - half, high - half, x + half, low + half), half, fill="white")
    mask = Image.new("L", picture.size)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, wide - 1, wide - 1), round_by * unit, fill=255)
    picture.putalpha(mask)
    return picture.resize((size, size), Image.Resampling.LANCZOS)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for size in (192, 512):
        icon(size, round_by=18).save(FOLDER / f"icon-{size}.png", optimize=True)
        # a launcher may cut away all but the inner four fifths
        icon(size, round_by=0, shrink=0.78).save(FOLDER / f"maskable-{size}.png", optimize=True)
    icon(180, round_by=0, shrink=0.9).convert("RGB").save(FOLDER / "apple-180.png", optimize=True)


if __name__ == "__main__":
    main()
