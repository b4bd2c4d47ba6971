"""A cover for every track without one: a pattern by its style, colours and unrest by where it lies on the affect plane
(warm when happy, busy when lively), and a seed that makes each one different."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping

from recommender.music.styles import meant_by, styles

COLD, WARM = 250.0, 38.0
"""Hues, degrees, at valence 0 (indigo) and 1 (gold), passing through violet and rose in between."""
SIZE = 96
"""Units on each side of the square."""
INK = ".13"
"""How much of a shape covers what lies below it."""


def pattern_of(genre: str) -> str:
    """The pattern for a track's styles, parted by commas; the first that is known counts."""
    for name in genre.lower().split(","):
        for style in (name.strip(), *sorted(meant_by(name.strip()))):
            if style in styles():
                return PATTERN_OF.get(styles()[style].family, USUAL)
    return USUAL


def cover_svg(seed: int, valence: float, arousal: float, pattern: str = "waves") -> str:
    """An SVG of 96 by 96 units. ``seed`` moves the pattern's shapes; ``valence``/``arousal`` 0..1 set its colours and
    its unrest; ``pattern`` is one of ``PATTERNS``, anything else is drawn as the usual one."""
    dice = random.Random(seed)
    hue = (COLD + valence * ((WARM - COLD) % 360) + dice.uniform(-16, 16)) % 360
    other = (hue + dice.choice((-1, 1)) * (24 + 40 * arousal)) % 360
    saturation, lightness = 42 + 36 * arousal, 40 + 16 * valence
    turn = dice.randrange(360)
    shapes = "".join(PATTERNS.get(pattern, _waves)(dice, arousal))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}">'
        f'<defs><linearGradient id="g" gradientTransform="rotate({turn} .5 .5)">'
        f'<stop stop-color="hsl({hue:.0f} {saturation:.0f}% {lightness:.0f}%)"/>'
        f'<stop offset="1" stop-color="hsl({other:.0f} {saturation:.0f}% {lightness - 16:.0f}%)"/>'
        "</linearGradient></defs>"
        f'<rect width="{SIZE}" height="{SIZE}" fill="url(#g)"/>{shapes}</svg>'
    )


def _filled(path: str) -> str:
    return f'<path d="{path}" fill="#fff" fill-opacity="{INK}"/>'


def _drawn(path: str, width: float) -> str:
    return f'<path d="{path}" fill="none" stroke="#fff" stroke-opacity=".24" stroke-width="{width:.1f}"/>'


def _waves(dice: random.Random, arousal: float) -> Iterator[str]:
    """Translucent waves; their height and number of crests grow with arousal."""
    for level in range(4):
        base, height = 34 + 16 * level + dice.uniform(-6, 6), 3 + 15 * arousal * dice.uniform(0.5, 1)
        crests, shift = 0.6 + 2.6 * arousal * dice.uniform(0.6, 1.2), dice.uniform(0, 6)
        line = " ".join(
            f"{x} {base + height * math.sin(x / SIZE * 2 * math.pi * crests + shift):.1f}" for x in range(0, 97, 4)
        )
        yield _filled(f"M0 96L{line}L96 96z")


def _shards(dice: random.Random, arousal: float) -> Iterator[str]:
    """Long triangles out of one corner, narrower and more of them the livelier."""
    corner_x, corner_y = dice.choice((0, SIZE)), dice.choice((0, SIZE))
    for _ in range(4 + round(6 * arousal)):
        far = dice.uniform(0, SIZE)
        wide = dice.uniform(8, 26 - 12 * arousal)
        x, y = SIZE - corner_x, SIZE - corner_y
        ends = ((x, far), (x, far + wide)) if dice.random() < 0.5 else ((far, y), (far + wide, y))
        yield _filled(f"M{corner_x} {corner_y}" + "".join(f"L{a:.1f} {b:.1f}" for a, b in ends) + "z")


