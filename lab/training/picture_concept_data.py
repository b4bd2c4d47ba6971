"""What ``train picture_concepts`` learns from: labelled scenes and rated photos, in three views, and who is alike.

Embeddings are kept under ``DYLUMO_HOME/cache``, named by the photos and the code, so that a second run starts at once.
"""

from __future__ import annotations

import csv
import hashlib
import zlib
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import current_process, get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from lab.training.picture_concept_names import of_label, of_oasis
from lab.training.picture_ratings import MANY, decoded, find_oasis
from recommender.perception.images import efficientnet
from recommender.perception.weights import loaders

Floats = NDArray[np.float32]

VIEWS = ("whole", "part", "greypart")
"""The whole picture; a random part, mirrored; another one, mirrored and without colour."""
OASIS = "OASIS (Kurdi et al. 2017)"
"""The source of OASIS's photos, also in the scenes' labels."""
SMALL_SOURCE = 63
"""Photos up to which a source is a small site, whose photos of one label belong together."""


@dataclass(frozen=True, kw_only=True)
class Photo:
    """``key``: the file's path below the data. ``label``: of the scenes, or empty. ``names``: the occasions to learn,
    none where it is ambiguous. ``theme``, ``fold``, ``rating`` (valence and arousal, 0..1): of OASIS, or empty, -1,
    None."""

    key: str
    file: Path
    source: str
    names: tuple[str, ...]
    label: str = ""
    grey: bool = False
    theme: str = ""
    fold: int = -1
    rating: tuple[float, float] | None = None


@dataclass(frozen=True)
class Photos:
    """The photos, and the networks' features of every view: ``{view: {network: (n, 1280)}}``."""

    photos: tuple[Photo, ...]
    views: dict[str, dict[str, Floats]]

    def __len__(self) -> int:
        return len(self.photos)

    def of_each(self, name: str) -> NDArray[Any]:
        """(n,) one field of every photo: ``source``, ``label``, ``grey``, ``theme`` or ``fold``."""
        return np.array([getattr(photo, name) for photo in self.photos])


def read_photos(folder: Path, views: Sequence[str] = VIEWS) -> Photos:
    """Scenes first, then what OASIS has besides, in these of the ``VIEWS``. Raises FileNotFoundError without them."""
    rated = _oasis(folder)
    photos: list[Photo] = []
    for photo in _scenes(folder):
        _, is_oasis, name = photo.key.partition("/oasis_")
        rating = rated.pop(_plain(name)) if is_oasis else None
        photos.append(_with_rating(photo, rating) if rating else photo)
    both = (*photos, *rated.values())
    return Photos(photos=both, views={view: _embedded(both, view) for view in views})


def find_scenes(folder: Path) -> Path:
    """The folder with the scenes' ``labels.csv``, below ``folder``. Raises FileNotFoundError."""
    for place in (folder / "scenes", folder / "data" / "scenes"):
        if (place / "labels.csv").is_file():
            return place
    raise FileNotFoundError(f"no labels.csv in {folder}/scenes or {folder}/data/scenes")


def _scenes(folder: Path) -> list[Photo]:
    place, before = find_scenes(folder), Counter[str]()
    found = []
    for row in _rows(place / "labels.csv"):
        label = row["concept"]
        found.append(
            Photo(
                key=f"scenes/{row['file']}",
                file=place / row["file"],
                source=row["source"],
                names=of_label(label, before[label]),
                label=label,
                grey=row["grey"] == "1",
            )
        )
        before[label] += 1
    return found


def _oasis(folder: Path) -> dict[str, Photo]:
    """By plain name."""
    place = find_oasis(folder)
    return {
        _plain(row["file"]): Photo(
            key=f"oasis/images/{row['file']}",
            file=place / "images" / row["file"],
            source=OASIS,
            names=of_oasis(row["file"], row["theme"]),
            theme=row["theme"],
            fold=int(row.get("fold") or -1),
            rating=((float(row["valence_mean"]) - 1) / 6, (float(row["arousal_mean"]) - 1) / 6),
        )
        for row in _rows(place / "oasis.csv")
    }


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _plain(name: str) -> str:
    return name.rpartition(".")[0].lower().replace(" ", "_")


