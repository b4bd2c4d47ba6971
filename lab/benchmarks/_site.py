"""A whole copy of the site on a free loopback port with a home of its own, and visitors of it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import httpx
import psutil
from django.conf import settings

START_SECONDS = 300.0
ENDS = ("turn.done", "turn.failed", "turn.cancelled")
IMPORT = (
    "import sys, pathlib, django; django.setup(); "
    "from recommender.library.jobs.state import Progress; "
    "from recommender.library.importers.tables.importer import import_table; "
    "import_table(pathlib.Path(sys.argv[1]), None, Progress())"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Reached(Protocol):
    """What answers at a loopback port."""

    @property
    def url(self) -> str: ...
    @property
    def port(self) -> int: ...


class Site:
    """The processes of the copy."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("DYLUMO_")},
            "DYLUMO_HOME": str(home),
            "DYLUMO_PORT": str(self.port),
            "DYLUMO_DEMO": "0",
            "DYLUMO_SONGS": "0",
            "DYLUMO_FETCH_MODELS": "0",
            "DYLUMO_TIER": "basic",
            "DYLUMO_LOG": "WARNING",
            # all visitors come from one address, and it is speed that is measured
            **{f"DYLUMO_API_{name}_A_MINUTE": "1000000" for name in ("ASKS", "CHANGES", "READS")},
            "DJANGO_SETTINGS_MODULE": "dylumo_site.settings",
            **environment,
        }
        self.tree: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Bring everything up; returns when the health report is good. Raises TimeoutError."""
        log = Path(self.environment["DYLUMO_HOME"]) / "tree.log"
        with log.open("wb") as out:
            self.tree = subprocess.Popen(self._python("-m", "dylumo_site"), **self._how(), stdout=out, stderr=out)
        deadline = time.monotonic() + START_SECONDS
        while not self._healthy():
            if time.monotonic() > deadline or self.tree.poll() is not None:
                raise TimeoutError(f"the site did not come up:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.5)

    def fill(self, table: Path) -> None:
        """The table as the shared catalogue. Text vectors are not written: they take many minutes of the processor."""
        subprocess.run(self._python("-c", IMPORT, str(table)), **self._how(), check=True)

    def stop(self) -> None:
        subprocess.run(self._python("-m", "dylumo_site", "down"), **self._how(), capture_output=True, check=False)
        if self.tree:
            with suppress(subprocess.TimeoutExpired):
                self.tree.wait(timeout=30)
            self.tree.kill()

    def web_megabytes(self) -> float:
        """Resident memory of the web process."""
        if self.tree is None:
            return 0.0
        web = [p for p in psutil.Process(self.tree.pid).children(recursive=True) if "web" in p.cmdline()]
        return float(round(sum(process.memory_info().rss for process in web) / 1024**2, 1))

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health/", timeout=10) as answer:
                return bool(answer.status == 200)
        except (urllib.error.HTTPError, OSError):
            return False

    def _python(self, *arguments: str) -> list[str]:
        return [sys.executable, *arguments]

    def _how(self) -> dict[str, Any]:
        return {"cwd": settings.BASE_DIR, "env": self.environment}


@contextmanager
def running_site(**environment: str) -> Iterator[Site]:
    """A started copy in a temporary home, with further settings; ended and removed afterwards."""
    home = Path(tempfile.mkdtemp(prefix="dylumo-live-"))
    site = Site(home, **environment)
    try:
        site.start()
        yield site
    finally:
        site.stop()
        shutil.rmtree(home, ignore_errors=True)


@dataclass
class Watch:
    """What one socket received: arrival times (``time.perf_counter``) and frames, in order."""

    times: list[float] = field(default_factory=list)
    frames: list[dict[str, Any]] = field(default_factory=list)
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def until(self, turn: int, kinds: tuple[str, ...]) -> float:
        """When the ``turn``-th event (from 1) of one of these kinds arrived."""
        async with self.arrived:
            await self.arrived.wait_for(lambda: len(self._places(kinds)) >= turn)
        return self.times[self._places(kinds)[turn - 1]]

    async def take(self, frame: dict[str, Any]) -> None:
        """Note a frame that has just arrived."""
        when = time.perf_counter()
        async with self.arrived:
            self.times.append(when)
            self.frames.append(frame)
            self.arrived.notify_all()

    def first(self, kinds: tuple[str, ...]) -> float | None:
        """When the first of these kinds arrived, if one has."""
        places = self._places(kinds)
        return self.times[places[0]] if places else None

    def first_after(self, moment: float) -> float:
        """When the first event after a moment arrived."""
        return next(when for when in self.times if when > moment)

    def _places(self, kinds: tuple[str, ...]) -> list[int]:
        return [place for place, frame in enumerate(self.frames) if frame["kind"] in kinds]


class Visitor:
    """Somebody with a browser's cookies and nothing else: starts a conversation, speaks, and listens."""

    def __init__(self, site: Reached) -> None:
        self.site = site
        self.client = httpx.AsyncClient(base_url=site.url, timeout=60.0)
        self.conversation: UUID | None = None

    async def come(self) -> None:
        (await self.client.get("/")).raise_for_status()

    async def start(self, **wish: str) -> None:
        answer = await self.post("/start/", wish)
        self.conversation = UUID(answer.json()["url"].rstrip("/").rpartition("/")[2])

    async def say(self, text: str) -> None:
        await self.post(f"/c/{self.conversation}/say/", {"text": text})

    async def leave(self) -> None:
        await self.client.aclose()

    async def post(self, path: str, data: dict[str, str]) -> Any:
        headers = {"X-CSRFToken": self.client.cookies["csrftoken"], "Accept": "application/json"}
        answer = await self.client.post(path, data=data, headers=headers)
        if answer.status_code >= 400:
            answer.raise_for_status()
        return answer

    @asynccontextmanager
    async def watching(self, after: int = 0) -> Any:
        """A socket on the conversation while inside; gives its ``Watch``."""
        from websockets.asyncio.client import connect

        cookies = "; ".join(f"{name}={value}" for name, value in self.client.cookies.items())
        address = f"ws://127.0.0.1:{self.site.port}/ws/conversations/{self.conversation}/?last_seq={after}"
        watch = Watch()
        async with connect(
            address, additional_headers={"Cookie": cookies, "Origin": self.site.url}, open_timeout=60, proxy=None
        ) as websocket:
            listening = asyncio.create_task(_listen(websocket, watch))
            try:
                yield watch
            finally:
                listening.cancel()


async def _listen(websocket: Any, watch: Watch) -> None:
    async for message in websocket:
        await watch.take(json.loads(message))
