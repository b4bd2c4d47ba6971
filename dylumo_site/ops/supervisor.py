"""A tree of programs that live and end together.

Each program runs in a process group of its own; its lines are shown with its name and kept in a rotating file. One
that ends by itself is started again after a pause that grows while it keeps failing. When the supervisor is killed
outright its programs are told by the kernel (Linux); whatever is left is found by the mark in its environment and
ended by the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import fcntl
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

MARK = "DYLUMO_TREE"
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
STEADY_SECONDS = 30.0
"""A program that ran this long was healthy: its next restart is quick again."""
GRACE_SECONDS = 10.0
LONGEST_LINE = 1 << 20
PROBE_SECONDS = 5.0
PROBE_MISSES = 3
"""So many probes in a row that find no life, and a program is ended."""
SLOW_START_SECONDS = 180.0
"""How long a program may take before it first answers."""
LAST_WORDS_SECONDS = 1.0
"""What is left of a program's lines may come so long after its end, from whoever else holds its output."""
PR_SET_PDEATHSIG = 1
COLOURS = (36, 32, 35, 33, 34)

Say = Callable[[str, str], None]


@dataclass(frozen=True)
class Program:
    """``once``: a program that is done when it ends well, instead of one that has to run for ever. ``alive``: whether
    it really works, by its process number (None: nobody can tell); one that hangs is ended and started again."""

    name: str
    command: Sequence[str]
    once: bool = False
    pass_fds: tuple[int, ...] = ()
    alive: Callable[[int], bool | None] | None = None


class Console:
    """Shows lines on the terminal, each with its speaker, and keeps them in ``<folder>/<speaker>.log``."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.coloured = folder, sys.stdout.isatty()
        self.files: dict[str, logging.Handler] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def __call__(self, speaker: str, line: str) -> None:
        if speaker not in self.files:
            self.files[speaker] = RotatingFileHandler(self.folder / f"{speaker}.log", maxBytes=5_000_000, backupCount=2)
        colour = COLOURS[list(self.files).index(speaker) % len(COLOURS)]
        name = f"\x1b[{colour}m{speaker:<9}\x1b[0m" if self.coloured else f"{speaker:<9}"
        # A closed terminal or a full disk must not bring the programs down.
        with contextlib.suppress(OSError):
            print(f"{name}| {line}", flush=True)
        self.files[speaker].handle(logging.LogRecord(speaker, logging.INFO, "", 0, line, None, None))


def _end_with_parent() -> None:
    """Runs in a new child: the kernel ends it when its supervisor dies, however that happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def end_leftovers(mark: str) -> int:
    """Kill what an earlier tree with this mark left behind. Returns how many processes that were."""
    import psutil

    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(MARK) == mark:
                process.kill()
                found.append(process)
    psutil.wait_procs(found, timeout=GRACE_SECONDS)
    return len(found)


