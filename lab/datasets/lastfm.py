"""Who listened to what: HetRec 2011's Last.fm artists, and named playlists, as matrices to hide a part of."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from lab.datasets.layouts import opened

LEAST_LISTENERS = 10
HIDDEN = 0.2


@dataclass(frozen=True, kw_only=True)
class Listening:
    """``seen``: a scipy matrix (people, items) of what may be learned from, ``times`` the same with how often each was
    played (1 where nobody counted); ``hidden``: by person, the item places that should be found. ``names``: what each
    item is called."""

    seen: Any
    times: Any
    hidden: tuple[NDArray[np.intp], ...]
    names: tuple[str, ...]


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The records of a (compressed) table."""
    with opened(path) as file:
        yield from csv.DictReader(file)


def read_artists(folder: Path, generator: np.random.Generator, people: int | None = None) -> Listening:
    """Artists that at least ``LEAST_LISTENERS`` people play; a fifth of each person's are hidden."""
    names = {row["artistID"]: row["name"] for row in rows(folder / "artists.csv.gz")}
    played: dict[str, dict[str, float]] = {}
    for row in rows(folder / "user_artists.csv.gz"):
        played.setdefault(row["userID"], {})[row["artistID"]] = float(row["weight"])
    return split(list(played.values())[:people], names, LEAST_LISTENERS, generator)


def split(
    histories: Sequence[Mapping[str, float]], names: dict[str, str], least: int, generator: np.random.Generator
) -> Listening:
    """Hide ``HIDDEN`` of each history (item to how often), among items that at least ``least`` histories hold."""
    ids, counts = np.unique([item for history in histories for item in history], return_counts=True)
    kept = {str(item): place for place, item in enumerate(ids[counts >= least])}
    down: list[int] = []
    across: list[int] = []
    times: list[float] = []
    hidden: list[NDArray[np.intp]] = []
    for history in histories:
        played = {kept[item]: count for item, count in history.items() if item in kept}
        places = np.array(sorted(played), dtype=np.intp)
        if len(places) < 5:
            continue
        away = generator.permutation(len(places)) < round(HIDDEN * len(places))
        down += [len(hidden)] * int((~away).sum())
        across += places[~away].tolist()
        times += [played[place] for place in places[~away].tolist()]
        hidden.append(places[away])
    shape = len(hidden), len(kept)
    seen, often = (csr_matrix((told, (down, across)), shape=shape) for told in (np.ones(len(down)), times))
    return Listening(seen=seen, times=often, hidden=tuple(hidden), names=tuple(names.get(item, item) for item in kept))
