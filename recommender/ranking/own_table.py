"""Ordering somebody's own table of songs by how well they suit a brief; nothing of it is stored.

What the editor knows of a song (else of its artist, else of its genre) is joined with what the table itself tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.schemas import MusicBrief, Part
from recommender.library.audio_profiles import FEATURE_COLUMNS, moods_of
from recommender.library.genres import genres_of
from recommender.library.importers.editor_songs import known_of
from recommender.library.importers.tables.columns import TableError, recognised
from recommender.library.importers.tables.readers import Table, opened
from recommender.library.importers.tables.rows import UNIT_FEATURES, number
from recommender.mapping.takes import choose_take
from recommender.ranking import features, scoring
from recommender.ranking.features import Pool
from recommender.ranking.filters import Facts

MOST_ROWS = 200_000
CHANCE_COUNTS = 0.3
"""How much less a take counts that is unlikely, against the likeliest: a song may suit any of them."""


@dataclass(frozen=True, kw_only=True)
class RankedRow:
    """``score`` 0..100; ``known``: whether the song, its artist or its genre is known (empty: nothing is)."""

    title: str
    artist: str
    score: float
    parts: tuple[Part, ...]
    known: str


def read_table(path: Path) -> Pool:
    """The songs of a CSV or TSV file with the columns ``title`` and ``artist`` and any others an import knows. Raises
    ``TableError``."""
    with opened(path) as file:
        table = Table(file, _pass_over)
        places = recognised(table.header)
        if "title" not in places:
            raise TableError("This table has no column for the title.", code="table_columns")
        rows = []
        for _, record in table.records():
            if len(record) == len(table.header):
                rows.append({field: record[place].strip() for field, place in places.items()})
            if len(rows) > MOST_ROWS:
                raise TableError(f"A table may have {MOST_ROWS} songs.", code="table_too_large")
    return pool_of([row for row in rows if row["title"]])


def _pass_over(code: str, line: int, why: str) -> None:
    """A broken line is left out: what is whole can still be ordered."""


def pool_of(rows: Sequence[Mapping[str, str]]) -> Pool:
    """Rows by field name as a pool; their ids are their places, from 1."""
    known = [known_of(row["title"], row.get("artist", ""), row.get("genre", "")) for row in rows]
    told = {name: np.array([_told(name, row) for row in rows], dtype=np.float64) for name in FEATURE_COLUMNS}
    for name in ("energy", "danceability", "acousticness"):
        judged = np.array([getattr(one.song, name) if one and one.song else np.nan for one in known], dtype=np.float64)
        told[name] = np.where(np.isnan(told[name]), judged, told[name])
    columns = told | {"familiarity": np.full(len(rows), np.nan)}
    columns["fame"] = np.array(
        [np.nan if one is None or one.fame is None else one.fame for one in known], dtype=np.float64
    )
    points = [(one.affect() if one else None) or (np.nan, np.nan) for one in known]
    for name, judged in zip(("valence", "arousal"), np.array(points).reshape(-1, 2).T, strict=True):
        columns[name] = features.judged(told[name], judged)
    heard = moods_of(columns["valence"], columns["arousal"])
    return Pool(
        ids=np.arange(1, len(rows) + 1),
        facts=tuple(
            Facts(title=row["title"], artist=row.get("artist", ""), language=one.language if one else "")
            for row, one in zip(rows, known, strict=True)
        ),
        columns=columns,
        moods=tuple(
            dict.fromkeys(one.moods, features.ANNOTATED_MOOD) if one and one.moods else near
            for one, near in zip(known, heard, strict=True)
        ),
        genres=tuple(genres_of(", ".join(one.styles)) if one else {} for one in known),
        instruments=({},) * len(rows),
        text_similarity=np.full(len(rows), np.nan),
        name_match=np.full(len(rows), np.nan),
        styles=tuple(tuple(one.styles) if one else () for one in known),
        themes=tuple(tuple(one.themes) if one else () for one in known),
        vocals=tuple(one.vocals if one else "" for one in known),
        provenance=tuple(one.provenance if one else "" for one in known),
    )


def _told(name: str, row: Mapping[str, str]) -> float:
    value = number(name, row.get(name, "")) if name not in ("arousal", "key", "mode") else None
    if value is None or (name in UNIT_FEATURES and not 0 <= value <= 1):
        return float("nan")
    return float(value)


def rank_table(brief: MusicBrief, pool: Pool) -> list[RankedRow]:
    """Every song of the pool, best first. Each take of the brief is tried: a song counts by the one it suits best."""
    likeliest = max((take.chance for take in brief.takes), default=1.0)
    best: NDArray[np.float64] = np.full(len(pool), -1.0)
    parts: list[tuple[Part, ...]] = [()] * len(pool)
    heard = [(choose_take(brief, place), take.chance) for place, take in enumerate(brief.takes, 1)] or [(brief, 1.0)]
    for one, chance in heard:
        scores = scoring.score(pool, replace(one, like=()))
        total = scores.total * (1.0 - CHANCE_COUNTS * (1.0 - chance / likeliest))
        for row in np.flatnonzero(total > best):
            parts[row] = scores.parts(int(row))
        best = np.maximum(best, total)
    order = np.argsort(-best, kind="stable")
    return [
        RankedRow(
            title=pool.facts[row].title,
            artist=pool.facts[row].artist,
            score=round(100 * float(best[row]), 2),
            parts=parts[row],
            known=pool.provenance[row],
        )
        for row in order.tolist()
    ]
