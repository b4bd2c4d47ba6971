"""Pictures of pages compared: a change is found, and a letter that moved by a pixel is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from lab.benchmarks._pictures import CELL, LIMIT, RED, Pixels, compare, marked
from lab.benchmarks.shots import changes

WIDE, HIGH = 320, 200


def page(*, dx: int = 0, dy: int = 0, size: tuple[int, int] = (WIDE, HIGH)) -> Pixels:
    """A few lines of writing and a button."""
    drawn = Image.new("RGB", size, "#faf9fc")
    pen = ImageDraw.Draw(drawn)
    for line in range(6):
        pen.text((20 + dx, 16 + 24 * line + dy), "Your photo has a sound", fill="#5a5560")
    pen.rounded_rectangle((200 + dx, 150 + dy, 290 + dx, 180 + dy), 15, fill="#eee8f6")
    return np.asarray(drawn)


def test_the_same_is_the_same() -> None:
    same = compare(page(), page())
    assert same.share == 0 and not same.over and same.cells.shape == (HIGH / CELL, WIDE / CELL)


@pytest.mark.parametrize("by", [{"dx": 1}, {"dy": 1}])
def test_a_pixel_beside_is_no_change_but_a_line_is(by: dict[str, int]) -> None:
    assert not compare(page(), page(**by)).over
    assert compare(page(), page(**{way: 12 * step for way, step in by.items()})).over


def test_a_changed_block_is_found_where_it_is_and_marked() -> None:
    after = page().copy()
    after[40:80, 100:160] = (20, 90, 200)
    found = compare(page(), after)
    assert found.over and found.share == pytest.approx(40 * 60 / (WIDE * HIGH), rel=0.01)
    assert found.cells[10:20, 25:40].all() and found.cells.sum() == 10 * 15
    drawn = marked(after, found.cells)
    assert drawn.shape == after.shape and drawn.dtype == np.uint8
    assert (drawn[40:80, 100:160] == RED).all() and not (drawn[:40] == RED).all(axis=2).any()
    assert drawn[:40].min() >= 170


@pytest.mark.parametrize("size", [(WIDE, HIGH + 60), (WIDE - 40, HIGH), (WIDE + 3, HIGH + 1)])
def test_another_size_is_a_change_as_large_as_what_came_or_went(size: tuple[int, int]) -> None:
    other = page(size=size)
    found, back = compare(page(), other), compare(other, page())
    assert found.share == back.share == pytest.approx(found.cells.mean())
    cells = [-(-side // CELL) for side in size]
    missing = abs(cells[0] * cells[1] - WIDE * HIGH / CELL**2) / found.cells.size
    assert found.share >= missing and found.over == (found.share > LIMIT)
    assert marked(other, found.cells).shape == other.shape


def test_pictures_are_compared_by_name_and_what_changed_is_marked_beside(tmp_path: Path) -> None:
    earlier, now = tmp_path / "earlier", tmp_path / "now"
    names = ["home-phone-light.png", "list-phone-light.png", "taste-phone-light.png"]
    for folder in (earlier, now):
        folder.mkdir()
        for name in names[:2]:
            Image.fromarray(page()).save(folder / name)
    Image.fromarray(page()).save(now / names[2])
    Image.fromarray(page(dy=12)).save(now / names[1])
    told = changes(names, now, earlier)
    assert told["changed_percent"] == {names[0]: 0.0, names[1]: pytest.approx(15, abs=5)}
    assert told["over"] == [names[1]] and told["without_counterpart"] == [names[2]]
    marks = now / "list-phone-light.changed.png"
    assert marks.exists() and [file.name for file in now.glob("*.changed.png")] == [marks.name]
    Image.fromarray(page()).save(now / names[1])
    assert changes(names, now, earlier)["over"] == [] and not marks.exists()
