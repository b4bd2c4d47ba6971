"""Work on bytes from strangers in processes of their own: with a deadline, a limit of memory, and few at once.

A file made to be slow, to eat memory or to break a decoder ends its own process and nothing else. The process knows
no secret: it gets the bytes and a name, and hands bytes back; nothing that it says is unpickled.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import os
import resource
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from core.errors import BadInput, DylumoError, Unavailable

log = logging.getLogger("dylumo.confined")

Answer = tuple[Mapping[str, Any], Sequence[bytes]]
"""What is told of the result, and its bytes."""
Job = Callable[[dict[str, Any], bytes], Answer]

ROOT = Path(__file__).resolve().parents[1]
KNOWN = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "DYLUMO_TREE", "VIRTUAL_ENV")
"""All of the environment that such a process gets; DYLUMO_TREE is how a later start finds what was left over."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
START_SECONDS = 60.0
MOST_JOBS = 200
"""After so many a process is replaced: what decoders leak does not add up."""
_LENGTH = struct.Struct("!Q")
LARGEST_PART = 2**30


class Costly(BadInput):
    """Codes: ``took_too_long``, ``too_much_memory``, ``crashed``."""

    code = "crashed"
    message = "The program that reads this file broke down on it."
    hint = "Open it, save it again and try that copy."


class Busy(Unavailable):
    code = "busy"
    message = "Too many files are being read at this moment."
    hint = "Try again in a minute."


class Refused(DylumoError):
    """What the job said of its input, in its own words."""

    status = 400


class Confined:
    """Runs ``target`` (``module:function``, a ``Job``) elsewhere. ``seconds`` for one job; ``megabytes`` it may use;
    at most ``at_once`` at the same time, for which one may have to wait ``patience`` seconds."""

    def __init__(self, target: str, *, seconds: float, megabytes: int, at_once: int, patience: float = 60.0) -> None:
        self.target, self.seconds, self.megabytes, self.patience = target, seconds, megabytes, patience
        self._free = threading.BoundedSemaphore(at_once)
        self._idle: list[_Child] = []

    def __call__(self, told: Mapping[str, Any], data: bytes = b"") -> tuple[dict[str, Any], list[bytes]]:
        """What the job answers. Raises Refused, Costly, Busy."""
        if not self._free.acquire(timeout=self.patience):
            raise Busy
        child = None
        try:
            child = self._child()
            answer, parts = child.ask(told, data, self.seconds)
        except Costly as error:
            log.warning("%s: %s", self.target, error.code)
            raise
        finally:
            if child and child.usable():
                self._idle.append(child)
            elif child:
                child.end()
            self._free.release()
        if said := answer.get("error"):
            raise Refused(said["message"], hint=said["hint"], code=said["code"], told=said["told"])
        return answer, parts

    def _child(self) -> _Child:
        while self._idle:
            with contextlib.suppress(IndexError):
                child = self._idle.pop()
                if child.usable():
                    return child
                child.end()
        return _Child(self.target, self.seconds, self.megabytes)


class _Child:
    def __init__(self, target: str, seconds: float, megabytes: int) -> None:
        environment = {name: os.environ[name] for name in KNOWN if name in os.environ}
        self.jobs, self.broken = 0, False
        self.process = subprocess.Popen(
            [sys.executable, "-m", "core.confined", target, str(seconds), str(megabytes)],
            cwd=ROOT,
            env=environment | ONE_THREAD,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with self._ended_after(START_SECONDS) as late:
            ready = self._read()
        if ready is None:
            self.end()
            raise Unavailable(code="took_too_long" if late else "crashed")

    def usable(self) -> bool:
        return not self.broken and self.jobs < MOST_JOBS and self.process.poll() is None

    def ask(self, told: Mapping[str, Any], data: bytes, seconds: float) -> tuple[dict[str, Any], list[bytes]]:
        self.jobs += 1
        answer = None
        with self._ended_after(seconds) as late, contextlib.suppress(OSError):
            assert self.process.stdin is not None
            _write(self.process.stdin, told, [data])
            answer = self._read()
        if late or answer is None:
            self.broken = True
            raise Costly("Reading this file took too long and was stopped.", code="took_too_long") if late else Costly()
        if code := answer[0].get("costly"):
            self.broken = True
            raise Costly("Reading this file needs too much memory.", code=code) if code != "crashed" else Costly()
        return answer

    def end(self) -> None:
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()
        self.process.wait()

    def _read(self) -> tuple[dict[str, Any], list[bytes]] | None:
        assert self.process.stdout is not None
        return _read(self.process.stdout)

    @contextlib.contextmanager
    def _ended_after(self, seconds: float) -> Iterator[list[bool]]:
        """Kill the process unless the block ends in time; gives a list that then holds something."""
        late, over, lock = list[bool](), list[bool](), threading.Lock()

        def end() -> None:
            with lock:
                if not over:
                    late.append(True)
                    self.process.kill()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield late
        finally:
            with lock:
                over.append(True)
            timer.cancel()


# --- on the line: the number of parts, then each with its length before it; the first is JSON


def _write(pipe: IO[bytes], told: Mapping[str, Any], parts: Sequence[bytes]) -> None:
    pipe.write(_LENGTH.pack(1 + len(parts)))
    for part in (json.dumps(told).encode(), *parts):
        pipe.write(_LENGTH.pack(len(part)))
        pipe.write(part)
    pipe.flush()


def _read(pipe: IO[bytes]) -> tuple[dict[str, Any], list[bytes]] | None:
    """None when the other side is gone, or says nonsense."""
    count = _number(pipe)
    if count is None or not 1 <= count <= 16:
        return None
    parts = []
    for _ in range(count):
        length = _number(pipe)
        if length is None or length > LARGEST_PART or len(part := pipe.read(length)) < length:
            return None
        parts.append(part)
    try:
        told = json.loads(parts[0])
    except ValueError:
        return None
    return (told, parts[1:]) if isinstance(told, dict) else None


def _number(pipe: IO[bytes]) -> int | None:
    raw = pipe.read(_LENGTH.size)
    return int(_LENGTH.unpack(raw)[0]) if len(raw) == _LENGTH.size else None


# --- inside


def _serve(target: str, seconds: float, megabytes: int) -> None:
    """A child's life: jobs in, answers out, until its parent is gone or a job was too much for it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    module, _, name = target.partition(":")
    job: Job = getattr(importlib.import_module(module), name)
    _limit(megabytes)
    _write(outgoing, {}, [])
    while asked := _read(incoming):
        signal.alarm(int(seconds) + 5)  # should the parent be gone, nobody else ends it
        answer, parts = _answer(job, asked[0], asked[1][0])
        asked = None
        _write(outgoing, answer, parts)
        signal.alarm(0)
        if "costly" in answer:
            return


def _limit(megabytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return  # only Linux keeps to this limit anyway
    most = pages * resource.getpagesize() + megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _answer(job: Job, told: dict[str, Any], data: bytes) -> Answer:
    try:
        return job(told, data)
    except DylumoError as error:
        return {
            "error": {"code": error.code, "message": error.template, "hint": error.hint_template, "told": error.told}
        }, []
    except MemoryError:
        return {"costly": "too_much_memory"}, []
    except Exception:
        log.exception("%r failed", job)
        return {"costly": "crashed"}, []


if __name__ == "__main__":
    _serve(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
