"""A copy of Dylumo of its own for one test: its home folder, and programs that run in it."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.environment import digest_of_tables

ROOT = Path(__file__).resolve().parents[2]


class Copy:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.started: list[subprocess.Popen[str]] = []
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("DYLUMO_")},
            "DYLUMO_HOME": str(folder),
            "DYLUMO_PORT": str(self.port),
            "DYLUMO_DEMO": "0",
            "DYLUMO_SONGS": "0",
            "DYLUMO_MUSIC": "0",
            "DYLUMO_SAMPLES": "0",
            "DYLUMO_FETCH_MODELS": "0",
        }

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            pipesize=2**20,  # a tree that says more than a pipe holds would wait until somebody reads it
        )
        self.started.append(process)
        return process

    def end(self) -> None:
        """Leave nothing running, whatever a failing test left half done."""
        while self.started:
            process = self.started.pop()
            process.kill()
            process.communicate()
        self.python(
            "from dylumo_site.ops import embedded, supervisor;"
            f"supervisor.end_leftovers({str(self.folder)!r}); embedded.stop()"
        )

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def python(self, code: str, **environment: str) -> str:
        """What ``code`` printed; fails with its traceback."""
        done = self.run("-c", code, **environment)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What its database answers, without a program that would take seconds to start."""
        where = {"host": str(self.folder / "postgres"), "user": "postgres", "dbname": "dylumo"}
        with psycopg.connect(**where) as connection:
            return connection.execute(statement, values).fetchall()

    def up(self, *program: str) -> subprocess.Popen[str]:
        """Bring the tree up (by another program than usual); returns when it serves and its workers are there."""
        tree = self.start(*(program or ("-m", "dylumo_site")))
        assert eventually(lambda: self.health()[0] == 200, 180), f"never came up: {self.health()}"
        return tree

    def health(self, patience: float = 10) -> tuple[int, dict[str, Any]]:
        """Status (0: nobody answers) and body of the health report."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/", timeout=patience) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        except OSError:
            return 0, {}

    def pids(self) -> dict[str, int]:
        """Process numbers of the database and Redis."""
        return {
            "postgres": int((self.folder / "postgres" / "postmaster.pid").read_text().split()[0]),
            "redis": int((self.folder / "redis" / "pid").read_text()),
        }


@contextmanager
def own_copy(folder: Path | None = None, *, migrated: bool = False) -> Iterator[Copy]:
    """``migrated``: its database is there already, for a test that is about something else than a first start."""
    # Not pytest's tmp_path: that is closed to the user root's PostgreSQL runs as.
    folder = folder or Path(tempfile.mkdtemp(prefix="dylumo-"))
    copy = Copy(folder)
    if migrated:
        folder.chmod(0o711)  # as a first start by root leaves it
        subprocess.run(["cp", "-a", _migrated_database(), folder / "postgres"], check=True)
    try:
        yield copy
    finally:
        copy.end()
        shutil.rmtree(folder, ignore_errors=True)


def _migrated_database() -> Path:
    """A database folder as a first start leaves it, made once for all processes and runs."""
    home = Path(os.environ["DYLUMO_HOME"])
    made = home / f"migrated-{digest_of_tables()}"
    with (home / "migrated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            for old in home.glob("migrated-*"):
                shutil.rmtree(old)
            with own_copy() as first:
                done = first.run("-m", "dylumo_site", "shell", "-c", "pass")
                assert done.returncode == 0, done.stderr
                first.end()
                with (first.folder / "postgres" / "postgresql.conf").open("a") as settings:
                    settings.write("fsync = off\n")
                draft = home / "migrated.draft"
                shutil.rmtree(draft, ignore_errors=True)
                subprocess.run(["cp", "-a", first.folder / "postgres", draft], check=True)
                draft.rename(made)
    return made


def eventually(condition: Callable[[], bool], seconds: float = 60) -> bool:
    """Whether it comes true; ``seconds`` are for a busy machine, nobody who waits for what comes pays them."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
