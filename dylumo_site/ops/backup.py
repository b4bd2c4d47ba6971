"""A whole copy of Dylumo in one file; ``restore`` makes a home of it.

The file is a tar archive: ``backup.json`` (what it holds, of which version), ``database.dump`` (one moment of the
database, by pg_dump), ``keys/``, ``settings.env``, the folders of the home that cannot be made again, and at its end
``SHA256SUMS`` over all of it. With a passphrase the archive is one sealed stream (``sealed_stream``). Files are
read after the database was: what the dump knows is in the archive, unless somebody deleted it in these minutes.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shlex
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.storage import default_storage

from core import env, home
from core.errors import Conflict, DylumoError
from core.storage import every_file, is_local
from dylumo_site.ops import dumps, sealed_stream
from dylumo_site.version import version

FORMAT = 1
MEDIA = "media"
FOLDERS = (MEDIA, "music", "mail", "uploads", "reports")
"""What is in the home and cannot be made again. Networks are fetched again, caches filled again."""
ABOUT, DUMP, SETTINGS, SUMS = "backup.json", "database.dump", "settings.env", "SHA256SUMS"
KEYS = {"secret_key": "keys/secret_key", "token_keys": "keys/token_keys"}
SINGLE = {ABOUT, DUMP, SETTINGS, SUMS, *KEYS.values()}
OF_THE_MACHINE = {
    "DYLUMO_HOME", "DYLUMO_VENV", "DYLUMO_PYTHON", "DYLUMO_TREE", "DYLUMO_TEST_HOME", "DYLUMO_SECRET_KEY",
    "DYLUMO_TOKEN_KEYS", "DYLUMO_BACKUP_PASSPHRASE", "DYLUMO_REDIS_DB",
}  # fmt: skip
"""Settings that mean something only where they were set, or that are kept as keys, or must never lie in a backup."""
UNSAFE = {"\\", "\0", "\n"}
"""What no name in a backup holds: another folder on another system, or the end of a line of sums."""
FILE_NAME = "dylumo-%Y%m%d-%H%M%S.backup"
FILE_PATTERN = "dylumo-*.backup"
DRAFTS, ABANDONED_SECONDS = ".backup-", 86400


class CannotWrite(DylumoError):
    code = "backup_not_written"
    message = "The backup could not be written."
    hint = "Check the folder and its free space; a backup takes about as much as the database and the media."


@dataclass(frozen=True)
class About:
    """What a backup holds. ``rows``: of each table; ``skipped``: files of the home that were no ordinary files."""

    format: int
    version: str
    made: str
    server: str
    migrations: list[tuple[str, str]]
    rows: dict[str, int]
    files: int = 0
    bytes: int = 0
    skipped: list[str] = field(default_factory=list)
    encrypted: bool = False

    def as_json(self) -> dict[str, Any]:
        """What the commands tell: counts and versions."""
        told = {name: value for name, value in asdict(self).items() if name not in {"migrations", "rows"}}
        return {**told, "tables": len(self.rows), "rows": sum(self.rows.values())}


# --- making one


def make(file: Path, passphrase: str = "") -> About:
    """Write everything to ``file``, which must not exist, while the site runs. Raises Conflict, DumpFailed,
    CannotWrite."""
    if file.exists():
        raise Conflict(f"{file} exists already.", hint="Name another file.")
    try:
        with tempfile.TemporaryDirectory(dir=file.parent, prefix=DRAFTS) as folder:
            draft, dump = Path(folder) / "draft", Path(folder) / DUMP
            with draft.open("wb") as out:
                about = _write(out, dump, passphrase)
                out.flush()
                os.fsync(out.fileno())
            draft.replace(file)
    except OSError as error:
        raise CannotWrite(f"{error.filename or file}: {error.strerror or error}.") from error
    return about


def _write(out: IO[bytes], dump: Path, passphrase: str) -> About:
    with dumps.snapshot() as moment:
        dumps.dump(dump, moment.name)
    about = About(
        FORMAT, version(), datetime.now(UTC).isoformat(timespec="seconds"), moment.server, moment.migrations,
        moment.rows, encrypted=bool(passphrase),
    )  # fmt: skip
    sealer = sealed_stream.Sealer(out, passphrase) if passphrase else None
    with tarfile.open(mode="w|", fileobj=sealer or out, format=tarfile.PAX_FORMAT) as archive:
        sums = _Sums(archive)
        sums.text(ABOUT, json.dumps(asdict(about)))
        with dump.open("rb") as source:
            sums.file(DUMP, source)
        for name, text in _keys().items():
            sums.text(KEYS[name], text)
        sums.text(SETTINGS, _settings())
        for path in _files(sums.skipped):
            with contextlib.suppress(FileNotFoundError), path.open("rb") as source:  # deleted since it was listed
                sums.file(path.relative_to(settings.HOME).as_posix(), source)
        for name in kept_elsewhere():
            with contextlib.suppress(FileNotFoundError), default_storage.open(name) as source:
                sums.file(f"{MEDIA}/{name}", source, source.size)
        told = sums_file(sums.found)
        archive.addfile(_header(SUMS, len(told)), io.BytesIO(told))
    if sealer:
        sealer.finish()
    return replace(about, files=len(sums.found), bytes=sums.bytes, skipped=sums.skipped)


class _Sums:
    """Adds to an archive, and keeps the SHA-256 of each file."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self.archive, self.bytes = archive, 0
        self.found: dict[str, str] = {}
        self.skipped: list[str] = []

    def text(self, name: str, text: str) -> None:
        self.file(name, io.BytesIO(text.encode()), len(text.encode()))

    def file(self, name: str, source: IO[bytes], size: int | None = None) -> None:
        member = _header(name, os.fstat(source.fileno()).st_size if size is None else size)
        reading = _Hashed(source)
        self.archive.addfile(member, reading)  # type: ignore[arg-type]
        self.found[name] = reading.digest.hexdigest()
        self.bytes += member.size


