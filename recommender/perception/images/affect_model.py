"""From a picture's blocks of numbers to valence, arousal and scenes: kernel ridge regression, numpy only.

The kernel is a weighted sum of Gaussian kernels, one for each block:
``k(x, y) = sum_b w_b exp(-g_b |z_b(x) - z_b(y)|^2)``,
where ``z_b`` is the block after standardising and principal components. One solve serves every output
(Saunders et al. 1998, "Ridge regression learning algorithm in dual variables").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recommender.perception import TRAINED
from recommender.perception.weights.loaders import loaded_once

FAMILIAR_NEIGHBOURS = 10

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Block:
    """One block's kernel: ``z = x @ projection - offset`` (k,), ``support`` (n, k) the training photos' z."""

    name: str
    projection: Floats
    offset: Floats
    support: Floats
    gamma: float
    weight: float

    def distances(self, x: Floats) -> Floats:
        """``gamma`` times the squared distances to every training photo, (m, n), for x of shape (m, length)."""
        z = x @ self.projection - self.offset
        squares = (z**2).sum(1)[:, None] - 2 * z @ self.support.T + (self.support**2).sum(1)[None]
        return np.asarray(self.gamma * np.maximum(squares, 0), dtype=np.float32)

    def similarity(self, x: Floats) -> Floats:
        """Weighted kernel values to every training photo, (m, n)."""
        return np.asarray(self.weight * np.exp(-self.distances(x)), dtype=np.float32)


@dataclass(frozen=True)
class PictureModel:
    """``outputs``: ``valence``, ``arousal``, then scenes. ``coefficients`` (n, outputs), ``intercepts`` (outputs,).

    ``slopes``/``shifts`` (scenes,): logistic calibration of the scene outputs. ``errors``: root mean squared errors of
    valence and arousal on themes left out. ``familiarity`` (levels,) and ``trust`` (levels,): how the share of good
    readings grows with the likeness to known photos, on themes left out.
    """

    tier: str
    blocks: tuple[Block, ...]
    outputs: tuple[str, ...]
    coefficients: Floats
    intercepts: Floats
    slopes: Floats
    shifts: Floats
    errors: Floats
    familiarity: Floats
    trust: Floats

    def read(self, blocks: Mapping[str, Floats]) -> Affect:
        """One picture's reading from its blocks (see ``views``)."""
        similarity = kernel(self.blocks, {name: values[None] for name, values in blocks.items()})
        raw = (similarity @ self.coefficients + self.intercepts)[0]
        scenes = 1 / (1 + np.exp(-(raw[2:] * self.slopes + self.shifts)))
        trust = np.interp(float(familiar(similarity)[0]), self.familiarity, self.trust)
        return Affect(
            valence=float(np.clip(raw[0], 0, 1)),
            arousal=float(np.clip(raw[1], 0, 1)),
            valence_sd=float(self.errors[0]),
            arousal_sd=float(self.errors[1]),
            confidence=float(trust),
            scenes={name: float(p) for name, p in zip(self.outputs[2:], scenes, strict=True)},
        )


@dataclass(frozen=True)
class Affect:
    """A reading, everything 0..1. ``scenes``: calibrated probability by name."""

    valence: float
    arousal: float
    valence_sd: float
    arousal_sd: float
    confidence: float
    scenes: Mapping[str, float]


def kernel(blocks: tuple[Block, ...], inputs: Mapping[str, Floats]) -> Floats:
    """Kernel values (m, n) of m pictures, given as ``{block: (m, length)}``, to the n training photos."""
    similarities = [block.similarity(inputs[block.name]) for block in blocks]
    return np.asarray(np.sum(similarities, axis=0), dtype=np.float32)


def familiar(similarity: Floats) -> Floats:
    """How much of the known world a picture resembles, (m,): mean kernel value of its nearest training photos."""
    return np.asarray(np.sort(similarity, axis=1)[:, -FAMILIAR_NEIGHBOURS:].mean(1), dtype=np.float32)


def model_file(tier: str) -> Path:
    return TRAINED / f"picture_affect_{tier}.npz"


def save_model(model: PictureModel) -> Path:
    """Write the coefficients (half precision where that costs nothing) and return the file."""
    arrays: dict[str, NDArray[np.generic]] = {
        "outputs": np.array(model.outputs),
        "blocks": np.array([block.name for block in model.blocks]),
        "shape": np.array([[block.gamma, block.weight] for block in model.blocks]),
        **{name: getattr(model, name) for name in _NUMBERS},
    }
    for block in model.blocks:
        arrays[f"{block.name}.projection"] = block.projection.astype(np.float16)
        arrays[f"{block.name}.support"] = block.support.astype(np.float16)
        arrays[f"{block.name}.offset"] = block.offset
    np.savez_compressed(model_file(model.tier), **arrays)  # type: ignore[arg-type]
    return model_file(model.tier)


_NUMBERS = ("coefficients", "intercepts", "slopes", "shifts", "errors", "familiarity", "trust")


@loaded_once
def load_model(tier: str) -> PictureModel:
    """The tier's trained model; raises FileNotFoundError when it was never trained."""
    with np.load(model_file(tier), allow_pickle=False) as stored:
        blocks = tuple(
            Block(
                name=str(name),
                projection=stored[f"{name}.projection"].astype(np.float32),
                offset=stored[f"{name}.offset"].astype(np.float32),
                support=stored[f"{name}.support"].astype(np.float32),
                gamma=float(gamma),
                weight=float(weight),
            )
            for name, (gamma, weight) in zip(stored["blocks"], stored["shape"], strict=True)
        )
        numbers = {name: stored[name].astype(np.float32) for name in _NUMBERS}
        outputs = tuple(str(name) for name in stored["outputs"])
    return PictureModel(tier=tier, blocks=blocks, outputs=outputs, **numbers)
