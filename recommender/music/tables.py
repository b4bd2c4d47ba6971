"""Reading the CSV files beside this module: names parted by ``;``, numbers or nothing."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).parent
SONGS, ARTISTS, STYLES, OCCASIONS = (FOLDER / f"{name}.csv" for name in ("songs", "artists", "styles", "occasions"))


def rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        yield from csv.DictReader(opened)


def names(field: str) -> tuple[str, ...]:
    return tuple(part for name in field.split(";") if (part := name.strip()))


def number(field: str) -> float | None:
    return float(field) if field else None


def version(*files: Path) -> str:
    """Changes with the content of the files."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
