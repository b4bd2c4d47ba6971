"""Rated photos for training: OASIS's layout (``oasis.csv`` beside ``images/``), measured, with scenes by theme."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from threadpoolctl import threadpool_limits

from core.storage import Readable
from recommender.perception.images import clip, colour, decode, detector, expressions, faces, features, texture
from recommender.perception.weights import loaders

Floats = NDArray[np.float32]

MANY = 200
"""Photos from which starting further processes is worth its seconds."""

SCENE_THEMES = {
    "beach": "Beach",
    "sea": "Beach,Sailing,Parasailing",
    "lake": "Lake",
    "river": "Waterfall,Rafting",
    "meadow": "Flowers,Nature,Bee",
    "sunset": "Sunset,Sun",
    "city": "City,Building",
    "street": "Street,Sidewalk,Road,Crosswalk,Path",
    "interior": "Hallway,School,Jail,Prison,Toilet,Doctor",
    "industrial": "Garbage dump,Barrels,Pollution,Power lines,Roofing,Fence,Bricks,Destruction",
    "celebration": "Fireworks,Birthday,Parade,Party",
    "sport": "Rugby,Boxing,Archery,Motocross,Biking,Skier,Exercise,Rafting,Cliff diver,Parasailing",
    "portrait": "Sad face,Neutral face,Excited face,Miserable face,Angry pose,Bored pose,Depressed pose,Happy pose,"
    "Frustrated pose,Miserable pose,Sad pose,Surprise,Baby,Gazing",
    "group": "Couple,Mother,Children,Siblings,School,Party,Soldiers,Band,Parade,KKK rally,Neonazi,Rugby,Tickling",
    "food": "Dessert,Soup,Picnic,Drink",
    "danger": "Fire,Destruction,Explosion,War,Car accident,Car crash,Flood,Lava,Volcano,Gun,Shooting",
}
"""Which themes show which scene of ``vocabulary.SCENES``, named by this project; ``animal`` and ``object`` are OASIS's
own categories."""


@dataclass(frozen=True)
class RatedPhotos:
    """``ratings`` (n, 2) valence and arousal 0..1; ``themes`` (n,); ``inputs`` {block: (n, length)};
    ``scenes`` {name: (n,) bool}."""

    tier: str
    ratings: Floats
    themes: NDArray[np.str_]
    inputs: dict[str, Floats]
    scenes: dict[str, NDArray[np.bool_]]

    def __len__(self) -> int:
        return len(self.themes)


def find_oasis(folder: Path) -> Path:
    """The folder with ``oasis.csv``: ``folder`` itself or below it. Raises FileNotFoundError."""
    for place in (folder, folder / "oasis", folder / "data" / "oasis"):
        if (place / "oasis.csv").is_file():
            return place
    raise FileNotFoundError(f"no oasis.csv in {folder}, {folder}/oasis or {folder}/data/oasis")


def read_rated_photos(folder: Path, tier: str, *, most: int | None = None, seed: int = 0) -> RatedPhotos:
    """Measure every photo (or take the measurements of an earlier run with the same code and files). In the full tier
    the one input is ``clip``, the towers' vector.

    ``most``: about so many photos only, a seeded sample of whole themes.
    """
    place = find_oasis(folder)
    with (place / "oasis.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    if most is not None:
        rows = _of_some_themes(rows, most, seed)
    ratings = [[(float(row["valence_mean"]) - 1) / 6, (float(row["arousal_mean"]) - 1) / 6] for row in rows]
    themes = np.array([row["theme"] for row in rows])
    scenes = {name: np.isin(themes, listed.split(",")) for name, listed in SCENE_THEMES.items()}
    for name in ("animal", "object"):
        scenes[name] = np.array([row["category"] == name.title() for row in rows])
    return RatedPhotos(
        tier=tier,
        ratings=np.array(ratings, dtype=np.float32),
        themes=themes,
        inputs=_measured([place / "images" / row["file"] for row in rows], tier),
        scenes=scenes,
    )


def _of_some_themes(rows: list[dict[str, str]], most: int, seed: int) -> list[dict[str, str]]:
    """Rows of themes in a seeded order until there are ``most``; the rows keep their order."""
    kept: set[str] = set()
    themes = sorted({row["theme"] for row in rows})
    for place in np.random.default_rng(seed).permutation(len(themes)):
        if sum(row["theme"] in kept for row in rows) >= most:
            break
        kept.add(themes[place])
    return [row for row in rows if row["theme"] in kept]


def _measured(files: list[Path], tier: str) -> dict[str, Floats]:
    cache = _cache_file(files, tier)
    if cache.is_file():
        with np.load(cache) as stored:
            return {name: stored[name] for name in stored.files}
    if tier == "full":
        inputs = {"clip": clip_vectors(files)}
    else:
        rows = _rows(files, tier)
        inputs = {name: np.stack([row[name] for row in rows]) for name in rows[0]}
    cache.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(cache, **inputs)  # type: ignore[arg-type]
    return inputs


def _rows(files: list[Path], tier: str) -> list[dict[str, Floats]]:
    """Every photo's blocks; of many photos on all cores, each with one thread."""
    measure = partial(_blocks, tier)
    if len(files) < MANY:
        return [measure(file) for file in files]
    with ProcessPoolExecutor(
        mp_context=get_context("spawn"), initializer=threadpool_limits, initargs=(1,)
    ) as processes:
        return list(processes.map(measure, files, chunksize=16))


def _blocks(tier: str, file: Path) -> dict[str, Floats]:
    return features.View.of(decoded(file)).blocks(tier)


def decoded(file: Readable) -> Image.Image:
    return decode.decode_picture(file.read_bytes(), name=file.name).image


def clip_vectors(files: Sequence[Readable], at_once: int = 64) -> Floats:
    """(n, dimensions): the towers' unit vectors of photos, read a few at a time."""
    towers = clip.towers()
    parts = [files[start : start + at_once] for start in range(0, len(files), at_once)]
    return np.concatenate([towers.encode_pictures([decoded(file) for file in part]) for part in parts])


def _cache_file(files: list[Path], tier: str) -> Path:
    """Named by everything the measurements depend on: the photos and the code that measures them."""
    digest = hashlib.sha256((clip.choice().space if tier == "full" else tier).encode())
    for module in (colour, detector, expressions, faces, texture, features):
        digest.update(Path(str(module.__file__)).read_bytes())
    for file in files:
        digest.update(f"{file.name}:{file.stat().st_size};".encode())
    return loaders.home_folder() / "cache" / f"picture-blocks-{tier}-{digest.hexdigest()[:12]}.npz"
