"""How data sets lie on disk: a few layouts, each of which checks a folder and gives its records as dictionaries.

A layout answers ``Found``: how many records there are, and every problem with the file it is in. Records are read
lazily and hold text as it stands in the files; the study that uses them scales it.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

import h5py
import numpy as np

PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
SOUNDS = (".wav", ".au", ".mp3", ".ogg", ".flac")

Record = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Found:
    """``records``: how many were read; ``problems``: sentences that name the file."""

    records: int
    problems: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        return self.records > 0


class Layout(Protocol):
    def records(self, folder: Path) -> Iterator[Record]:
        """Every record. Raises Broken, naming the file."""
        ...


class Broken(ValueError):
    """A file that cannot be read as what it should be."""


def check(layout: Layout, folder: Path) -> Found:
    """Read everything once; a broken file ends the reading and is named."""
    count = 0
    try:
        for _ in layout.records(folder):
            count += 1
    except Broken as error:
        return Found(records=count, problems=(str(error),))
    if not count:
        return Found(records=0, problems=(f"{folder.name} has nothing of what is expected.",))
    return Found(records=count)


@dataclass(frozen=True, kw_only=True)
class Folders:
    """Files in one folder a class, at any depth below ``inside``: ``{file, label}``. An empty file is broken."""

    inside: str = ""
    endings: tuple[str, ...] = PICTURES

    def records(self, folder: Path) -> Iterator[Record]:
        for path in sorted((folder / self.inside).rglob("*")):
            if path.suffix.lower() in self.endings:
                if not path.stat().st_size:
                    raise Broken(f"{path.relative_to(folder)} is empty.")
                yield {"file": str(path.relative_to(folder)), "label": path.parent.name}


@dataclass(frozen=True, kw_only=True)
class Rows:
    """One or more tables with a header (``names`` gives it where the file has none). ``columns``: those that must be
    there; ``numbers``: those that must hold numbers; ``files``: a glob; ``skip``: lines before the header;
    ``ragged``: more cells than names are further values of the last one."""

    files: str
    columns: tuple[str, ...]
    numbers: tuple[str, ...] = ()
    delimiter: str = ","
    names: tuple[str, ...] = ()
    skip: int = 0
    ragged: bool = False

    def records(self, folder: Path) -> Iterator[Record]:
        for path in sorted(folder.glob(self.files)):
            try:
                with opened(path) as file:
                    yield from self._of(path.name, file)
            except (UnicodeDecodeError, OSError, EOFError, csv.Error) as error:
                raise Broken(f"{path.name} cannot be read: {error}.") from error

    def _of(self, name: str, file: IO[str]) -> Iterator[Record]:
        for _ in range(self.skip):
            file.readline()
        lines = csv.reader(
            file, delimiter=self.delimiter, quoting=csv.QUOTE_NONE if self.delimiter == "\t" else csv.QUOTE_MINIMAL
        )
        header = list(self.names) or [cell.strip() for cell in next(lines, [])]
        if absent := [column for column in self.columns if column not in header]:
            raise Broken(f"{name} has no column {', '.join(absent)}.")
        for number, cells in enumerate(lines, self.skip + 1 + (not self.names)):
            if not cells:
                continue
            if len(cells) < len(header) or (len(cells) > len(header) and not self.ragged):
                raise Broken(f"{name}, line {number}: {len(cells)} cells where the header has {len(header)}.")
            record: Record = dict(zip(header, (cell.strip() for cell in cells), strict=False))
            if self.ragged:
                record[header[-1]] = cells[len(header) - 1 :]
            for column in self.numbers:
                _number(record[column], f"{name}, line {number}, {column}")
            yield record


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise Broken(f"{where}: “{text}” is not a number.") from error


@dataclass(frozen=True, kw_only=True)
class Json:
    """JSON documents, or lines of JSON where a file's name says so. ``inside``: the key of the list of records in a
    document (none: the document itself is the list, or the only record); ``keys``: those every record must have."""

    files: str
    keys: tuple[str, ...]
    inside: str = ""

    def records(self, folder: Path) -> Iterator[Record]:
        for path in sorted(folder.glob(self.files)):
            try:
                with opened(path) as file:
                    told = list(self._of(path, file))
            except (ValueError, OSError, EOFError) as error:
                raise Broken(f"{path.name} is not JSON as expected: {error}.") from error
            for place, record in enumerate(told, 1):
                if not isinstance(record, dict) or not set(self.keys) <= set(record):
                    raise Broken(f"{path.name}, record {place}: {', '.join(self.keys)} are not all there.")
                yield record

    def _of(self, path: Path, file: IO[str]) -> Iterable[Any]:
        if ".jsonl" in path.name:
            return (json.loads(line) for line in file if line.strip())
        told = json.load(file)
        if self.inside:
            if not isinstance(told, dict) or self.inside not in told:
                raise Broken(f"{path.name} has no “{self.inside}”.")
            told = told[self.inside]
        return told if isinstance(told, list) else [told]


@dataclass(frozen=True, kw_only=True)
class Arrays:
    """AffectNet's annotations: ``NUMBER_exp.npy``, ``_val.npy`` and ``_aro.npy`` beside ``images/NUMBER.jpg``."""

    def records(self, folder: Path) -> Iterator[Record]:
        for path in sorted(folder.glob("*_set/annotations/*_exp.npy")):
            number, record = path.name.removesuffix("_exp.npy"), {}
            for name in ("exp", "val", "aro"):
                file = path.with_name(f"{number}_{name}.npy")
                try:
                    record[name] = float(np.load(file, allow_pickle=False))
                except (OSError, ValueError) as error:
                    raise Broken(f"{file.relative_to(folder)} cannot be read: {error}.") from error
            yield {"file": str(path.parents[1].relative_to(folder) / "images" / f"{number}.jpg"), **record}


@dataclass(frozen=True, kw_only=True)
class Hdf5:
    """The Million Song Dataset's summary file: ``/metadata/songs`` and ``/analysis/songs``, row by row."""

    files: str

    def records(self, folder: Path) -> Iterator[Record]:
        for path in sorted(folder.glob(self.files)):
            try:
                with h5py.File(path) as file:
                    about, sound = file["metadata/songs"], file["analysis/songs"]
                    for one, other in zip(about, sound, strict=True):
                        yield {
                            "title": one["title"].decode(),
                            "artist": one["artist_name"].decode(),
                            **{name: float(other[name]) for name in ("tempo", "loudness", "key", "mode", "duration")},
                        }
            except (OSError, KeyError, ValueError) as error:
                raise Broken(f"{path.name} is not a summary file of the set: {error}.") from error


def opened(path: Path) -> IO[str]:
    """A text file, compressed or not. A byte order mark is passed over."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")
