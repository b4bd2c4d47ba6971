"""Trained heads on a frozen picture embedding: valence and arousal with conformal intervals, and emotion classes.

A head belongs to one vector space and is kept where the weights are (``<model folder>/heads/SPACE.npz``): the project
cannot ship heads for weights it does not ship. ``train picture_affect --tier full`` makes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recommender.perception.weights.loaders import loaded_once, model_folder

COVERAGE = (0.8, 0.9)

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
class Heads:
    """``affect``: to (valence, arousal), 0..1. ``errors`` (2,): root mean squared errors on themes left out.
    ``widths`` (coverages, 2): half widths of the split-conformal intervals (Lei et al. 2018) by ``COVERAGE``.
    ``curves``: see ``zero_shot``. ``emotions`` and ``classes``: logits of emotion classes by name, where trained."""

    affect: Layers
    errors: Floats
    widths: Floats
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
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    return file


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
        )
