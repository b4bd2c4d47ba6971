"""A cover for every track, drawn from where it lies on the affect plane: warm when happy, busy when lively."""

from __future__ import annotations

import math
import random

COLD, WARM = 250.0, 38.0
"""Hues, degrees, at valence 0 (indigo) and 1 (gold), passing through violet and rose in between."""


def cover_svg(seed: int, valence: float, arousal: float) -> str:
    """An SVG of 96 by 96 units. ``seed`` sets the pattern; ``valence``/``arousal`` 0..1 its colours and its unrest."""
    dice = random.Random(seed)
    hue = (COLD + valence * ((WARM - COLD) % 360) + dice.uniform(-16, 16)) % 360
    other = (hue + dice.choice((-1, 1)) * (24 + 40 * arousal)) % 360
    saturation, lightness = 42 + 36 * arousal, 40 + 16 * valence
    turn = dice.randrange(360)
    shapes = "".join(_wave(dice, level, arousal, lightness) for level in range(4))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96">'
        f'<defs><linearGradient id="g" gradientTransform="rotate({turn} .5 .5)">'
        f'<stop stop-color="hsl({hue:.0f} {saturation:.0f}% {lightness:.0f}%)"/>'
        f'<stop offset="1" stop-color="hsl({other:.0f} {saturation:.0f}% {lightness - 16:.0f}%)"/>'
        "</linearGradient></defs>"
        f'<rect width="96" height="96" fill="url(#g)"/>{shapes}</svg>'
    )


def _wave(dice: random.Random, level: int, arousal: float, lightness: float) -> str:
    """One translucent wave across the cover; its height and its number of crests grow with arousal."""
    base, height = 34 + 16 * level + dice.uniform(-6, 6), 3 + 15 * arousal * dice.uniform(0.5, 1)
    crests, shift = 0.6 + 2.6 * arousal * dice.uniform(0.6, 1.2), dice.uniform(0, 6)
    line = " ".join(
        f"{x} {base + height * math.sin(x / 96 * 2 * math.pi * crests + shift):.1f}" for x in range(0, 97, 4)
    )
    return f'<path d="M0 96L{line}L96 96z" fill="hsl(0 0% {100 if lightness < 50 else 98}% / .11)"/>'
