"""Writing small tables for the import tests."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from accounts.models import User
from recommender.library.importers.tables.importer import import_table
from recommender.library.jobs.report import Outcome
from recommender.library.jobs.state import Progress

ROW: dict[str, Any] = {
    "track_id": "6f807x0ima9a1j3VPbc7VN",
    "track_name": "A Song",
    "track_artist": "A Singer",
    "playlist_genre": "rap",
    "playlist_subgenre": "southern hip hop",
    "track_popularity": 66,
    "track_album_release_date": "2019-06-14",
    "danceability": 0.748,
    "energy": 0.916,
    "key": 6,
    "loudness": -2.634,
    "mode": 1,
    "speechiness": 0.0583,
    "acousticness": 0.102,
    "instrumentalness": 0,
    "liveness": 0.0653,
    "valence": 0.518,
    "tempo": 122.036,
    "duration_ms": 194754,
}


def spotify_id(number: int) -> str:
    return f"{number:022d}"


def row(number: int = 0, **changes: Any) -> dict[str, Any]:
    """One valid row with an id of its own."""
    return {**ROW, "track_id": spotify_id(number), "track_name": f"Song {number}", **changes}


def text_of(rows: list[dict[str, Any]], delimiter: str = ",") -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def imported(folder: Path, content: list[dict[str, Any]] | str | bytes, owner: User | None = None) -> Outcome:
    """Import rows, or a file's exact content."""
    path = folder / "table.csv"
    if isinstance(content, list):
        content = text_of(content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return import_table(path, owner, Progress())
