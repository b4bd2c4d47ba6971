"""Listening to a big library: files a second over all cores, and whether memory stays flat.

Real recordings of whole length: the soundtrack of the Wesnoth game where it is installed (Debian: wesnoth-1.16-music;
or a folder that DYLUMO_MUSIC names), listened to over and over until ``FILES`` were heard, without the cache of
readings. What 10,000 files would take is extrapolated.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from recommender.library.analysis.analyze_file import hear
from recommender.library.importers.folders import AUDIO_SUFFIX
from recommender.library.jobs.process_pool import cores, each
from recommender.perception.weights.loaders import tier_of

FILES, MANY = 200, 10_000
LEAST_BYTES = 2**19
"""Smaller files are jingles and noises, not whole pieces."""
WESNOTH = "/usr/share/games/wesnoth"


def run() -> dict[str, Any]:
    """Seconds, files a second and a core, resident memory of all processes early and late, and the extrapolation."""
    music = _music()
    if not music:
        return {"missing": "no music: install wesnoth-1.16-music, or name a folder of recordings in DYLUMO_MUSIC"}
    items = [(number, music[number % len(music)]) for number in range(FILES)]
    memory: list[float] = []
    failed = 0
    started = time.monotonic()
    for done, (_, answer) in enumerate(each(listen, items), start=1):
        failed += isinstance(answer, Exception)
        if done % 10 == 0:
            memory.append(_megabytes())
        if done == 20:
            warm, warmed = time.monotonic(), done
    seconds = time.monotonic() - warm
    rate = (FILES - warmed) / seconds
    quarter = len(memory) // 4
    return {
        "files": FILES,
        "recordings": len(music),
        "tier": tier_of("sound"),
        "failed": failed,
        "cores": cores(),
        "seconds": round(time.monotonic() - started, 1),
        "files_a_second": round(rate, 2),
        "files_a_second_a_core": round(rate / cores(), 2),
        "hours_for_10000": round(MANY / rate / 3600, 2),
        "megabytes_second_quarter": round(sum(memory[quarter : 2 * quarter]) / quarter),
        "megabytes_last_quarter": round(sum(memory[-quarter:]) / quarter),
        "load_average": [round(x, 2) for x in os.getloadavg()],
    }


def listen(item: tuple[int, Path]) -> str:
    """One file, heard as a scan hears it, with a cache of its own that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        models = os.environ.get("DYLUMO_MODEL_DIR") or str(Path(os.environ.get("DYLUMO_HOME", ".dylumo")) / "models")
        os.environ.update(DYLUMO_MODEL_DIR=models, DYLUMO_HOME=folder)
        return hear(item[1]).reading.tier


def _music() -> list[Path]:
    folder = Path(os.environ.get("DYLUMO_MUSIC") or WESNOTH)
    found = (path for path in folder.rglob("*.*") if AUDIO_SUFFIX.fullmatch(path.suffix))
    return sorted(path for path in found if path.stat().st_size > LEAST_BYTES)


def _megabytes() -> float:
    """Resident memory of this process and its children."""
    here = psutil.Process()
    return float(sum(p.memory_info().rss for p in (here, *here.children(recursive=True))) / 2**20)
