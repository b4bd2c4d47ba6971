"""What a photo shows, in the words of the editor's occasions, and how it feels: linear heads on the built-in networks.

Concepts come from logistic probes trained on labelled photos (``train picture_concepts``), joined with ImageNet's
classes where these mean something; valence and arousal from a ridge on the same features and on how the concepts feel.
The figures are in ``trained/picture_concepts.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.schemas import Label
from recommender.perception import TRAINED
from recommender.perception.images import efficientnet, picture_styles
from recommender.perception.weights.loaders import loaded_once

Floats = NDArray[np.float32]
Opinion = Callable[[Floats], Floats]

HEADS_FILE = TRAINED / "picture_concepts.npz"
THING = "everyday object"
"""The place for things of no meaning: it takes probability away from the others, and is never named."""

FIRST, OTHERS, MOST = 0.4, 0.15, 4
"""The least probability with which the first concept and the others are named, and how many at most."""
LEAST_HINT, MOST_HINTS = 0.003, 12
RARE_FIRST = 0.5
"""The same for a first concept learned from fewer than twelve photos, or from ImageNet's classes alone."""
CLEAR, LIKELY = 0.75, 0.5
"""Probability of the first concept from which a reading is clear, or likely; below it is a guess."""
CLASS_FLOOR, CLASS_WEIGHT, CLASS_SHARE = 0.03, 0.3, 0.9
"""ImageNet's classes: their floor, their weight beside trained concepts, their share where there are no photos."""
TEMPERATURE = 0.88
"""What the probes' logits are divided by, so that a probability means what it says."""
SIBLINGS = (
    ("river", "waterfall"),
    ("cemetery", "funeral"),
    ("fire", "fire destruction"),
    ("cafe", "restaurant dinner"),
    ("train travel", "airport travel"),
    ("horse", "wildlife"),
    ("flowers", "meadow flowers"),
)
"""Concepts split from one label of the training photos: the weaker one is named only when it is half as likely."""
LEAST_ERROR, MOST_ERROR = 0.05, 0.3
SD_OF_MEAN_ERROR = 1.2533
"""Standard deviation of a normal error over its mean absolute value."""


@dataclass(frozen=True)
class Heads:
    """The coefficients. ``names`` (c,): every concept; ``trained`` places among them, the columns of ``weights``;
    ``mapped`` (m,) places of concepts with ImageNet classes, ``classes`` (1000, m) 0/1, ``scarce`` (m,) 0/1 where
    photos are lacking; ``feelings`` (c, 2): how each concept feels, less one half."""

    names: tuple[str, ...]
    rare: NDArray[np.bool_]
    weights: Floats
    bias: Floats
    trained: NDArray[np.int64]
    mapped: NDArray[np.int64]
    classes: Floats
    scarce: Floats
    feelings: Floats
    affect_weights: Floats
    affect_centre: Floats
    prior_weights: Floats
    prior_mean: Floats
    prior_sd: Floats
    affect_mean: Floats
    errors: Floats


@dataclass(frozen=True, kw_only=True)
class Seen:
    """``concepts``: what may be named, likeliest first; ``hints``: what may be there besides, too unsure to be named
    but not to be thought of; ``styles``: the music an editor would hear in it. Everything 0..1; ``valence_sd``,
    ``arousal_sd``: the standard deviation of the error to expect of this very picture."""

    concepts: tuple[Label, ...]
    hints: tuple[Label, ...]
    styles: tuple[Label, ...]
    valence: float
    arousal: float
    valence_sd: float
    arousal_sd: float


@loaded_once
def heads() -> Heads:
    with np.load(HEADS_FILE, allow_pickle=False) as stored:
        arrays: Mapping[str, NDArray[np.generic]] = {name: stored[name] for name in stored.files}
    numbers = {
        name: values.astype(np.float32) if values.dtype == np.float16 else values
        for name, values in arrays.items()
        if name != "names"
    }
    return Heads(names=tuple(map(str, arrays["names"])), **numbers)  # type: ignore[arg-type]


