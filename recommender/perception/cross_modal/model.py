"""The learned bridge in use: a picture's and a track's vector in one space, and where the trained heads are kept.

Heads for the basic and lite tiers ship with the project; heads for the full tier belong to the owner's own weights and
lie beside them, and so do those that were trained on pairs of this copy, which take the place of the shipped ones. Only
numpy is needed, so the web process may embed tracks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.schemas import VECTOR_PLACES
from recommender.perception import TRAINED
from recommender.perception.cross_modal.contrastive import embed
from recommender.perception.images import clip
from recommender.perception.images.clip_heads import Layers
from recommender.perception.weights.loaders import loaded_once, model_folder

INPUTS = {"basic": ("colour", "texture", "gist"), "lite": ("embedding",), "full": ("clip",)}
"""What of a picture each tier's head sees: blocks of ``views``, or the image-text vector."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Bridge:
    """``picture`` and ``track`` heads of one tier; ``mark`` tells trainings apart. Tracks come as ``PROFILE_SPACE``
    vectors (``library.audio_profiles``)."""

    tier: str
    mark: str
    picture: Layers
    track: Layers

    @property
    def space(self) -> str:
        """The vector space's name: one for each tier and training."""
        return f"bridge-{self.tier}-{self.mark}"

    @property
    def dimensions(self) -> int:
        return int(self.track.offsets[-1].shape[0])

    def picture_vector(self, blocks: Mapping[str, Floats]) -> tuple[float, ...]:
        """A picture's unit vector from its blocks."""
        seen = np.concatenate([blocks[name] for name in INPUTS[self.tier]])[None]
        return tuple(round(float(x), VECTOR_PLACES) for x in embed(self.picture, seen)[0])

    def track_vectors(self, profiles: Floats) -> Floats:
        """(n, dimensions) unit vectors of tracks (n, PROFILE_DIMENSIONS)."""
        return embed(self.track, profiles)


def bridge_file(tier: str) -> Path:
    """The tier's heads: this copy's own if there are any."""
    own = own_file(tier)
    return own if tier == "full" or own.is_file() else TRAINED / f"bridge_{tier}.npz"


def own_file(tier: str) -> Path:
    return model_folder() / "heads" / f"bridge-{clip.choice().space if tier == 'full' else tier}.npz"


def save_bridge(tier: str, picture: Layers, track: Layers, *, own: bool) -> Path:
    """Keep the heads (half precision) and return the file. ``own``: as this copy's, beside the weights; otherwise they
    are the ones that ship, and this copy's give way."""
    if not own and tier != "full":
        own_file(tier).unlink(missing_ok=True)
    file = own_file(tier) if own else bridge_file(tier)
    file.parent.mkdir(parents=True, exist_ok=True)
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, layers in (("picture", picture), ("track", track)):
        for place, (matrix, offset) in enumerate(zip(layers.matrices, layers.offsets, strict=True)):
            arrays[f"{name}.{place}.matrix"] = matrix.astype(np.float16)
            arrays[f"{name}.{place}.offset"] = offset
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    return file


def bridge_of(tier: str) -> Bridge | None:
    """The tier's bridge, or None when none was trained; a new training is taken up without a restart."""
    file = bridge_file(tier) if tier in INPUTS else None
    return _load(tier, file, file.stat().st_mtime_ns) if file and file.is_file() else None


def bridge_in(space: str) -> Bridge | None:
    """The bridge whose vectors these are; None when it has been trained anew since, or is gone."""
    parts = space.split("-")
    found = bridge_of(parts[1]) if len(parts) == 3 and parts[0] == "bridge" else None
    return found if found and found.space == space else None


@loaded_once
def _load(tier: str, file: Path, _changed: int) -> Bridge:
    with np.load(file, allow_pickle=False) as stored:
        heads = []
        for name in ("picture", "track"):
            count = sum(key.startswith(f"{name}.") for key in stored.files) // 2
            matrices = tuple(stored[f"{name}.{place}.matrix"].astype(np.float32) for place in range(count))
            heads.append(Layers(matrices, tuple(stored[f"{name}.{place}.offset"] for place in range(count))))
    mark = hashlib.sha256(file.read_bytes()).hexdigest()[:8]
    return Bridge(tier, mark, heads[0], heads[1])
