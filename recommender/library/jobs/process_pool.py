"""Work on many items in processes of their own, so that one hostile file can end or hang only itself.

Unlike an executor's pool, a process that dies or takes too long costs its own item and nothing else: the item is
answered with an error, the process is replaced, and the rest goes on.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

from core.errors import BadInput, DylumoError

log = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")

THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
POLL_SECONDS = 1.0
START_SECONDS = 60.0
"""What a new process may take on top, to import what it needs on a busy machine."""


class Crashed(BadInput):
    """Codes: ``crashed``, ``took_too_long``, ``internal``."""

    code = "crashed"
    message = "The program that reads this file broke down on it."
    hint = "The file is probably damaged; the others were read."


@dataclass
class _Worker(Generic[T]):
    process: BaseProcess
    pipe: Connection
    item: T
    deadline: float


def cores() -> int:
    """The processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def each(
    function: Callable[[T], R], items: Iterable[T], *, processes: int | None = None, timeout: float = 120.0
) -> Generator[tuple[T, R | DylumoError], None, None]:
    """``(item, function(item))`` as they finish, in any order; an error in place of the result where it failed.

    ``function`` is a module's own, items and results can be pickled. ``timeout`` seconds for one item. Items are taken
    one by one as processes become free; what taking one raises ends it all, after the answers there were.
    Closing the iterator ends the processes.
    """
    waiting, workers = iter(items), list[_Worker[T]]()
    try:
        for item in islice(waiting, processes or cores()):
            workers.append(_started(function, item, timeout))
        while workers:
            ready = set(wait([worker.pipe for worker in workers], POLL_SECONDS))
            for worker in [one for one in workers if one.pipe in ready or time.monotonic() > one.deadline]:
                yield worker.item, _answer(worker, late=worker.pipe not in ready)
                following = list(islice(waiting, 1))
                workers.remove(worker)
                if following:
                    workers.append(_next(worker, function, following[0], timeout))
                else:
                    _end(worker)
    finally:
        for worker in workers:
            _end(worker)


def _started(function: Callable[[T], R], item: T, timeout: float) -> _Worker[T]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(function, theirs), daemon=True)
    process.start()
    theirs.close()
    ours.send(item)
    return _Worker(process, ours, item, time.monotonic() + START_SECONDS + timeout)


def _next(worker: _Worker[T], function: Callable[[T], R], item: T, timeout: float) -> _Worker[T]:
    """The same process with its next item, or a new process where it is gone."""
    if worker.process.is_alive():
        try:
            worker.pipe.send(item)
        except OSError:
            pass
        else:
            return _Worker(worker.process, worker.pipe, item, time.monotonic() + timeout)
    _end(worker)
    return _started(function, item, timeout)


def _answer(worker: _Worker[Any], *, late: bool) -> Any:
    if late:
        worker.process.kill()
        worker.process.join()
        return Crashed("Reading this file took too long and was stopped.", code="took_too_long")
    try:
        return worker.pipe.recv()
    except (EOFError, OSError):
        worker.process.join()
        return Crashed()


def _end(worker: _Worker[Any]) -> None:
    worker.pipe.close()
    worker.process.kill()
    worker.process.join()


def _serve(function: Callable[[Any], Any], pipe: Connection) -> None:
    """A child's life: items in, answers out, until the parent closes the pipe (or is gone, which closes it too)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    for name in THREAD_LIMITS:
        os.environ[name] = "1"
    while True:
        try:
            item = pipe.recv()
        except EOFError:
            return
        try:
            answer = function(item)
        except DylumoError as error:
            answer = error
        except Exception:
            log.exception("%r failed on %s", function, item)
            answer = Crashed(code="internal")
        try:
            pipe.send(answer)
        except OSError:  # the parent is gone
            return
