"""The sound-text model of the full tier: CLAP (Wu et al. 2023) through transformers, one copy a process.

``DYLUMO_CLAP_MODEL`` names a hub repository (``laion/larger_clap_music_and_speech`` by default) or a folder in the
hub's layout. Hub files are looked for in ``<model folder>/hub`` and only read there; nothing is fetched here.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import Unavailable
from recommender.perception.audio.decode import RATE
from recommender.perception.weights.loaders import declare_torchvision, device, folder_of, loaded_once

DEFAULT = "laion/larger_clap_music_and_speech"
CLAP_RATE = 48_000
WINDOW_SECONDS, MOST_WINDOWS = 10, 3
"""CLAP hears ten seconds at once; of a longer sound, evenly spread windows are heard and averaged."""
BATCH = 32

Floats = NDArray[np.float32]


def source() -> str:
    """The repository or folder in use."""
    return os.environ.get("DYLUMO_CLAP_MODEL") or DEFAULT


def on_disk(name: str | None = None) -> bool:
    """Whether the model could be loaded without a network."""
    return folder_of(name or source()) is not None


def wanted() -> bool:
    """Whether the full tier should be used: the owner named it by a setting, or its weights were fetched."""
    return bool(os.environ.get("DYLUMO_CLAP_MODEL")) or on_disk()


class Clap:
    """Both towers. Vectors are of unit length, float32."""

    def __init__(self, name: str) -> None:
        declare_torchvision()
        import torch
        from transformers import ClapModel, ClapProcessor

        torch.set_num_threads(1)
        self.name, folder = name, folder_of(name)
        self._processor = ClapProcessor.from_pretrained(folder, local_files_only=True)
        model: Any = ClapModel.from_pretrained(folder, local_files_only=True)
        self._model = model.eval().to(device())
        self.scale = float(model.logit_scale_a.detach().exp())

    @property
    def space(self) -> str:
        """The vector space's name, at most 60 characters."""
        short = re.sub(r"[^a-z0-9]+", "-", Path(self.name).name.lower())[:40]
        return f"clap-{short}-{hashlib.sha256(self.name.encode()).hexdigest()[:8]}"

    def inputs(self, windows: Sequence[Floats]) -> dict[str, Any]:
        """What the model hears of (n,) windows of samples at ``CLAP_RATE``: log mel spectra and which are longer."""
        told = self._processor(audio=list(windows), sampling_rate=CLAP_RATE, return_tensors="pt")
        return {name: value.to(self._model.device) for name, value in told.items()}

    def encode_sound(self, mono: Floats) -> Floats:
        """(dimensions,): the unit mean over windows of samples (N,) at ``decode.RATE``."""
        import torch

        with torch.inference_mode():
            vectors = _rows(self._model.get_audio_features(**self.inputs(windows(mono))))
        mean = vectors.mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)

    def encode_texts(self, texts: Sequence[str]) -> Floats:
        """(n, dimensions) unit vectors."""
        import torch

        rows = []
        with torch.inference_mode():
            for start in range(0, len(texts), BATCH):
                told = self._processor(text=list(texts[start : start + BATCH]), return_tensors="pt", padding=True)
                told = {name: value.to(self._model.device) for name, value in told.items()}
                rows.append(_rows(self._model.get_text_features(**told)))
        return np.concatenate(rows) if rows else np.zeros((0, 0), dtype=np.float32)


def windows(mono: Floats) -> list[Floats]:
    """Up to ``MOST_WINDOWS`` windows of ten seconds, evenly spread, at ``CLAP_RATE``."""
    import soxr

    samples = soxr.resample(mono, RATE, CLAP_RATE).astype(np.float32)
    length = WINDOW_SECONDS * CLAP_RATE
    if len(samples) <= length:
        return [samples]
    count = min(MOST_WINDOWS, -(-len(samples) // length))
    starts = np.linspace(0, len(samples) - length, count).astype(int)
    return [samples[start : start + length] for start in starts]


def _rows(answer: Any) -> Floats:
    """(n, dimensions) unit vectors of either shape of answer that transformers gives."""
    vectors = getattr(answer, "pooler_output", answer).float().cpu().numpy()
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


@loaded_once
def _clap(name: str) -> Clap:
    return Clap(name)


def clap() -> Clap:
    """The setting's model, loaded once. Raises Unavailable when it is not on disk or broken."""
    name = source()
    if not on_disk(name):
        raise Unavailable(
            f"The weights of {name} are not on disk.",
            hint="Fetch them first, or let DYLUMO_CLAP_MODEL name a folder that holds them.",
            code="clap_not_on_disk",
        )
    try:
        return _clap(name)
    except Exception as error:  # a broken file can fail in any of the libraries that read it
        raise Unavailable(
            f"{name} could not be loaded.", hint="Check that the folder is whole.", code="clap_broken"
        ) from error
