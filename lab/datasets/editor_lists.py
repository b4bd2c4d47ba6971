"""Lists that a music editor wrote for photos, and how like them others are by the tags listeners gave the artists.

Artists are compared by their Last.fm tags (HetRec 2011), tf-idf with cosine; a list by the mean of its artists.
"""

from __future__ import annotations

import csv
import gzip
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path

from core.text import folded

Tags = Mapping[str, float]
Songs = Sequence[tuple[str, str]]
_WORDS = re.compile(r"[^a-z0-9]+")
_FIRST = re.compile(r",| feat| ft\.| featuring | / | with | x ", re.IGNORECASE)


def artist_name(artist: str) -> str:
    """The first-named artist in plain words."""
    name = folded(_FIRST.split(artist)[0]).replace("&", "and")
    return _WORDS.sub(" ", re.sub(r"^the ", "", name)).strip()


def editor_lists(file: Path) -> dict[str, Songs]:
    """By photo, (title, artist) of the editor's songs."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return {row["file"]: [(one[0], one[1]) for one in row["tracks"]] for row in map(json.loads, lines)}


def artist_tags(folder: Path) -> dict[str, Tags]:
    """By artist, the tf-idf of the tags that listeners gave, of length one."""

    def rows(name: str) -> list[dict[str, str]]:
        with gzip.open(folder / name, "rt", encoding="utf-8", errors="replace") as file:
            return list(csv.DictReader(file))

    names = {row.get("id") or row.get("artistID", ""): row["name"] for row in rows("artists.csv.gz")}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows("user_taggedartists.csv.gz"):
        if row["artistID"] in names:
            counts[artist_name(names[row["artistID"]])][row["tagID"]] += 1
    frequency = Counter(tag for has in counts.values() for tag in has)
    return {
        name: unit({tag: (1 + math.log(n)) * math.log(len(counts) / frequency[tag]) for tag, n in has.items()})
        for name, has in counts.items()
    }


def unit(vector: Tags) -> Tags:
    length = math.sqrt(sum(value * value for value in vector.values())) or 1.0
    return {name: value / length for name, value in vector.items()}


def cosine(one: Tags, other: Tags) -> float:
    return sum(value * other.get(name, 0.0) for name, value in one.items())


def known(songs: Songs, tags: Mapping[str, Tags]) -> list[Tags]:
    """The tags of those artists that anybody tagged."""
    return [tags[name] for _, artist in songs if (name := artist_name(artist)) in tags]


def centre(vectors: Sequence[Tags]) -> Tags:
    total: Counter[str] = Counter()
    for vector in vectors:
        total.update(vector)
    return unit(total)


def coherence(vectors: Sequence[Tags]) -> float:
    """Mean cosine of all pairs; 0 for fewer than two."""
    pairs = [cosine(one, other) for one, other in combinations(vectors, 2)]
    return sum(pairs) / len(pairs) if pairs else 0.0
