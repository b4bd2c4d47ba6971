"""Judged pairs of a picture and a track: what the bridge learns from where nobody rated the two apart.

A table is CSV with a column ``picture`` (a file beside it) and, for the track, one of: ``track``, a number in the
shared catalogue or a sound file beside the table; or columns named as Spotify names its features. ``fit`` is 0 to 1,
and 1 where it is left out. Instead of ``fit``, rows may share a value of ``pair``: all their pictures fit all their
tracks.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.storage import Readable
from recommender.library.audio_profiles import PROFILE_FEATURES, fields_of_reading, vectors_of_rows
from recommender.models import AudioProfile, Track
from recommender.perception.audio.reader import read_sound

Floats = NDArray[np.float32]

LEAST_FITS, LEAST_PICTURES = 20, 5
"""Fitting pairs, and pictures among them, below which a bridge would learn nothing but these."""
MOST = 10_000
"""Pictures, tracks and rows of a table: all are compared with all."""
HALF = 0.5
"""A grade from which a pair counts as fitting."""


class BadPairs(BadInput):
    code = "bad_pairs"
    hint = "A row needs a picture, a track or its features, and a fit from 0 to 1."


class TooFewPairs(BadInput):
    code = "too_few_pairs"


@dataclass(frozen=True, eq=False)
class Pairs:
    """``pictures``: n files; ``tracks``: (m, PROFILE_DIMENSIONS); ``grades``: (n, m) 0..1, NaN for the unjudged."""

    pictures: tuple[Readable, ...]
    tracks: Floats
    grades: Floats

    def fitting(self) -> NDArray[np.bool_]:
        """(n, m)"""
        return np.nan_to_num(self.grades) >= HALF

    def enough(self) -> Pairs:
        """These. Raises TooFewPairs, which says how many are needed and how many there are."""
        fits = self.fitting()
        pictures = int(fits.any(axis=1).sum())
        if fits.sum() < LEAST_FITS or pictures < LEAST_PICTURES:
            raise TooFewPairs(
                f"A bridge needs {LEAST_FITS} fitting pairs of {LEAST_PICTURES} pictures; "
                f"there are {int(fits.sum())} of {pictures}.",
                hint="Gather more, or train on rated data: leave --data out.",
            )
        return self


def paired(pictures: Sequence[Readable], profiles: Sequence[Mapping[str, Any]], judged: Sequence[float]) -> Pairs:
    """Pairs from rows: a picture, a track's profile (AudioProfile's fields) and a grade each. What is judged more than
    once gets the mean."""
    files = {file: place for place, file in enumerate(dict.fromkeys(pictures))}
    keys = [tuple(sorted((name, str(value)) for name, value in one.items())) for one in profiles]
    tracks = {key: place for place, key in enumerate(dict.fromkeys(keys))}
    sums, counts = np.zeros((2, len(files), len(tracks)), dtype=np.float32)
    for picture, key, grade in zip(pictures, keys, judged, strict=True):
        sums[files[picture], tracks[key]] += grade
        counts[files[picture], tracks[key]] += 1
    by_key = dict(zip(keys, profiles, strict=True))
    with np.errstate(invalid="ignore"):
        return Pairs(tuple(files), vectors_of_rows([dict(by_key[key]) for key in tracks]), sums / counts)


def read_pairs(file: Path) -> Pairs:
    """A table of pairs. Raises BadPairs, which names the line, and SoundError."""
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.DictReader(opened))
    if not rows or not rows[0].get("picture"):
        raise BadPairs("The table has no rows with a column called picture.")
    if len(rows) > MOST:
        raise BadPairs(f"The table has {len(rows):,} rows; {MOST:,} are enough.", hint="Take a sample of it.")
    pictures = [_beside(file, row.get("picture") or "", line) for line, row in enumerate(rows, start=2)]
    profiles = [_profile(file, row, line) for line, row in enumerate(rows, start=2)]
    if "pair" not in rows[0]:
        return paired(pictures, profiles, [_fit(row, line) for line, row in enumerate(rows, start=2)])
    groups = [row["pair"] for row in rows]
    joined = [
        (picture, profile)
        for picture, group in zip(pictures, groups, strict=True)
        for profile, other in zip(profiles, groups, strict=True)
        if group == other
    ]
    return paired([one for one, _ in joined], [other for _, other in joined], [1.0] * len(joined))


def _beside(table: Path, name: str, line: int) -> Path:
    found = table.parent / name
    if not name or not found.is_file():
        raise BadPairs(f"Line {line}: there is no file {name!r} beside the table.")
    return found


def _fit(row: Mapping[str, str], line: int) -> float:
    told = row.get("fit") or "1"
    try:
        value = float(told)
    except ValueError:
        value = np.nan
    if not 0 <= value <= 1:
        raise BadPairs(f"Line {line}: a fit is 0 to 1, not {told!r}.")
    return value


def _profile(table: Path, row: Mapping[str, str], line: int) -> dict[str, Any]:
    """AudioProfile's fields of the row's track."""
    named = row.get("track") or ""
    if named.isdecimal():
        found = Track.objects.visible_to(None).filter(pk=int(named), profile__isnull=False).select_related("profile")
        track = found.first()
        if track is None:
            raise BadPairs(f"Line {line}: the shared catalogue has no track {named} that was heard.")
        return fields_of(track.profile)
    if named:
        return fields_of_reading(read_sound(_beside(table, named, line)))
    told = {name: number for name in PROFILE_FEATURES if (number := _number(row.get(name))) is not None}
    if not told:
        raise BadPairs(f"Line {line}: nothing is said of the track.")
    return told


def fields_of(profile: AudioProfile) -> dict[str, Any]:
    """What ``vectors_of_rows`` takes, of a stored profile."""
    return {name: getattr(profile, name) for name in (*PROFILE_FEATURES, "genres")}


def _number(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None
