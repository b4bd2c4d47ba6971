"""What people chose, in three parts without overlap: for fitting, for choosing settings, and for one last look.

Of each row's choices (a listener's artists, a playlist's tracks, the likes of one dialogue) 60 % are for fitting, 20 %
for validation and 20 % for the test. The catalogue is what at least ``LEAST`` rows chose in the first part; hidden
choices outside it are not asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from lab.datasets import cpcd, playlists
from lab.datasets.lastfm import rows

LEAST = {"artists on Last.fm": 5, "tracks of playlists": 2, "tracks liked in conversations": 2}
FIT, VALIDATE, TEST = 0, 1, 2
Pair = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Choices:
    """``parts``: three (people, items) matrices of 0 and 1. ``about``: by name, (items, d) of what is known of the
    items without the hidden choices."""

    name: str
    parts: tuple[sparse.csr_matrix, sparse.csr_matrix, sparse.csr_matrix]
    about: dict[str, sparse.csr_matrix]


def read(name: str, data: Path, generator: np.random.Generator, most: int | None = None) -> Choices:
    """One of ``LEAST``, of the first ``most`` rows."""
    return {
        "artists on Last.fm": _artists,
        "tracks of playlists": _playlists,
        "tracks liked in conversations": _likes,
    }[name](name, data, generator, most)


def _artists(name: str, data: Path, generator: np.random.Generator, most: int | None) -> Choices:
    chosen = [(row["userID"], row["artistID"]) for row in rows(data / "lastfm" / "user_artists.csv.gz")]
    split = Split(name, chosen, generator, most)
    # a tag that a listener gave to an artist of theirs which is hidden would tell of the hidden choice
    tags = [
        (row["artistID"], row["tagID"])
        for row in rows(data / "lastfm" / "user_taggedartists.csv.gz")
        if (row["userID"], row["artistID"]) not in split.away
    ]
    return split.choices({"tags": split.labels(tags)})


def _playlists(name: str, data: Path, generator: np.random.Generator, most: int | None) -> Choices:
    facts = {}
    chosen = []
    for row in rows(data / "spotify" / "playlists_471.csv.gz"):
        facts[row["track_id"]] = row
        chosen.append((row["playlist_id"], row["track_id"]))
    split = Split(name, chosen, generator, most)
    artists = [(track, row["track_artist"]) for track, row in facts.items()]
    albums = [(track, row["track_album_id"]) for track, row in facts.items()]
    sound = np.array([[float(facts[item][name]) for name in playlists.FEATURES] for item in split.items])
    sound = (sound - sound.mean(axis=0)) / sound.std(axis=0)
    about = {"artist and album": split.labels(artists + albums), "sound": sparse.csr_matrix(sound)}
    return split.choices(about)


def _likes(name: str, data: Path, generator: np.random.Generator, most: int | None) -> Choices:
    corpus = cpcd.read(data / "cpcd", most)
    chosen = [
        (str(row), str(place))
        for row, dialogue in enumerate(corpus.dialogues)
        for said in dialogue
        for place in said.liked
    ]
    split = Split(name, chosen, generator, most)
    labels = [
        (str(place), track[field])
        for place, track in enumerate(corpus.tracks)
        for field in ("artist", "album")
        if track[field]
    ]
    return split.choices({"artist and album": split.labels(labels)})


class Split:
    """The pairs dealt to the three parts. ``items``: the catalogue; ``away``: the pairs that are hidden."""

    def __init__(self, name: str, chosen: Iterable[Pair], generator: np.random.Generator, most: int | None) -> None:
        self.name = name
        pairs = sorted(set(chosen))
        self.people = sorted({person for person, _ in pairs})[:most]
        down = {person: place for place, person in enumerate(self.people)}
        pairs = [pair for pair in pairs if pair[0] in down]
        part = permuted(np.array([down[person] for person, _ in pairs]), generator)
        self.away = {pair for pair, where in zip(pairs, part, strict=True) if where != FIT}
        names, counts = np.unique(
            [item for (_, item), p in zip(pairs, part, strict=True) if p == FIT], return_counts=True
        )
        self.items = [str(one) for one in names[counts >= LEAST[name]]]
        self.across = {item: place for place, item in enumerate(self.items)}
        kept = [
            (down[person], self.across[item], where)
            for (person, item), where in zip(pairs, part, strict=True)
            if item in self.across
        ]
        self.at = np.array(kept, dtype=np.intp).reshape(-1, 3)

    def choices(self, about: dict[str, sparse.csr_matrix]) -> Choices:
        fit, validate, test = (self._part(where) for where in (FIT, VALIDATE, TEST))
        return Choices(name=self.name, parts=(fit, validate, test), about=about)

    def labels(self, given: Iterable[Pair]) -> sparse.csr_matrix:
        """(items, labels): how often each was given, dampened, and weighted by how rare it is (tf-idf)."""
        known = [(self.across[item], label) for item, label in given if item in self.across]
        names = {label: place for place, label in enumerate(sorted({label for _, label in known}))}
        at = np.array([(item, names[label]) for item, label in known], dtype=np.intp).reshape(-1, 2).T
        counts = sparse.csr_matrix((np.ones(len(known)), at), shape=(len(self.items), len(names)))
        rarity = np.log(len(self.items) / np.maximum(np.asarray((counts > 0).sum(axis=0)).ravel(), 1))
        counts.data = np.log1p(counts.data)
        return sparse.csr_matrix(counts @ sparse.diags(rarity))

    def _part(self, where: int) -> sparse.csr_matrix:
        at = self.at[self.at[:, 2] == where]
        return sparse.csr_matrix((np.ones(len(at)), at[:, :2].T), shape=(len(self.people), len(self.items)))


def permuted(owner: NDArray[Any], generator: np.random.Generator) -> NDArray[np.intp]:
    """(n,) the part of every pair, 60/20/20 within each owner. ``owner`` (n,) is sorted."""
    order = np.lexsort((generator.random(len(owner)), owner))
    part = np.full(len(owner), FIT, dtype=np.intp)
    starts = np.r_[0, np.flatnonzero(np.diff(owner[order])) + 1, len(owner)]
    for low, high in pairwise(starts.tolist()):
        held = round((high - low) * 0.2)
        part[order[low : low + held]] = TEST
        part[order[low + held : low + 2 * held]] = VALIDATE
    return part
