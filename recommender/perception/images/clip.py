"""The image-text towers of the full tier: open_clip by two settings, one copy a process.

``DYLUMO_CLIP_MODEL`` names an architecture of open_clip (``ViT-B-32`` by default; ``RN50``, ``ViT-L-14``,
``ViT-B-16-SigLIP``, ``MobileCLIP-S1`` ...), or a whole model by ``local-dir:FOLDER`` (open_clip's own layout) or
``hf-hub:OWNER/NAME``. ``DYLUMO_CLIP_WEIGHTS`` names open_clip's tag of the weights or the path of a checkpoint. Hub
files are looked for in ``<model folder>/hub`` and only read there: fetching them is ``weights.hub``'s business, so a
worker never waits for a download. Checkpoints are read as plain tensors; pickled code is refused by open_clip's loader.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import Unavailable
from recommender.perception.weights.loaders import declare_torchvision, device, in_hub_cache, loaded_once

DEFAULT_MODEL, DEFAULT_WEIGHTS = "ViT-B-32", "laion2b_s34b_b79k"
DEFAULT_REPOSITORY = "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"
DEFAULT_BYTES = 151_277_313 * 4
"""Of the default's weights: so many parameters of four bytes."""
HUB, FOLDER = "hf-hub:", "local-dir:"
WEIGHT_FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
BATCH = 32

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Choice:
    """Which towers: open_clip's model name (or schema) and tag or path of the weights (empty with a schema)."""

    model: str
    weights: str

    @property
    def space(self) -> str:
        """The vector space's name, at most 60 characters; other weights, or a changed file, are another space."""
        name = re.sub(r"[^a-z0-9]+", "-", Path(self.model.removeprefix(FOLDER).removeprefix(HUB)).name.lower())
        return f"clip-{name[:40]}-{self._mark}"

    @property
    def _mark(self) -> str:
        told = f"{self.model} {self.weights}"
        if path := self.local:
            told += f" {path.stat().st_size} {path.stat().st_mtime_ns}"
        return hashlib.sha256(told.encode()).hexdigest()[:8]

    @property
    def local(self) -> Path | None:
        """The checkpoint's path where it is a file of the owner's; None for the hub's."""
        if self.model.startswith(FOLDER):
            folder = Path(self.model.removeprefix(FOLDER)).expanduser()
            return next((folder / name for name in WEIGHT_FILES if (folder / name).is_file()), None)
        path = Path(self.weights).expanduser() if self.weights else None
        return path if path and path.is_file() else None

    @property
    def snapshot(self) -> Path | None:
        """The folder of the hub's cache that holds the whole model; None when it was not fetched or is local."""
        repository = "" if self.local else self.repository
        config = in_hub_cache(repository, "open_clip_config.json") if repository else None
        whole = config and any((config.parent / name).is_file() for name in WEIGHT_FILES)
        return config.parent if config and whole else None

    @property
    def named_repository(self) -> str:
        """The same, empty too where only open_clip's own list, which needs torch, tells the repository."""
        if (self.model, self.weights) == (DEFAULT_MODEL, DEFAULT_WEIGHTS):
            return DEFAULT_REPOSITORY
        return self.model.removeprefix(HUB) if self.model.startswith(HUB) else ""

    @property
    def repository(self) -> str:
        """The hub's repository that holds the weights; empty when they are no hub files."""
        if self.named_repository or self.model.startswith(FOLDER) or os.sep in self.weights:
            return self.named_repository
        declare_torchvision()
        from open_clip.pretrained import get_pretrained_cfg

        return str(get_pretrained_cfg(self.model, self.weights).get("hf_hub", "")).rstrip("/")


def choice() -> Choice:
    """The towers the settings name."""
    model = os.environ.get("DYLUMO_CLIP_MODEL") or DEFAULT_MODEL
    if model.startswith((HUB, FOLDER)):
        return Choice(model, "")
    return Choice(model, os.environ.get("DYLUMO_CLIP_WEIGHTS") or DEFAULT_WEIGHTS)


def on_disk(wanted: Choice | None = None) -> bool:
    """Whether the towers could be loaded without a network."""
    wanted = wanted or choice()
    return bool(wanted.local or wanted.snapshot)


def wanted() -> bool:
    """Whether the full tier should be used: the owner named it by a setting, or its weights were fetched."""
    named = any(os.environ.get(name) for name in ("DYLUMO_CLIP_MODEL", "DYLUMO_CLIP_WEIGHTS"))
    return named or on_disk()


class Towers:
    """Both towers of one model. Vectors are of unit length, float32, whatever the model computes in."""

    def __init__(self, wanted: Choice) -> None:
        declare_torchvision()
        import open_clip
        import torch

        torch.set_num_threads(1)
        self.choice, self._device = wanted, device()
        half = self._device == "cuda"
        # a fetched model is read from its folder, with its own preprocessing, so that nothing asks the network
        name, weights = (f"{FOLDER}{wanted.snapshot}", "") if wanted.snapshot else (wanted.model, wanted.weights)
        model, _, self._transform = open_clip.create_model_and_transforms(
            name,
            pretrained=weights or None,
            device=self._device,
            precision="fp16" if half else "fp32",
        )
        self._dtype = torch.float16 if half else torch.float32
        self._model: Any = model.eval()
        self._tokenizer = open_clip.get_tokenizer(name)
        self.scale = float(model.logit_scale.detach().exp())

    @property
    def space(self) -> str:
        return self.choice.space

    def pixels(self, image: Image.Image) -> Any:
        """The picture as the model sees it: (3, side, side) float32."""
        return self._transform(image.convert("RGB"))

    def encode_pictures(self, images: Sequence[Image.Image]) -> Floats:
        """(n, dimensions) unit vectors."""
        import torch

        rows = []
        with torch.inference_mode():
            for start in range(0, len(images), BATCH):
                batch = torch.stack([self.pixels(image) for image in images[start : start + BATCH]])
                vectors = self._model.encode_image(batch.to(self._device, self._dtype), normalize=True)
                rows.append(vectors.float().cpu().numpy())
        return np.concatenate(rows) if rows else np.zeros((0, 0), dtype=np.float32)

    def encode_texts(self, texts: Sequence[str]) -> Floats:
        """(n, dimensions) unit vectors."""
        import torch

        rows = []
        with torch.inference_mode():
            for start in range(0, len(texts), BATCH * 4):
                tokens = self._tokenizer(list(texts[start : start + BATCH * 4])).to(self._device)
                rows.append(self._model.encode_text(tokens, normalize=True).float().cpu().numpy())
        return np.concatenate(rows) if rows else np.zeros((0, 0), dtype=np.float32)


@loaded_once
def _towers(wanted: Choice, _mark: str) -> Towers:
    return Towers(wanted)


def towers() -> Towers:
    """The settings' towers, loaded once. Raises Unavailable when their weights are not on disk or do not fit."""
    wanted = choice()
    if not on_disk(wanted):
        raise Unavailable(
            f"The weights of {wanted.model} are not on disk.",
            hint="Fetch them first, or let DYLUMO_CLIP_WEIGHTS name a checkpoint that is there.",
            code="clip_not_on_disk",
        )
    try:
        return _towers(wanted, wanted.space)
    except Exception as error:  # a broken file can fail in any of the libraries that read it
        raise Unavailable(
            f"{wanted.model} could not be loaded from {wanted.weights or wanted.model}.",
            hint="Check that DYLUMO_CLIP_MODEL and DYLUMO_CLIP_WEIGHTS belong together and the file is whole.",
            code="clip_broken",
        ) from error
