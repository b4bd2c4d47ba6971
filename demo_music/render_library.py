"""The demonstration library on disk: rendered once, in parallel, and taken up again where it stopped.

A folder named after the composer's version holds one file a piece. A file under its final name is whole,
because it is written beside it and renamed; a missing or damaged one is made again.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from demo_music.encode import path_of, write
from demo_music.recipes import Recipe, recipes

VERSION = 2
"""Raised when the composer changes what it plays, so that libraries are rendered again."""

Progress = Callable[[int, int, str], None]
_ABANDONED_AFTER = 600.0
"""Seconds after which a half-written file belongs to nobody: rendering one takes a few."""


@dataclass(frozen=True)
class RenderedTrack:
    """A piece and its file. ``duration`` in seconds, as the file says."""

    recipe: Recipe
    path: Path
    duration: float


def library_folder(folder: Path) -> Path:
    """Where this version of the library lies inside ``folder``."""
    return folder / f"demo-v{VERSION}"


def render_library(
    folder: Path,
    *,
    processes: int | None = None,
    progress: Progress | None = None,
    programme: tuple[Recipe, ...] | None = None,
) -> list[RenderedTrack]:
    """Render what is missing of the library and give all its tracks, in the programme's order.

    ``processes``: how many to use, by default one for each core. ``progress`` is called as
    ``(done, total, title)`` for every piece, those found on disk first. ``programme`` is the whole library
    unless a shorter one is asked for. Interrupting leaves only whole files, and the next call goes on from there.
    Raises ``OSError`` when the folder cannot be written.
    """
    programme = recipes() if programme is None else programme
    home = library_folder(folder)
    home.mkdir(parents=True, exist_ok=True)
    _sweep(home)
    paths = {recipe: path_of(recipe, home) for recipe in programme}
    durations = {recipe: duration for recipe in programme if (duration := duration_of(paths[recipe])) is not None}
    missing = [recipe for recipe in programme if recipe not in durations]
    ready = list(durations)
    for done, recipe in enumerate(_finished(ready, missing, home, processes), start=1):
        if recipe not in durations:
            durations[recipe] = duration_of(paths[recipe]) or 0.0
        if progress:
            progress(done, len(programme), recipe.title)
    return [RenderedTrack(recipe, paths[recipe], durations[recipe]) for recipe in programme]


def duration_of(path: Path) -> float | None:
    """Seconds of a whole MP3 file; None when it is missing, unreadable or shorter than its own header says."""
    from mutagen import MutagenError
    from mutagen.mp3 import MP3

    try:
        info = MP3(path).info
        whole = path.stat().st_size >= info.length * info.bitrate / 8
    except (MutagenError, OSError):
        return None
    return float(info.length) if whole else None


def _finished(
    ready: Sequence[Recipe], missing: Sequence[Recipe], home: Path, processes: int | None
) -> Iterator[Recipe]:
    """The recipes whose files are there, at once, and the others as they become whole."""
    yield from ready
    if not missing:
        return
    workers = min(processes or os.cpu_count() or 1, len(missing))
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _prepare_worker) as pool:
        jobs = {pool.submit(write, recipe, home): recipe for recipe in missing}
        try:
            for job in as_completed(jobs):
                job.result()
                yield jobs[job]
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _prepare_worker() -> None:
    """One thread a process, and Ctrl-C left to the parent, so that a piece being written is finished."""
    from threadpoolctl import threadpool_limits

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threadpool_limits(1)


def _sweep(home: Path) -> None:
    """Remove what a killed process left half-written."""
    for partial in home.glob(".*.partial"):
        try:
            if time.time() - partial.stat().st_mtime > _ABANDONED_AFTER:
                partial.unlink()
        except FileNotFoundError:  # Another process was quicker.
            continue