def see(image: Image.Image, sharpened: Opinion | None = None) -> Seen:
    """One RGB picture's concepts and feeling; ``sharpened``: what another model makes of the concepts' probabilities,
    (1, c) to (1, c). Raises OSError or RuntimeError where the networks cannot be loaded."""
    known = heads()
    features = efficientnet.pooled([image])
    classes = efficientnet.class_probabilities(features)
    inputs = probe_input(features)
    odds = fused(inputs @ known.weights + known.bias, classes, known)
    prior = np.clip((priors(odds, classes, known) - known.prior_mean) / known.prior_sd, -3, 3)
    affect = known.affect_mean + (inputs - known.affect_centre) @ known.affect_weights + prior @ known.prior_weights
    thing = known.names.index(THING)
    spread = SD_OF_MEAN_ERROR * np.array([1.0, odds.max(), odds[0, thing]]) @ known.errors
    if sharpened:
        odds = sharpened(odds)
    return Seen(
        concepts=(found := named(odds[0], known)),
        hints=hinted(odds[0], known, {label.name for label in found}),
        styles=picture_styles.heard(picture_styles.scores(inputs, music := picture_styles.head())[0], music),
        valence=float(np.clip(affect[0, 0], 0, 1)),
        arousal=float(np.clip(affect[0, 1], 0, 1)),
        valence_sd=float(np.clip(spread[0], LEAST_ERROR, MOST_ERROR)),
        arousal_sd=float(np.clip(spread[1], LEAST_ERROR, MOST_ERROR)),
    )


def rooted(x: Floats) -> Floats:
    """Square roots with their sign, of length one."""
    roots = np.sign(x) * np.sqrt(np.abs(x))
    return np.asarray(roots / np.maximum(np.linalg.norm(roots, axis=1, keepdims=True), 1e-6), dtype=np.float32)


def probe_input(features: Mapping[str, Floats]) -> Floats:
    """(n, 2560): both networks' features, each of length one."""
    return np.concatenate([rooted(features["lite0"]), rooted(features["lite2"])], axis=1)


def fused(logits: Floats, classes: Floats, known: Heads) -> Floats:
    """(n, c) probabilities over every concept, from the trained ones' logits and ImageNet's mapped classes."""
    by_class = classes @ known.classes
    full = np.full((len(logits), len(known.names)), -60.0)
    full[:, known.trained] = logits / TEMPERATURE
    both = np.isin(known.mapped, known.trained)
    full[:, known.mapped[both]] += CLASS_WEIGHT * np.log1p(by_class[:, both] / CLASS_FLOOR)
    full -= full.max(1, keepdims=True)
    odds = np.exp(full)
    odds /= odds.sum(1, keepdims=True)
    part = CLASS_SHARE * (1 - odds.max(1, keepdims=True)) * by_class * known.scarce
    odds *= 1 - part.sum(1, keepdims=True)
    odds[:, known.mapped] += part
    return np.asarray(odds, dtype=np.float32)


def priors(odds: Floats, classes: Floats, known: Heads) -> Floats:
    """(n, 7): the feeling to expect by ImageNet's mapped classes and their mass, by concepts; thingness, sureness."""
    by_class = classes @ known.classes
    thing = known.names.index(THING)
    columns = [
        by_class @ known.feelings[known.mapped],
        by_class.sum(1, keepdims=True),
        odds @ known.feelings,
        odds[:, [thing]],
        odds.max(1, keepdims=True),
    ]
    return np.concatenate(columns, axis=1)


def named(odds: Floats, known: Heads) -> tuple[Label, ...]:
    """What may be named of one picture: nothing where the likeliest concept is under its threshold."""
    order = [int(place) for place in np.argsort(-odds, kind="stable") if known.names[place] != THING]
    first = order[0]
    if odds[first] < (RARE_FIRST if known.rare[first] else FIRST):
        return ()
    kept: list[Label] = []
    for place in order:
        name, score = known.names[place], float(odds[place])
        if kept and (score < OTHERS or len(kept) == MOST):
            break
        if not any({name, one.name} == set(pair) and score < 0.5 * one.score for one in kept for pair in SIBLINGS):
            kept.append(Label(name=name, score=round(score, 4), kind="concept", source="built in"))
    return tuple(kept)


def hinted(odds: Floats, known: Heads, besides: Collection[str]) -> tuple[Label, ...]:
    """The next likeliest concepts, however unsure, down to ``LEAST_HINT``."""
    order = np.argsort(-odds, kind="stable")[: MOST_HINTS + MOST + 1]
    return tuple(
        Label(name=known.names[place], score=round(float(odds[place]), 4), kind="hint", source="built in")
        for place in order.tolist()
        if known.names[place] != THING and known.names[place] not in besides and odds[place] >= LEAST_HINT
    )[:MOST_HINTS]


def sureness(concepts: tuple[Label, ...]) -> str:
    """How sure a reading is of what it names, in a word: ``clear``, ``likely``, ``a guess``; empty for nothing."""
    if not concepts:
        return ""
    return "clear" if concepts[0].score >= CLEAR else "likely" if concepts[0].score >= LIKELY else "a guess"
