"""Importing a table of tracks with Spotify's audio features."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from recommender.library import audio_profiles
from recommender.library.importers.tables import staging
from recommender.library.importers.tables.columns import required
from recommender.library.importers.tables.readers import Table, opened
from recommender.library.importers.tables.rows import BadRow, RowReader, TableRow
from recommender.library.jobs.report import Outcome
from recommender.library.jobs.state import Progress
from recommender.library.vectors import store

if TYPE_CHECKING:
    from accounts.models import User

BATCH = 5_000


def import_table(path: Path, owner: User | None, progress: Progress) -> Outcome:
    """Read ``path`` (CSV or TSV, plain or gzipped) into the catalogue: the owner's own, or the shared one.

    Rows that cannot be used are skipped with a reason; a track that appears twice is taken from its first row; one
    that is already there is updated. All or nothing reaches the catalogue. Raises ``TableError`` when the file is
    no table, ``Cancelled``.
    """
    outcome = Outcome()
    with opened(path) as file, staging.staged():
        size = max(path.stat().st_size, 1)
        table = Table(file, lambda code, line, why: _skip_line(outcome, code, line, why))
        required(table.header)
        for batch in _batches(_rows(table, outcome)):
            staging.stage(batch)
            progress.step(outcome.read, 0, f"{min(file.buffer.tell(), size) / 1e6:.0f} MB read")
        for name, count in staging.upsert(owner.pk if owner else None).items():
            setattr(outcome, name, count)
    progress.step(outcome.read, outcome.read)
    staging.analyse()
    store.ensure_index(store.space(audio_profiles.PROFILE_SPACE, audio_profiles.PROFILE_DIMENSIONS))
    return outcome


def _skip_line(outcome: Outcome, code: str, line: int, why: str) -> None:
    outcome.read += 1
    outcome.skip(code, line, why)


def _rows(table: Table, outcome: Outcome) -> Iterator[TableRow]:
    reader, first_seen = RowReader(table.header), dict[tuple[str, str], int]()
    for line, record in table.records():
        outcome.read += 1
        try:
            row = reader.read(line, record)
        except BadRow as bad:
            outcome.skip(bad.code, line, str(bad))
            continue
        first = first_seen.setdefault((row.service, row.external_id), line)
        if first == line:
            yield row
        else:
            outcome.skip("repeated", line, f"the same track as line {first}")


def _batches(rows: Iterator[TableRow]) -> Iterator[list[TableRow]]:
    batch: list[TableRow] = []
    for row in rows:
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
