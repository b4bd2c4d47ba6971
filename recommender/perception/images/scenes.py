"""What is in the picture: scenes from colour and place, from faces, and from the names of ImageNet classes.

Only clear cases are named: every rule here was checked by eye on 541 photos and tuned to be right rather than
complete. Trained scene heads (``affect``) come on top.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recommender.perception.images.faces import Face
from recommender.perception.weights.loaders import IMAGE_CLASS_NAMES_FILE, loaded_once, on_disk

Floats = NDArray[np.float32]

LEAST_OBJECT = 0.65
MOST_OBJECTS = 3
DOUBT = 0.85  # networks trained on single things are too sure of what else a photo may show

SKY_HUES, GREEN_HUES, GLOW_HUES = (-150.0, -75.0), (105.0, 150.0), (10.0, 100.0)
"""Hue angles in OKLab, degrees."""

CLASS_SCENES: Mapping[str, tuple[str, ...]] = {
    "mountain": ("alp", "valley", "cliff", "volcano"),
    "beach": ("seashore", "sandbar"),
    "sea": ("promontory", "breakwater", "coral reef", "schooner", "yawl", "trimaran", "catamaran", "liner"),
    "lake": ("lakeside",),
    "food": (
        *("ice cream", "trifle", "chocolate sauce", "pizza", "cheeseburger", "hotdog", "guacamole", "carbonara"),
        *("burrito", "potpie", "meat loaf", "French loaf", "bagel", "pretzel", "plate", "hot pot", "consomme"),
        *("strawberry", "orange", "lemon", "banana", "pineapple", "espresso", "bakery", "confectionery", "dough"),
    ),
    "sport": ("ballplayer", "rugby ball", "soccer ball", "basketball", "volleyball", "football helmet", "ski"),
    "concert": ("stage", "electric guitar", "drum"),
    "city": ("cinema", "streetcar", "trolleybus"),
    "interior": ("library", "bookshop", "church", "altar", "throne", "prison"),
    "home": ("studio couch", "four-poster", "quilt", "wardrobe", "entertainment center", "dining table"),
    "cafe": ("restaurant", "espresso"),
    "art": ("comic book", "book jacket"),
    "danger": ("wreck", "assault rifle", "revolver", "rifle", "missile", "guillotine"),
}
"""ImageNet classes (their first names) that show a scene of ``vocabulary.SCENES``."""

ANIMAL_CLASSES = 398
"""ImageNet's first 398 classes are animals."""

ANIMAL_KINDS = {
    "dog": (151, 268),
    "cat": (281, 285),
    "bird": (7, 23),
    "snake": (52, 68),
    "spider": (72, 77),
    "big cat": (286, 293),
    "bear": (294, 297),
    "butterfly": (321, 326),
    "monkey": (369, 382),
    "elephant": (385, 386),
}
"""Kinds of animals as first and last ImageNet class: people say "dog", not "Walker hound"."""

LANDFORMS = (970, 980)
"""Classes that are places, not things: they speak through scenes."""


def colour_scenes(lab: Floats) -> dict[str, float]:
    """``sky``, ``sunset`` and ``meadow`` from where which colours lie; 0..1 each, above one half is clear."""
    light, chroma = lab[..., 0], np.hypot(lab[..., 1], lab[..., 2])
    hue = np.degrees(np.arctan2(lab[..., 2], lab[..., 1]))
    third = light.shape[0] // 3
    sideways, downwards = np.abs(np.gradient(light, axis=1)), np.abs(np.gradient(light, axis=0))

    blue = _between(hue, SKY_HUES) & (chroma > 0.025) & (light > 0.5) & (sideways + downwards < 0.04)
    above, below = float(blue[:third].mean()), float(blue[-third:].mean())

    glow = (_between(hue, GLOW_HUES) & (chroma > 0.07) & (light > 0.25))[: 2 * third]
    glowing = min(float(part.mean()) for part in np.array_split(glow, 3, axis=1))
    falls = float(light[: light.shape[0] // 2].mean() - light[-third:].mean())
    # a sky at dusk is even from side to side and lighter than the land; fire and warm things are not
    dusk = glowing if float(sideways[: 2 * third].mean()) < 0.013 and falls > 0.05 else 0.0

    green = _between(hue, GREEN_HUES) & (chroma > 0.05)
    lush = green.any() and float(chroma[green].mean()) > 0.075
    return {
        "sky": above if above > 1.5 * below else 0.0,
        "sunset": min(1.0, dusk * 1.1),
        "meadow": min(1.0, float(green.mean()) * 1.1) if lush else 0.0,
    }


def _between(hue: Floats, bounds: tuple[float, float]) -> NDArray[np.bool_]:
    return (hue > bounds[0]) & (hue < bounds[1])


def face_scenes(faces: Sequence[Face]) -> dict[str, float]:
    """``portrait`` for a face that fills the picture, ``group`` for three faces and more."""
    if not faces:
        return {}
    if len(faces) >= 3:
        return {"group": 0.8}
    return {"portrait": 0.75} if faces[0].size > 0.2 and len(faces) == 1 else {}


def class_scenes(classes: Floats) -> dict[str, float]:
    """Scenes by the summed probability of the ImageNet classes that show them. ``classes`` (1000,)."""
    probability = dict(zip(class_names(), map(float, classes), strict=False))
    found = {scene: DOUBT * sum(probability.get(name, 0.0) for name in names) for scene, names in CLASS_SCENES.items()}
    return found | {"animal": float(classes[:ANIMAL_CLASSES].sum())}


def objects(classes: Floats) -> dict[str, float]:
    """Things by name, most probable first, where clear; kinds of animals go by their everyday name."""
    names = class_names()
    named = {name: float(classes[first : last + 1].sum()) for name, (first, last) in ANIMAL_KINDS.items()}
    covered = {place for first, last in (*ANIMAL_KINDS.values(), LANDFORMS) for place in range(first, last + 1)}
    for place in np.argsort(-classes, kind="stable")[:MOST_OBJECTS]:
        if int(place) not in covered:
            named[names[place]] = float(classes[place])
    clear = sorted(((n, s) for n, s in named.items() if s >= LEAST_OBJECT), key=lambda pair: -pair[1])
    return dict(clear[:MOST_OBJECTS])


def class_names() -> tuple[str, ...]:
    """The 1000 ImageNet classes' first names, lower case as in everyday writing; empty when not on disk."""
    path = on_disk(IMAGE_CLASS_NAMES_FILE)
    return _names_in(path) if path else ()


@loaded_once
def _names_in(path: Path) -> tuple[str, ...]:
    lines = path.read_text(encoding="utf-8").splitlines()[1:1001]
    return tuple(line.split(",")[0].strip() for line in lines)
