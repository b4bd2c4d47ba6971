"""Trained heads on a frozen picture embedding: valence and arousal with conformal intervals, emotion classes, and what
its prompts for the editor's occasions are worth beside the built-in networks.

A head belongs to one vector space and is kept where the weights are (``<model folder>/heads/SPACE.npz``, its figures in
``SPACE.json``): the project cannot ship heads for weights it does not ship. ``train picture_affect --tier full`` makes
them. What did not do better than the built-in networks on photos left out is kept, but not trusted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.perception.weights.loaders import loaded_once, model_folder

COVERAGE = (0.8, 0.9)
BUILT_IN = (0.698, 0.622)
"""Spearman's correlation of the built-in heads' valence and arousal with people's, on themes left out
(``trained/picture_concepts.md``, ten folds of themes)."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Layers:
    """An affine map, or several with rectified linear units between them: ``matrices`` (in, out), ``offsets``."""

    matrices: tuple[Floats, ...]
    offsets: tuple[Floats, ...]

    def __call__(self, x: Floats) -> Floats:
        """(n, in) to (n, out)."""
        for place, (matrix, offset) in enumerate(zip(self.matrices, self.offsets, strict=True)):
            x = x @ matrix + offset
            if place < len(self.matrices) - 1:
                x = np.maximum(x, 0)
        return np.asarray(x, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Prompts:
    """A second opinion on what a photo shows: for each concept of the built-in heads, in their order, the unit vector
    of what the editor says of it, ``words`` (concepts, dimensions). The likeness counts ``weight`` times; then the
    logits are divided by ``temperature``."""

    words: Floats
    weight: float
    temperature: float

    def sharpened(self, odds: Floats, vectors: Floats) -> Floats:
        """(n, concepts) probabilities from the built-in ones of that shape and the pictures' unit vectors."""
        logits = (
            np.log(odds.astype(np.float64) + LEAST_ODDS) + self.weight * vectors @ self.words.T
        ) / self.temperature
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float32)


LEAST_ODDS = 1e-5
"""Added to the built-in probabilities, so that what they take for impossible can still be seen."""


@dataclass(frozen=True, eq=False)
class Heads:
    """``affect``: to (valence, arousal), 0..1. ``errors`` (2,): root mean squared errors on themes left out.
    ``widths`` (coverages, 2): half widths of the split-conformal intervals (Lei et al. 2018) by ``COVERAGE``.
    ``curves``: see ``zero_shot``. ``emotions`` and ``classes``: logits of emotion classes by name, where trained.
    ``trusted``: whether valence, and arousal, are told better than by the built-in networks. ``prompts``: None where
    they made these no better, or were not measured."""

    affect: Layers
    errors: Floats
    widths: Floats
    trusted: tuple[bool, bool] = (False, False)
    prompts: Prompts | None = None
    curves: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    emotions: Layers | None = None
    classes: tuple[str, ...] = ()

    def point(self, vector: Floats) -> tuple[float, float]:
        """Valence and arousal, 0..1, of one unit vector (dimensions,)."""
        valence, arousal = np.clip(self.affect(vector[None])[0], 0, 1)
        return float(valence), float(arousal)

    def interval(self, vector: Floats, coverage: float = 0.9) -> tuple[tuple[float, float], tuple[float, float]]:
        """Low and high of valence and of arousal that hold the crowd's mean in this share of unseen photos."""
        half = self.widths[COVERAGE.index(coverage)]
        low, high = (np.clip(np.array(self.point(vector)) + sign * half, 0, 1) for sign in (-1, 1))
        return (float(low[0]), float(high[0])), (float(low[1]), float(high[1]))

    def emotion(self, vector: Floats) -> dict[str, float]:
        """Probability by emotion class; empty where none were trained."""
        if self.emotions is None:
            return {}
        logits = self.emotions(vector[None])[0]
        weights = np.exp(logits - logits.max())
        return dict(zip(self.classes, map(float, weights / weights.sum()), strict=True))


def heads_file(space: str) -> Path:
    return model_folder() / "heads" / f"{space}.npz"


def save_heads(heads: Heads, space: str) -> Path:
    file = heads_file(space)
    file.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, NDArray[np.generic]] = {"errors": heads.errors, "widths": heads.widths}
    for name, layers in (("affect", heads.affect), ("emotions", heads.emotions)):
        for place in range(len(layers.matrices) if layers else 0):
            assert layers is not None
            arrays[f"{name}.{place}.matrix"] = layers.matrices[place]
            arrays[f"{name}.{place}.offset"] = layers.offsets[place]
    arrays["classes"] = np.array(heads.classes, dtype=np.str_)
    arrays["kinds"] = np.array(list(heads.curves), dtype=np.str_)
    arrays["curves"] = np.array(list(heads.curves.values()), dtype=np.float64).reshape(-1, 2)
    arrays["trusted"] = np.array(heads.trusted)
    if prompts := heads.prompts:
        arrays["prompts.words"] = prompts.words.astype(np.float16)
        arrays["prompts.shape"] = np.array([prompts.weight, prompts.temperature])
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    return file


def figures_of(space: str) -> dict[str, Any] | None:
    """How the space's heads did when they were made; None when that was never tried."""
    file = heads_file(space).with_suffix(".json")
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def save_figures(figures: Mapping[str, Any], space: str) -> None:
    file = heads_file(space).with_suffix(".json")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(figures, ensure_ascii=False), encoding="utf-8")


def heads_of(space: str) -> Heads | None:
    """The space's heads, or None when none were trained; trained anew, they are taken up without a restart."""
    file = heads_file(space)
    return _load(file, file.stat().st_mtime_ns) if file.is_file() else None


@loaded_once
def _load(file: Path, _changed: int) -> Heads:
    with np.load(file, allow_pickle=False) as stored:

        def layers(name: str) -> Layers | None:
            count = sum(key.startswith(f"{name}.") and key.endswith(".matrix") for key in stored.files)
            if not count:
                return None
            matrices = tuple(stored[f"{name}.{place}.matrix"] for place in range(count))
            return Layers(matrices, tuple(stored[f"{name}.{place}.offset"] for place in range(count)))

        affect = layers("affect")
        if affect is None:
            raise ValueError(f"{file.name} holds no affect head")
        return Heads(
            affect=affect,
            errors=stored["errors"],
            widths=stored["widths"],
            curves={
                str(kind): (float(slope), float(shift))
                for kind, (slope, shift) in zip(stored["kinds"], stored["curves"], strict=True)
            },
            emotions=layers("emotions"),
            classes=tuple(map(str, stored["classes"])),
            **_judged(stored),
        )


def _judged(stored: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """What is trusted; nothing in a file from before this was measured."""
    if "trusted" not in stored:
        return {}
    valence, arousal = map(bool, stored["trusted"])
    if "prompts.words" not in stored:
        return {"trusted": (valence, arousal)}
    weight, temperature = map(float, stored["prompts.shape"])
    words = stored["prompts.words"].astype(np.float32)
    return {"trusted": (valence, arousal), "prompts": Prompts(words, weight, temperature)}
