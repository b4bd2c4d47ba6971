"""Fetching the full tier's weights from the model hub: resumed, checked, with room on the disk.

The hub's own client does the work: it goes on where it broke off and checks sizes. It runs in a process of its own,
because a process that loaded the sentence encoder has told it to stay off the network.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.errors import BadInput, Unavailable
from recommender.perception.audio import clap
from recommender.perception.images import clip
from recommender.perception.weights.loaders import hub_folder

SENSES = ("pictures", "sound")
OnBytes = Callable[[int, str], None]
"""``on_bytes(done, repository)``, about once a second. What it raises stops the download."""

SPARE_BYTES = 512 * 2**20
LARGEST = 4 * 2**30
"""Room asked for before a download whose size is not known yet."""
LOOK_EVERY = 1.0
WANTED_FILES = ("*.json", "*.txt", "*.safetensors", "*.model", "merges.txt")

FETCH = """
import sys
from huggingface_hub import snapshot_download
snapshot_download(sys.argv[1], cache_dir=sys.argv[2], allow_patterns=sys.argv[3:])
"""


@dataclass(frozen=True)
class Fetched:
    """A repository in the hub's cache: its name and the bytes it holds, parts of files included."""

    repository: str
    bytes: int


def fetched() -> list[Fetched]:
    """What is there of any repository, by names and sizes only."""
    return [
        Fetched(folder.name.removeprefix("models--").replace("--", "/"), _bytes_of(folder))
        for folder in sorted(hub_folder().glob("models--*"))
    ]


def remove() -> list[Fetched]:
    """Delete every repository in the hub's cache; those that were there."""
    gone = fetched()
    for folder in hub_folder().glob("models--*"):
        shutil.rmtree(folder)
    return gone


def fetch_all(on_bytes: OnBytes | None = None) -> list[str]:
    """Fetch what the settings name for pictures and for sound; the repositories. A model of the owner's own needs no
    fetching and is passed over. Raises as ``fetch`` does."""
    wanted = []
    for sense in SENSES:
        try:
            wanted.append(repository_of(sense))
        except BadInput:
            continue
    for repository in wanted:
        fetch(repository, on_bytes)
    return wanted


def repository_of(sense: str) -> str:
    """The hub repository that the settings name for ``pictures`` or ``sound``. Raises BadInput when they name a file
    of the owner's instead, which needs no fetching."""
    name = {"pictures": lambda: clip.choice().repository, "sound": clap.source}[sense]()
    if not name or Path(name).is_absolute() or Path(name).is_dir():
        raise BadInput(f"The model for {sense} is a local one: there is nothing to fetch.", code="nothing_to_fetch")
    return name


def fetch(repository: str, on_bytes: OnBytes | None = None) -> Path:
    """Fetch a repository's weights into the hub's cache; the folder. Raises Unavailable (``full_disk``,
    ``full_offline``), and whatever ``on_bytes`` raises; what was fetched by then is kept and resumed."""
    folder = hub_folder()
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < LARGEST + SPARE_BYTES:
        raise Unavailable(
            "There is not enough space on the disk for the full tier's models.",
            hint=f"Free about {(LARGEST + SPARE_BYTES) / 2**30:.1f} GB, or set DYLUMO_MODEL_DIR to another disk.",
            code="full_disk",
        )
    environment = {**os.environ, "HF_HUB_OFFLINE": "0"}
    command = [sys.executable, "-c", FETCH, repository, str(folder), *WANTED_FILES]
    running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        while running.poll() is None:
            if on_bytes:
                on_bytes(sum(one.bytes for one in fetched()), repository)
            time.sleep(LOOK_EVERY)
    finally:
        if running.poll() is None:
            running.terminate()
            running.wait()
    if running.returncode:
        raise Unavailable(
            f"{repository} could not be fetched from the model hub.",
            hint="Check the network and the name, then try again: what was fetched is kept.",
            code="full_offline",
        )
    return folder


def _bytes_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("blobs/*") if file.is_file())