def _grid(dice: random.Random, arousal: float) -> Iterator[str]:
    """Squares of a grid, some of them lit."""
    across = 4 + round(4 * arousal)
    side = SIZE / across
    for column in range(across):
        for row in range(across):
            if dice.random() < 0.2 + 0.25 * arousal:
                inset = side * dice.choice((0.06, 0.06, 0.28))
                x, y, long = column * side + inset, row * side + inset, side - 2 * inset
                yield _filled(f"M{x:.1f} {y:.1f}h{long:.1f}v{long:.1f}h{-long:.1f}z")


def _rings(dice: random.Random, arousal: float) -> Iterator[str]:
    """Rings around two points, like those of two stones in water."""
    for _ in range(2):
        x, y = dice.uniform(12, 84), dice.uniform(12, 84)
        gap = 15 - 8 * arousal
        for number in range(1, 4 + round(3 * arousal)):
            yield _drawn(_circle(x, y, number * gap + dice.uniform(-1, 1)), dice.uniform(1.2, 4))


def _discs(dice: random.Random, arousal: float) -> Iterator[str]:
    """Discs that lie over one another."""
    for _ in range(4 + round(5 * arousal)):
        x, y, radius = dice.uniform(0, SIZE), dice.uniform(0, SIZE), dice.uniform(8, 34 - 14 * arousal)
        yield _filled(_circle(x, y, radius))


def _strings(dice: random.Random, arousal: float) -> Iterator[str]:
    """Fine lines side by side that bend together."""
    bend, lean = dice.uniform(-34, 34) * (0.5 + arousal), dice.uniform(-20, 20)
    for number in range(9):
        y = 6 + 10.5 * number + dice.uniform(-1.5, 1.5)
        yield _drawn(f"M-4 {y:.1f}Q48 {y + bend:.1f} 100 {y + lean:.1f}", 0.7 + dice.uniform(0, 1.6))


def _hills(dice: random.Random, arousal: float) -> Iterator[str]:
    """A low sun behind hills."""
    yield _filled(_circle(dice.uniform(20, 76), dice.uniform(22, 42), dice.uniform(9, 16)))
    for level in range(3):
        base = 46 + 15 * level + dice.uniform(-4, 4)
        first, second = dice.uniform(-24, -6) * (0.6 + arousal), dice.uniform(-6, 14)
        yield _filled(f"M0 96V{base:.1f}C24 {base + first:.1f} 52 {base + second:.1f} 96 {base - second:.1f}V96z")


def _weave(dice: random.Random, arousal: float) -> Iterator[str]:
    """A woven border's lozenges in rows."""
    wide = 24 - 8 * arousal
    for row in range(-1, 7):
        shift, tall = (row % 2) * wide / 2, 9 + dice.uniform(-1, 1)
        for column in range(-1, round(SIZE / wide) + 1):
            if dice.random() < 0.62:
                x, y = column * wide + shift, 8 + row * 16
                yield _filled(
                    f"M{x:.1f} {y:.1f}l{wide / 2:.1f} {tall:.1f}l{wide / 2:.1f} {-tall:.1f}"
                    f"l{-wide / 2:.1f} {-tall:.1f}z"
                )


def _circle(x: float, y: float, radius: float) -> str:
    return (
        f"M{x - radius:.1f} {y:.1f}a{radius:.1f} {radius:.1f} 0 1 0 {2 * radius:.1f} 0"
        f"a{radius:.1f} {radius:.1f} 0 1 0 {-2 * radius:.1f} 0z"
    )


PATTERNS: Mapping[str, Callable[[random.Random, float], Iterator[str]]] = {
    "waves": _waves,
    "shards": _shards,
    "grid": _grid,
    "rings": _rings,
    "discs": _discs,
    "strings": _strings,
    "hills": _hills,
    "weave": _weave,
}
USUAL = "waves"
PATTERN_OF: Mapping[str, str] = {
    "rock": "shards",
    "metal": "shards",
    "punk": "shards",
    "electronic": "grid",
    "hip-hop": "grid",
    "jazz": "discs",
    "soul": "discs",
    "blues": "discs",
    "classical": "strings",
    "screen": "strings",
    "stage": "strings",
    "folk": "hills",
    "country": "hills",
    "european": "hills",
    "african": "weave",
    "asian": "weave",
    "caribbean": "weave",
    "latin": "weave",
    "middle eastern": "weave",
    "pop": "rings",
}
"""By family of styles."""
