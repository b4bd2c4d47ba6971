"""Copies of the database, made and loaded by PostgreSQL's own programs; and one before every change of its tables."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from psycopg import sql
from psycopg.conninfo import make_conninfo

from core.errors import DylumoError
from dylumo_site.ops.embedded.database import postgres_program

NAME = "before-%Y%m%d-%H%M%S-%f.dump"
PATTERN = "before-*.dump"


class DumpFailed(DylumoError):
    code = "dump_failed"
    message = "The database could not be copied."
    hint = (
        "Check free disk space, and that the database's version is not newer than that of Dylumo's PostgreSQL; "
        "DYLUMO_MIGRATION_DUMPS=0 goes on without a dump."
    )


class NewerDatabase(DylumoError):
    code = "newer_database"
    message = "The database was written by a newer Dylumo than this one."
    hint = "Update Dylumo (git pull), or restore a backup into an empty home."


@dataclass(frozen=True)
class Snapshot:
    """One moment of the database. ``rows``: how many each table had; ``migrations``: (app, name) of each applied."""

    name: str
    server: str
    rows: dict[str, int]
    migrations: list[tuple[str, str]]


def _where() -> dict[str, Any]:
    told = connection.settings_dict
    words = {"dbname": told["NAME"], "user": told["USER"], "host": told["HOST"], "port": told["PORT"]}
    return {**{word: value for word, value in words.items() if value}, **told["OPTIONS"]}


def _run(program: str, *arguments: str) -> None:
    # The password goes by the environment: arguments can be read by every user of the machine.
    password = str(connection.settings_dict["PASSWORD"] or "")
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    done = subprocess.run(
        [str(postgres_program(program)), f"--dbname={make_conninfo(**_where())}", "--no-password", *arguments],
        check=False, capture_output=True, text=True, errors="replace", env=environment,
    )  # fmt: skip
    if done.returncode:
        raise DumpFailed(f"{program} failed: {done.stderr.strip()[-600:]}")


def dump(file: Path, snapshot: str = "") -> None:
    """Write the database to ``file`` as it was at ``snapshot`` (now, without one). Raises DumpFailed."""
    at = [f"--snapshot={snapshot}"] if snapshot else []
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={file}", *at)


def load(file: Path) -> None:
    """Load a dump into the database, which has no tables yet: all of it or nothing. Raises DumpFailed."""
    whole = ["--single-transaction", "--exit-on-error"]
    _run("pg_restore", "--no-owner", "--no-privileges", "--no-comments", *whole, str(file))


@contextlib.contextmanager
def snapshot() -> Iterator[Snapshot]:
    """Hold on to this moment of the database while inside, whatever others write."""
    password = str(connection.settings_dict["PASSWORD"] or "") or None
    with psycopg.connect(**_where(), password=password) as own:
        own.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        own.read_only = True
        name = _one(own, "SELECT pg_export_snapshot()")
        server = _one(own, "SELECT current_setting('server_version')").split()[0]
        applied = own.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
        yield Snapshot(name, server, _rows(own), [(app, migration) for app, migration in applied])


def _one(own: psycopg.Connection[Any], question: str) -> str:
    row = own.execute(question.encode()).fetchone()
    assert row is not None
    return str(row[0])


def _rows(own: psycopg.Connection[Any]) -> dict[str, int]:
    tables = own.execute(
        "SELECT table_name FROM information_schema.tables "
        "WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY table_name"
    ).fetchall()
    counted = {}
    for (table,) in tables:
        row = own.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
        counted[table] = row[0] if row else 0
    return counted


def rows() -> dict[str, int]:
    """How many rows each table has; empty where there is no table."""
    password = str(connection.settings_dict["PASSWORD"] or "") or None
    with psycopg.connect(**_where(), password=password) as own:
        return _rows(own)


def refuse_newer(applied: Collection[tuple[str, str]], loader: MigrationLoader) -> None:
    """Raises NewerDatabase where a migration of Dylumo's own was applied that this code does not have."""
    known = set(loader.disk_migrations)
    for migration in loader.disk_migrations.values():
        known |= {(app, name) for app, name in migration.replaces}
    own = {path.parent.parent.name for path in settings.BASE_DIR.glob("*/migrations/__init__.py")}
    if unknown := sorted((app, name) for app, name in applied if app in own and (app, name) not in known):
        app, name = unknown[-1]
        raise NewerDatabase(f"{NewerDatabase.message[:-1]}: it has the change {app} {name}, which is not known here.")


def before_migrating() -> Path | None:
    """Dump the database and forget all but the last few such dumps; None where the owner wants none."""
    if not settings.MIGRATION_DUMPS:
        return None
    folder = settings.HOME / "dumps"
    folder.mkdir(mode=0o700, exist_ok=True)
    for left in folder.glob("before-*.draft"):  # by a start that was killed
        left.unlink()
    file = folder / datetime.now(UTC).strftime(NAME)
    draft = file.with_suffix(".draft")
    try:
        dump(draft)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    keep_newest(folder, PATTERN, settings.MIGRATION_DUMPS)
    return Path(file)


def keep_newest(folder: Path, pattern: str, count: int) -> None:
    """Delete all but the last ``count`` (from 1) of the files that are named by when they were made."""
    for old in sorted(folder.glob(pattern))[:-count]:
        old.unlink()