def sums_file(sums: Mapping[str, str]) -> bytes:
    """SHA-256 by name, as sha256sum writes it. Names are bytes to the system, and need not be UTF-8."""
    return "".join(f"{digest}  {name}\n" for name, digest in sums.items()).encode(errors="surrogateescape")


class _Hashed:
    """A file whose bytes are summed up as they are read."""

    def __init__(self, source: IO[bytes]) -> None:
        self.source, self.digest = source, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self.source.read(size)
        self.digest.update(data)
        return data


def _header(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


def _files(skipped: list[str]) -> Iterator[Path]:
    """Ordinary files that a restore would take back; what else there is goes to ``skipped``, links to folders too."""
    for name in _folders():
        for folder, inner, files in os.walk(settings.HOME / name):
            inner.sort()
            for file in sorted([*files, *(one for one in inner if (Path(folder) / one).is_symlink())]):
                path = Path(folder) / file
                if path.is_file() and not path.is_symlink() and not UNSAFE & set(file):
                    yield path
                else:
                    skipped.append(path.relative_to(settings.HOME).as_posix())


def _folders() -> list[str]:
    """Those of the home that count: photos and songs may be kept in a bucket instead."""
    return [name for name in FOLDERS if name != MEDIA or is_local(default_storage)]


def kept_elsewhere() -> Iterator[str]:
    """The names of photos and songs that are not in the home."""
    return iter(()) if is_local(default_storage) else every_file(default_storage)


def _keys() -> dict[str, str]:
    """The keys in force, wherever they came from: as files of a home they hold on any machine."""
    return {
        "secret_key": settings.SECRET_KEY,
        "token_keys": "\n".join(settings.TOKEN_KEYS or home.token_keys()),
    }


def _settings() -> str:
    """What the environment says, in the form that shells, systemd and containers read."""
    names = {name.removesuffix("_FILE") for name in os.environ if name.startswith("DYLUMO_")}
    return "".join(f"{name}={shlex.quote(env.text(name))}\n" for name in sorted(names - OF_THE_MACHINE))


# --- by the clock


def when_due() -> Path | None:
    """Make a backup if the newest is older than the owner wants, and forget those beyond the last few."""
    folder = settings.BACKUP_FOLDER
    if not settings.BACKUP_HOURS:
        return None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with home.locked("backup.lock"):
        if (age := newest_age()) is not None and age < settings.BACKUP_HOURS * 3600:
            return None
        _forget_unfinished(folder)
        file: Path = folder / datetime.now(UTC).strftime(FILE_NAME)
        make(file, settings.BACKUP_PASSPHRASE)
        dumps.keep_newest(folder, FILE_PATTERN, settings.BACKUP_KEEP)
        return file


def _forget_unfinished(folder: Path) -> None:
    """Delete what processes that were killed have left; what is younger than a day somebody may still be writing."""
    for draft in folder.glob(f"{DRAFTS}*"):
        if datetime.now(UTC).timestamp() - draft.stat().st_mtime > ABANDONED_SECONDS:
            shutil.rmtree(draft, ignore_errors=True)


def newest_age() -> float | None:
    """Seconds since the newest backup made by the clock; None without one."""
    made = [file.stat().st_mtime for file in settings.BACKUP_FOLDER.glob(FILE_PATTERN)]
    return max(0.0, datetime.now(UTC).timestamp() - max(made)) if made else None
