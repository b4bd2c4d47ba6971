"""What a worker process finds out about one file. Nothing here knows of the database."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.schemas import AudioReading
from recommender.library.analysis.cache import reading_of
from recommender.library.importers.audio_tags import Tags, read_tags

if TYPE_CHECKING:
    from demo_music.recipes import Recipe

BLOCK = 64 * 1024


@dataclass(frozen=True)
class Heard:
    """One analysed file: its tags, its sound, and what it is recognised by."""

    path: Path
    stamp: str
    content: str
    tags: Tags
    reading: AudioReading


def hear(path: Path) -> Heard:
    """Read tags and sound of one file. Raises ``SoundError``."""
    from recommender.perception.audio.decode import decode

    reading = reading_of(decode(path))
    return Heard(path=path, stamp=stamp_of(path), content=content_of(path), tags=read_tags(path), reading=reading)


def perform(recipe: Recipe, folder: Path) -> Heard:
    """Compose and render a demonstration piece unless its file is there and whole, then hear it like any other."""
    from demo_music.encode import path_of, write
    from demo_music.render_library import duration_of

    path = path_of(recipe, folder)
    return hear(path if duration_of(path) is not None else write(recipe, folder))


def stamp_of(path: Path) -> str:
    """Size and time of change: the same stamp means an untouched file. Raises OSError."""
    status = path.stat()
    return f"{status.st_size}-{status.st_mtime_ns}"


def content_of(path: Path) -> str:
    """A hash (hex, 64) of the size and of 64 KB at the head, the middle and the tail: the same for a moved or copied
    file, another after an edit, without reading gigabytes. Raises OSError."""
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        for start in (0, (size - BLOCK) // 2, size - BLOCK):
            file.seek(max(start, 0))
            digest.update(file.read(BLOCK))
    return digest.hexdigest()
