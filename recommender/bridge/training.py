"""``train bridge``: the learned bridge, from rated photos and songs (``rated``) or from a table of pairs.

``rated`` needs OASIS's photos and PMEmo's songs in the data folder: places are people's valence and arousal, each kind
in its own standard deviations. A table is CSV with ``picture`` (a file beside it), ``pair`` (what belongs together
shares its value) and Spotify's feature names; places are the pairs.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.bridge import contrastive
from recommender.bridge.model import INPUTS, save_bridge
from recommender.bridge.rated import fitted_arousal, read_rated_songs, standard
from recommender.catalogue.profiles import vectors_of_rows
from recommender.perception import clip, views
from recommender.perception.picture_ratings import clip_vectors, decoded, read_rated_photos

Floats = NDArray[np.float32]


def train_bridge(data: Path, seed: int = 0, tier: str | None = None) -> dict[str, Any]:
    """Fit and keep the bridge of ``tier`` (the best on disk by default). ``data``: the data folder, or a CSV table of
    pairs. ``bench retrieval`` measures the same training on photos and songs left out."""
    chosen = tier or ("full" if clip.on_disk() else views.best_tier())
    if data.is_file():
        pictures, tracks, places = _table(data, chosen)
        told = {"data": data.name, "pairs": len(tracks)}
    else:
        pictures, tracks, places = rated(data, chosen)
        told = {"data": "rated", "photos": len(pictures), "songs": len(tracks)}
    settings = contrastive.Settings()
    picture, track = contrastive.train([pictures], [tracks], places, settings, seed)
    file = save_bridge(chosen, picture, track)
    return {**told, "tier": chosen, "seed": seed, "settings": vars(settings), "bytes": file.stat().st_size}


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


def _table(file: Path, tier: str) -> tuple[Floats, Floats, tuple[Floats, Floats]]:
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    names = {name: number for number, name in enumerate(dict.fromkeys(row["pair"] for row in rows))}
    places = contrastive.places_of_pairs(np.array([names[row["pair"]] for row in rows]))
    files = [file.parent / row["picture"] for row in rows]
    if tier == "full":
        pictures = clip_vectors(files)
    else:
        seen = [views.View.of(decoded(one)).blocks(tier) for one in files]
        pictures = inputs_of({name: np.stack([one[name] for one in seen]) for name in INPUTS[tier]}, tier)
    songs = [{name: float(value) for name, value in row.items() if _number(value)} for row in rows]
    return pictures, vectors_of_rows(songs), (places, places)


def _number(text: str | None) -> bool:
    try:
        float(text or "")
    except ValueError:
        return False
    return True
