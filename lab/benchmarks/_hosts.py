"""The parts apart, on one machine: each "host" has a home of its own and one part in it, kept by the real supervisor.

What they share is as on many machines: one PostgreSQL, one Redis, one server that speaks S3 (moto's, for measuring
only). Everything listens on loopback or on Unix sockets, and ends with the measurement.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
from django.conf import settings
from django.core.management.base import CommandError
from redis import Redis, RedisError

from dylumo_site.ops import presence
from dylumo_site.ops.supervisor import Keeper, Program
from lab.benchmarks._site import free_port

READY_SECONDS, FURNISH_SECONDS = 300.0, 1200.0
BUCKET = "photos"
ENGINES = """
import asyncio, django
from core import home
from dylumo_site import preparation
preparation.start_services()
django.setup()
from dylumo_site.management.commands import up
home.secret_key(), home.token_keys()
preparation.migrate()
print("ready", flush=True)
asyncio.run(up.keep_services(lambda _who, what: print(what, flush=True)))
"""
"""What ``up`` does for the embedded engines: starts them, and again when they go away."""

FURNISHED = (
    "SELECT coalesce(bool_and(state NOT IN ('queued', 'running')), false) AND EXISTS (SELECT 1 FROM recommender_track)"
    " FROM recommender_libraryjob"
)

TAKES_WORK = " ready."
"""How the line ends by which Celery says so."""
PARTS = {
    "web": ("web",),
    "default": ("worker", "--queue", "default"),
    "models": ("worker", "--queue", "models"),
    "scheduler": ("scheduler",),
}


@dataclass
class Host:
    """One home and the part that runs in it."""

    name: str
    kind: str
    port: int
    keeper: Keeper
    keeping: asyncio.Task[None]
    takes_work: int | None = None
    """Number of its process that has said last that it takes work."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """None while it is waiting to be started again."""
        process = self.keeper.process
        return process.get_pid() if process and process.get_returncode() is None else None


class Hosts:
    """All of them, by name (``web1``, ``models2``, ...). Made by ``running_hosts``."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder, self.engines = folder, folder / "engines"
        self.hosts: dict[str, Host] = {}
        self.store_port = free_port()
        self.store: subprocess.Popen[bytes] | None = None
        self.ready = asyncio.Event()
        self.database_url = f"postgresql://postgres@/dylumo?host={self.engines / 'postgres'}"
        self.redis_url = f"unix://{self.engines / 'redis.sock'}"
        self.common = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("DYLUMO_", "DATABASE_"))},
            "DJANGO_SETTINGS_MODULE": "dylumo_site.settings",
            "PYTHONUNBUFFERED": "1",
            "DYLUMO_MUSIC": "0",
            "DYLUMO_SAMPLES": "0",
            "DYLUMO_FETCH_MODELS": "0",
            "DYLUMO_KEYLESS": "",
            "DYLUMO_TIER": "basic",
            "DYLUMO_LOG": "WARNING",
            # everybody comes from one address, and it is speed that is measured
            **{f"DYLUMO_API_{name}_A_MINUTE": "1000000" for name in ("ASKS", "CHANGES", "READS")},
            **environment,
        }
        self.shared = {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "DYLUMO_SECRET_KEY_FILE": str(self.engines / "secret_key"),
            "DYLUMO_TOKEN_KEYS_FILE": str(self.engines / "token_keys"),
            "DYLUMO_S3_BUCKET": BUCKET,
            "DYLUMO_S3_ENDPOINT": f"http://127.0.0.1:{self.store_port}",
            "DYLUMO_S3_KEY": "key",
            "DYLUMO_S3_SECRET": "secret",
        }

    async def start_engines(self) -> None:
        """Database, Redis and the bucket. Raises TimeoutError, CommandError."""
        self._keep("engines", "engines", [sys.executable, "-c", ENGINES], {})
        self._start_store()
        async with asyncio.timeout(READY_SECONDS):
            await self.ready.wait()

    def start(self, name: str) -> None:
        """Bring up a host; its kind is its name without the number."""
        kind = name.rstrip("0123456789")
        self._keep(name, kind, [sys.executable, "-m", "dylumo_site", *PARTS[kind]], self.shared)

    async def until_ready(self) -> None:
        """Until every web process answers, every worker takes work, and the scheduler says that it lives. Raises
        TimeoutError."""
        async with asyncio.timeout(READY_SECONDS):
            while not await asyncio.to_thread(self._whole):
                await asyncio.sleep(0.2)

    async def until_furnished(self) -> None:
        """Until the scheduler's first jobs are done: the catalogue is there, with the vectors of its words."""
        async with asyncio.timeout(FURNISH_SECONDS):
            while await asyncio.to_thread(self.rows, FURNISHED) != [(True,)]:
                await asyncio.sleep(0.5)

    def of_kind(self, kind: str) -> list[Host]:
        return [host for host in self.hosts.values() if host.kind == kind]

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the database answers. Raises psycopg's errors."""
        with psycopg.connect(self.database_url) as connection:
            return connection.execute(statement, values).fetchall()

    def stored_bytes(self) -> int:
        """What lies in the bucket."""
        pages = self._bucket().get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        return sum(one["Size"] for page in pages for one in page.get("Contents", ()))

    def engine_pid(self, kind: str) -> int | None:
        """Process number of ``redis`` or ``postgres``, as its pid file says; None while there is none."""
        file = {"redis": self.engines / "redis/pid", "postgres": self.engines / "postgres/postmaster.pid"}[kind]
        with suppress(OSError, IndexError, ValueError):
            return int(file.read_text().split()[0])
        return None

    def processes(self) -> dict[str, int]:
        """Process numbers by name of what runs now: hosts, ``postgres``, ``redis`` and the ``store``."""
        found = {host.name: host.pid for host in self.hosts.values() if host.kind in PARTS}
        found |= {kind: self.engine_pid(kind) for kind in ("postgres", "redis")}
        found["store"] = self.store.pid if self.store else None
        return {name: pid for name, pid in found.items() if pid is not None}

    async def stop(self) -> None:
        """End all of them, the engines last."""
        for host in self.hosts.values():
            host.keeper.ending = True
            host.keeper.signal(signal.SIGKILL)
            if host.pid is None:
                host.keeping.cancel()  # it waits to be started again
        await asyncio.gather(*(host.keeping for host in self.hosts.values()), return_exceptions=True)
        environment = {**self.common, "DYLUMO_HOME": str(self.engines)}
        down = [sys.executable, "-m", "dylumo_site", "down"]
        await asyncio.to_thread(
            subprocess.run, down, cwd=settings.BASE_DIR, env=environment, capture_output=True, check=False
        )
        if self.store:
            self.store.kill()
            self.store.wait()

    def _keep(self, name: str, kind: str, command: list[str], shared: dict[str, str]) -> None:
        home, port = self.folder / name, free_port()
        environment = {**self.common, **shared, "DYLUMO_HOME": str(home), "DYLUMO_PORT": str(port)}

        def say(who: str, line: str) -> None:
            with (self.folder / f"{who}.log").open("a") as log:
                log.write(f"{line}\n")
            if line == "ready":
                self.ready.set()
            elif line.endswith(TAKES_WORK):
                self.hosts[name].takes_work = self.hosts[name].pid

        keeper = Keeper(Program(name, command), say, environment)
        self.hosts[name] = Host(name, kind, port, keeper, asyncio.create_task(keeper.keep()))

    def _start_store(self) -> None:
        if importlib.util.find_spec("moto") is None:
            raise CommandError("The stand-in for a bucket is not installed: pip install -r requirements-dev.txt")
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.store_port)]
        with (self.folder / "store.log").open("wb") as out:
            self.store = subprocess.Popen(command, stdout=out, stderr=out)
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(f"http://127.0.0.1:{self.store_port}", "/moto-api/"):
            if time.monotonic() > deadline or self.store.poll() is not None:
                raise TimeoutError(f"moto did not start: {(self.folder / 'store.log').read_text()[-1000:]}")
            time.sleep(0.2)
        self._bucket().create_bucket(Bucket=BUCKET)

    def _bucket(self) -> Any:
        import boto3

        keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
        return boto3.client("s3", endpoint_url=self.shared["DYLUMO_S3_ENDPOINT"], **keys)

    def _whole(self) -> bool:
        pids = [host.pid for host in self.hosts.values()]
        working = all(host.takes_work == host.pid for kind in ("default", "models") for host in self.of_kind(kind))
        if None in pids or not working or not all(_answers(web.url) for web in self.of_kind("web")):
            return False
        with suppress(RedisError), Redis.from_url(self.redis_url) as redis:
            living = {one.pid for one in presence.living(redis) if not one.serves}
            return all(host.pid in living for host in self.of_kind("scheduler"))
        return False


