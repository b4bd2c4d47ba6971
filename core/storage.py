"""Where uploads are kept, and how they are read: on the disk or in a bucket, each file whole or not there at all."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from django.core.files.storage import FileSystemStorage, Storage, default_storage


class WholeFiles(FileSystemStorage):
    """Writes a draft and renames it, so that a full disk or a lost process leaves no half of a file."""

    def _save(self, name: str, content: Any) -> str:
        wanted = PurePosixPath(name)
        draft = str(wanted.with_name(f".{uuid.uuid4().hex}.draft"))
        try:
            super()._save(draft, content)  # type: ignore[misc]
            Path(self.path(draft)).replace(self.path(name))
        except BaseException:
            Path(self.path(draft)).unlink(missing_ok=True)
            raise
        return name


class Readable(Protocol):
    """A file as its readers need it: a ``Path`` of this machine, or a ``KeptFile`` wherever uploads are kept."""

    @property
    def name(self) -> str: ...

    def read_bytes(self) -> bytes: ...


@dataclass(frozen=True)
class KeptFile:
    """An upload. ``key``: its name in the storage (``pictures/....jpg``)."""

    key: str

    @property
    def name(self) -> str:
        return PurePosixPath(self.key).name

    def read_bytes(self) -> bytes:
        """Raises FileNotFoundError."""
        with default_storage.open(self.key) as stored:
            return bytes(stored.read())


@contextmanager
def on_disk(file: Readable) -> Iterator[Path]:
    """``file`` for programs that need a path: where it lies, or a copy that is gone afterwards. Raises
    FileNotFoundError."""
    if isinstance(file, Path):
        yield file
    elif isinstance(file, KeptFile) and is_local(default_storage):
        yield Path(default_storage.path(file.key))
    else:
        with tempfile.TemporaryDirectory(prefix="dylumo-kept-") as folder:
            copy = Path(folder) / file.name
            copy.write_bytes(file.read_bytes())
            yield copy


def is_local(storage: Storage) -> bool:
    """Whether its files have a path on this machine."""
    try:
        storage.path("")
    except NotImplementedError:
        return False
    return True


def every_file(storage: Storage, folder: str = "") -> Iterator[str]:
    """The names of all files below ``folder``."""
    folders, files = storage.listdir(folder)
    for name in sorted(files):
        yield str(PurePosixPath(folder) / name)
    for name in sorted(folders):
        yield from every_file(storage, str(PurePosixPath(folder) / name))
