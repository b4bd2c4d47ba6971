"""The embedded PostgreSQL (with pgvector) and Redis that a fresh copy runs on.

``DATABASE_URL`` and ``REDIS_URL`` replace them. Everything lives under ``DYLUMO_HOME`` (default ``.dylumo`` beside
``manage.py``). Both are daemons of their own on Unix sockets only; a process that calls ``start`` counts as their user
until it ends, and ``stop`` leaves them alone while there are others. Nothing here imports Django: settings read
their addresses from this package.
"""

from __future__ import annotations

import contextlib
import fcntl
from collections.abc import Callable
from typing import IO

from core.home import run_folder
from dylumo_site.ops.embedded.database import database_answers, database_settings, start_database, stop_database
from dylumo_site.ops.embedded.redis_server import (
    broker_url,
    redis_answers,
    redis_number,
    redis_url,
    start_redis,
    stop_redis,
)

__all__ = [
    "broker_url",
    "database_answers",
    "database_settings",
    "redis_answers",
    "redis_number",
    "redis_url",
    "start",
    "stop",
]

_use: IO[str] | None = None


def start(tell: Callable[[str], None] | None = None) -> None:
    """Bring up what the addresses above point at, and count this process as a user until it ends.

    ``tell`` is called with the name of what had to be started, once that runs, even if the next one then fails.
    """
    global _use  # noqa: PLW0603 - the lock must live as long as the process
    if _use is None:
        _use = (run_folder() / "users.lock").open("a")
        fcntl.flock(_use, fcntl.LOCK_SH)
    starters = {"database": start_database, "redis": start_redis}
    for name, start_it in starters.items():
        if start_it() and tell:
            tell(name)


def stop() -> bool:
    """Stop both unless another process uses them. Returns whether they were free to be stopped."""
    with contextlib.ExitStack() as stack:
        lock = _use or stack.enter_context((run_folder() / "users.lock").open("a"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        stop_redis()
        stop_database()
        fcntl.flock(lock, fcntl.LOCK_UN)
    return True