@asynccontextmanager
async def running_hosts(*names: str, **environment: str) -> AsyncIterator[Hosts]:
    """The engines and the named hosts in a temporary folder, with further settings; ended and removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="dylumo-hosts-"))
    folder.chmod(0o711)  # the embedded PostgreSQL of root runs as somebody else, who has to pass
    hosts = Hosts(folder, **environment)
    try:
        await hosts.start_engines()
        for name in names:
            hosts.start(name)
        await hosts.until_ready()
        await hosts.until_furnished()
        yield hosts
    finally:
        await hosts.stop()
        shutil.rmtree(folder, ignore_errors=True)


def cpu_seconds(pids: dict[str, int]) -> dict[str, float]:
    """Processor time by name that each process, its children and those it has outlived have used so far."""

    def used(process: psutil.Process) -> float:
        with suppress(psutil.Error):
            times = process.cpu_times()
            return float(times.user + times.system + times.children_user + times.children_system)
        return 0.0

    return {name: _over_tree(pid, used) for name, pid in pids.items()}


def resident_megabytes(pids: dict[str, int]) -> dict[str, float]:
    """Resident memory by name, of each process and its children; shared pages count once for each of them."""

    def held(process: psutil.Process) -> float:
        with suppress(psutil.Error):
            return float(process.memory_info().rss) / 1024**2
        return 0.0

    return {name: round(_over_tree(pid, held), 1) for name, pid in pids.items()}


def _over_tree(pid: int, measured: Callable[[psutil.Process], float]) -> float:
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        return sum(map(measured, [process, *process.children(recursive=True)]))
    return 0.0


def _answers(url: str, path: str = "/health/web/") -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"{url}{path}", timeout=5, trust_env=False).status_code == httpx.codes.OK
    return False
