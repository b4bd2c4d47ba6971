"""Two pictures of a page compared: what share of it changed, and where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""Height x width x RGB."""
CELL = 4
"""Pixels on a side that are compared as one, by their mean."""
SHIFTS = tuple((down, right) for down in (-1, 0, 1) for right in (-1, 0, 1))
"""What stands a pixel beside its place is no change."""
TOLERANCE = 16
"""How far a cell may be off in any channel, of 255."""
LIMIT = 0.002
"""The share of a page from which on a change is worth a look."""
RED = np.array((230, 0, 40), dtype=np.uint8)


@dataclass(frozen=True)
class Difference:
    """``share`` of the cells that changed, 0..1; ``cells``: which, rows x columns."""

    share: float
    cells: NDArray[np.bool_]

    @property
    def over(self) -> bool:
        return self.share > LIMIT


def compare(before: Pixels, after: Pixels) -> Difference:
    """Where one is larger than the other, that part counts as changed."""
    new = _cells(after)
    both = list(zip(_cells(before).shape[:2], new.shape[:2], strict=True))
    changed = np.ones([max(sides) for sides in both], dtype=np.bool_)
    rows, columns = (min(sides) for sides in both)
    for shift in SHIFTS:
        moved = _cells(_shifted(before, *shift))
        apart = np.abs(moved[:rows, :columns] - new[:rows, :columns]).max(axis=2)
        changed[:rows, :columns] &= apart > TOLERANCE
    return Difference(float(changed.mean()), changed)


def marked(after: Pixels, cells: NDArray[np.bool_]) -> Pixels:
    """The picture paler, with the changed cells in red."""
    pale = (after // 3 + 170).astype(np.uint8)
    where = np.repeat(np.repeat(cells, CELL, axis=0), CELL, axis=1)
    height, width = (min(sizes) for sizes in zip(where.shape, after.shape[:2], strict=True))
    part = pale[:height, :width]
    part[where[:height, :width]] = RED
    return pale


def _shifted(picture: Pixels, down: int, right: int) -> Pixels:
    """Moved by at most a pixel; what comes in at an edge is what stood there."""
    height, width = picture.shape[:2]
    around = np.pad(picture, ((1, 1), (1, 1), (0, 0)), mode="edge")
    return around[1 - down : 1 - down + height, 1 - right : 1 - right + width]


def _cells(picture: Pixels) -> NDArray[np.float64]:
    """The means of its cells; the last ones, where it does not divide evenly, are filled up with its edge."""
    height, width = picture.shape[:2]
    filled = np.pad(picture, ((0, -height % CELL), (0, -width % CELL), (0, 0)), mode="edge")
    rows, columns = (side // CELL for side in filled.shape[:2])
    means: NDArray[np.float64] = filled.reshape(rows, CELL, columns, CELL, 3).mean(axis=(1, 3))
    return means
