"""``train bridge``: the learned bridge, from rated photos and songs or from judged pairs.

Rated data are OASIS's photos and PMEmo's songs in the data folder: places are people's valence and arousal, each kind
in its own standard deviations. Pairs come from a table (``pairs``) or from what people did (``--data feedback``).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.storage import Readable
from lab.training.pairs import Pairs, read_pairs
from lab.training.picture_ratings import clip_vectors, decoded, read_rated_photos
from lab.training.rated_songs import fitted_arousal, read_rated_songs, standard
from recommender.perception.cross_modal import contrastive
from recommender.perception.cross_modal.model import INPUTS, save_bridge
from recommender.perception.images import clip, features
from recommender.perception.images.clip_heads import Layers

Floats = NDArray[np.float32]

SETTINGS = contrastive.Settings()
KEPT_BACK, FIRST = 0.25, 10
"""Share of the pictures that the bridge is judged on before it is trained on all; how many tracks are looked at."""


def train_bridge(data: Path | Pairs, seed: int = 0, tier: str | None = None) -> dict[str, Any]:
    """Fit and keep the bridge of ``tier`` (the best on disk by default). ``data``: the data folder, a CSV table of
    pairs, or pairs. Pairs are judged on pictures left out; ``bench retrieval`` does so for rated data.

    Raises FileNotFoundError, BadPairs, TooFewPairs.
    """
    chosen = tier or ("full" if clip.on_disk() else features.best_tier())
    settings = SETTINGS
    if isinstance(data, Path) and data.is_dir():
        pictures, tracks, places = rated(data, chosen)
        told: dict[str, Any] = {"data": "rated", "photos": len(pictures), "songs": len(tracks)}
        heads = contrastive.train([pictures], [tracks], places, settings, seed)
    else:
        pairs = (data if isinstance(data, Pairs) else read_pairs(data)).enough()
        pictures = seen(pairs.pictures, chosen)
        told = {
            "data": "pairs",
            "pairs": int(np.isfinite(pairs.grades).sum()),
            "fitting": int(pairs.fitting().sum()),
            "photos": len(pictures),
            "songs": len(pairs.tracks),
            **kept_back(pictures, pairs, settings, seed),
        }
        heads = train_pairs(pictures, pairs.tracks, pairs.grades, settings, seed)
    file = save_bridge(chosen, *heads, own=told["data"] == "pairs")
    return {**told, "tier": chosen, "seed": seed, "settings": vars(settings), "bytes": file.stat().st_size}


def train_pairs(
    pictures: Floats, tracks: Floats, grades: Floats, settings: contrastive.Settings, seed: int
) -> tuple[Layers, Layers]:
    """Heads from grades (n, m) of pictures (n, a) and tracks (m, b)."""
    places = (contrastive.numbers(len(pictures)), contrastive.numbers(len(tracks)))
    alike = contrastive.judged(np.nan_to_num(grades))
    return contrastive.train([pictures], [tracks], places, settings, seed, alike=alike)


def kept_back(pictures: Floats, pairs: Pairs, settings: contrastive.Settings, seed: int) -> dict[str, Any]:
    """For pictures that a training never saw: the share of their fitting tracks among the ``FIRST`` of all tracks, and
    what chance would find."""
    order = np.random.default_rng(seed).permutation(len(pictures))
    new, old = np.split(order, [max(1, round(KEPT_BACK * len(order)))])
    heads = train_pairs(pictures[old], pairs.tracks, pairs.grades[old], settings, seed)
    near = contrastive.embed(heads[0], pictures[new]) @ contrastive.embed(heads[1], pairs.tracks).T
    first = np.argsort(-near, axis=1, kind="stable")[:, :FIRST]
    fits = pairs.fitting()[new]
    asked = fits.any(axis=1)
    if not asked.any():
        return {"kept_back": 0}
    found = np.take_along_axis(fits, first, axis=1).sum(axis=1)[asked] / fits.sum(axis=1)[asked]
    return {
        "kept_back": int(asked.sum()),
        f"recall_at_{FIRST}": round(float(found.mean()), 4),
        "by_chance": round(first.shape[1] / len(pairs.tracks), 4),
    }


def rated(data: Path, tier: str) -> tuple[Floats, Floats, tuple[Floats, Floats]]:
    """What a bridge is trained on: photos (n, a), songs (m, b), and their places."""
    photos, songs = read_rated_photos(data, tier), read_rated_songs(data)
    everything = np.arange(len(songs))
    tracks = songs.profiles(fitted_arousal(songs, everything))
    places = (standard(photos.ratings, photos.ratings), standard(songs.ratings, songs.ratings))
    return inputs_of(photos.inputs, tier), tracks, places


def inputs_of(blocks: dict[str, Floats], tier: str) -> Floats:
    """(n, length): the blocks that the tier's head sees, side by side."""
    return np.concatenate([blocks[name] for name in INPUTS[tier]], axis=1)


def seen(files: Sequence[Readable], tier: str) -> Floats:
    """(n, length): what the tier's head sees of pictures."""
    if tier == "full":
        return clip_vectors(files)
    rows = [features.View.of(decoded(file)).blocks(tier) for file in files]
    return inputs_of({name: np.stack([row[name] for row in rows]) for name in INPUTS[tier]}, tier)