def _with_rating(photo: Photo, rated: Photo) -> Photo:
    """A photo of the scenes that is one of OASIS's: its theme says what it shows, where it is not ambiguous."""
    return replace(photo, names=rated.names or photo.names, theme=rated.theme, fold=rated.fold, rating=rated.rating)


def _embedded(photos: tuple[Photo, ...], view: str) -> dict[str, Floats]:
    cache = _cache_file(photos, view)
    if cache.is_file():
        with np.load(cache) as stored:
            return {name: stored[name].astype(np.float32) for name in efficientnet.SIDES}
    alone = len(photos) < MANY or current_process().daemon  # a job's process may have none of its own
    measured = _here if alone else _in_processes
    rows = measured([(photo.file, photo.key, view) for photo in photos])
    found = {name: np.concatenate([row[name] for row in rows]).astype(np.float16) for name in efficientnet.SIDES}
    cache.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(cache, **found)  # type: ignore[arg-type]
    return {name: values.astype(np.float32) for name, values in found.items()}


Task = tuple[Path, str, str]
"""A file, its key, a view."""


def _here(tasks: list[Task]) -> list[dict[str, Floats]]:
    return [_features(task) for task in tasks]


def _in_processes(tasks: list[Task]) -> list[dict[str, Floats]]:
    """On all cores, each with one thread: a batch of one is the fastest there."""
    with ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=_one_thread) as processes:
        return list(processes.map(_features, tasks, chunksize=16))


def _one_thread() -> None:
    torch.set_num_threads(1)


def _features(task: Task) -> dict[str, Floats]:
    file, key, view = task
    return efficientnet.pooled([seen_as(decoded(file), key, view)])


def seen_as(image: Image.Image, key: str, view: str) -> Image.Image:
    """One of ``VIEWS``; the part is the same in every run."""
    if view == "whole":
        return image
    chance = np.random.default_rng(zlib.crc32((view + key).encode()))
    across, down = chance.uniform(0.6, 0.95, 2)
    left, top = chance.uniform(0, 1 - across) * image.width, chance.uniform(0, 1 - down) * image.height
    box = (left, top, left + across * image.width, top + down * image.height)
    coloured = image.convert("L").convert("RGB") if view == "greypart" else image
    return coloured.transpose(Image.Transpose.FLIP_LEFT_RIGHT).crop(tuple(map(round, box)))


def _cache_file(photos: tuple[Photo, ...], view: str) -> Path:
    digest = hashlib.sha256(view.encode())
    for module in (efficientnet.__file__, __file__):
        digest.update(Path(module).read_bytes())
    for photo in photos:
        digest.update(f"{photo.key}:{photo.file.stat().st_size};".encode())
    return loaders.home_folder() / "cache" / f"picture-concepts-{view}-{digest.hexdigest()[:12]}.npz"


def near_duplicates(photos: Photos, least: float = 0.86) -> NDArray[np.intp]:
    """(n,) groups of photos of one source that are alike: the cosine of their Lite2 features."""
    return _groups(photos, least, whole_labels=False)


def as_published(photos: Photos, least: float = 0.9) -> NDArray[np.intp]:
    """(n,) groups by the scenes' own rule: a small site's photos of one label, or what is alike in a large source."""
    return _groups(photos, least, whole_labels=True)


def pairs(photos: Photos) -> NDArray[np.str_]:
    """(n,) groups of one source and label."""
    return np.array([f"{photo.source}|{photo.label}" for photo in photos.photos])


def _groups(photos: Photos, least: float, *, whole_labels: bool) -> NDArray[np.intp]:
    vectors = photos.views["whole"]["lite2"]
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    sources, labels = photos.of_each("source"), photos.of_each("label")
    edges: list[NDArray[np.intp]] = [np.zeros((0, 2), np.intp)]
    for source in sorted(set(sources)):
        members = np.flatnonzero(sources == source)
        if whole_labels and len(members) <= SMALL_SOURCE and source != OASIS:
            together = labels[members][:, None] == labels[members]
        else:
            together = vectors[members] @ vectors[members].T > least
        edges.append(members[np.argwhere(np.triu(together, 1))])
    one, other = np.concatenate(edges).T
    graph = coo_array((np.ones(len(one)), (one, other)), shape=(len(photos), len(photos)))
    return np.asarray(connected_components(graph, directed=False)[1])