@contextlib.contextmanager
def only_one(folder: Path, url: str) -> Iterator[dict[str, Any] | None]:
    """Keep other trees of this copy out while inside. Gives ``{pid, url}`` of the one that runs already, else None.

    The lock is the kernel's: no crash can leave it behind.
    """
    with (folder / "up.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            yield json.loads(file.read() or '{"pid": 0, "url": "(starting)"}')
            return
        file.truncate(0)
        if url:
            file.write(json.dumps({"pid": os.getpid(), "url": url}))
            file.flush()
        yield None


def running(folder: Path) -> dict[str, Any] | None:
    """``{pid, url}`` of the tree that runs now, if one does."""
    with only_one(folder, "") as other:
        return other


class _Life(asyncio.SubprocessProtocol):
    """One run of a program. ``ended``: its own process is gone, whoever still holds its output; ``silent``: nobody
    holds it any more. Its lines are said as they come."""

    def __init__(self, loop: asyncio.AbstractEventLoop, say: Callable[[str], None]) -> None:
        self.say = say
        self.ended: asyncio.Future[None] = loop.create_future()
        self.silent: asyncio.Future[None] = loop.create_future()
        self.rest = b""
        self.too_long = False

    def pipe_data_received(self, _fd: int, data: bytes) -> None:
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            self._show(line)
        if len(self.rest) > LONGEST_LINE:
            self.rest, self.too_long = b"", True

    def _show(self, line: bytes) -> None:
        long, self.too_long = self.too_long or len(line) > LONGEST_LINE, False
        self.say("(a line too long to show)" if long else line.decode(errors="replace").rstrip())

    def flush(self) -> None:
        """Say what came without the end of its line."""
        if self.rest or self.too_long:
            self._show(self.rest)
        self.rest = b""

    def pipe_connection_lost(self, _fd: int, _error: Exception | None) -> None:
        if not self.silent.done():
            self.silent.set_result(None)

    def process_exited(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


class Keeper:
    """Keeps one program running."""

    def __init__(self, program: Program, say: Say, environment: Mapping[str, str]) -> None:
        self.program, self.environment = program, environment
        self.say = lambda line: say(program.name, line)
        self.process: asyncio.SubprocessTransport | None = None
        self.ending = False

    async def keep(self) -> None:
        """Run the program, again and again, until ``end`` is called (or it is done)."""
        pause = FIRST_PAUSE
        while not self.ending:
            began = time.monotonic()
            code = await self._run()
            if self.ending or (self.program.once and code == 0):
                return
            if time.monotonic() - began > STEADY_SECONDS:
                pause = FIRST_PAUSE
            how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
            self.say(f"{how}; starting it again in {pause:.0f} s")
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _run(self) -> int:
        loop = asyncio.get_running_loop()
        self.process, life = await loop.subprocess_exec(
            lambda: _Life(loop, self.say),
            *self.program.command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=dict(self.environment),
            pass_fds=self.program.pass_fds,
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )
        probing = asyncio.create_task(self._end_if_it_hangs(self.process.get_pid()))
        await life.ended
        probing.cancel()
        self.signal(signal.SIGKILL)  # what its own children left running
        await asyncio.wait([life.silent], timeout=LAST_WORDS_SECONDS)
        code = self.process.get_returncode()
        self.process.close()
        life.flush()
        return code or 0

    async def _end_if_it_hangs(self, pid: int) -> None:
        if self.program.alive is None:
            return
        began, answered, misses = time.monotonic(), False, 0
        while misses < PROBE_MISSES:
            await asyncio.sleep(PROBE_SECONDS)
            lives = await asyncio.to_thread(self.program.alive, pid)
            if lives is False:
                misses += answered or time.monotonic() - began > SLOW_START_SECONDS
            else:
                answered, misses = answered or bool(lives), 0
        self.say("does not answer any more; ending it")
        self.signal(signal.SIGKILL)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program and everything it started."""
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.get_pid(), number)


async def supervise(
    programs: Sequence[Program], mark: str, say: Say, watch: Callable[[], Coroutine[Any, Any, None]] | None = None
) -> None:
    """Run the programs until SIGINT, SIGTERM or SIGHUP; then end them: a signal, some grace, and no more grace.

    ``mark`` names the tree in its programs' environment. ``watch`` runs beside them.
    """
    environment = {**os.environ, MARK: mark, "PYTHONUNBUFFERED": "1"}
    keepers = [Keeper(program, say, environment) for program in programs]
    asked = [asyncio.Event(), asyncio.Event()]

    def ask_to_end() -> None:
        asked[1 if asked[0].is_set() else 0].set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, ask_to_end)
    tasks = [asyncio.create_task(keeper.keep()) for keeper in keepers]
    beside = asyncio.create_task(watch()) if watch else None
    await asked[0].wait()
    say("up", "Ending; once more ends it at once.")
    if beside:
        beside.cancel()
    await _end(keepers, tasks, asked[1])


async def _end(keepers: Sequence[Keeper], tasks: Sequence[asyncio.Task[None]], at_once: asyncio.Event) -> None:
    for keeper, task in zip(keepers, tasks, strict=True):
        keeper.ending = True
        if keeper.process is None or keeper.process.get_returncode() is not None:
            task.cancel()  # it waits to be started again
        keeper.signal(signal.SIGTERM)
    everything = asyncio.gather(*tasks, return_exceptions=True)
    ends: list[asyncio.Future[Any]] = [everything, asyncio.create_task(at_once.wait())]
    await asyncio.wait(ends, timeout=GRACE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    for keeper in keepers:
        keeper.signal(signal.SIGKILL)
    await everything
