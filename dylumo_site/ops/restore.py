"""A home made from a backup: nothing is changed before all of the file was found whole."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import tarfile
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db.migrations.loader import MigrationLoader

from core import home
from core.errors import BadInput, Conflict
from core.storage import is_local
from dylumo_site.ops import dumps, embedded, sealed_stream
from dylumo_site.ops.backup import (
    ABOUT,
    DUMP,
    FOLDERS,
    FORMAT,
    KEYS,
    MEDIA,
    SETTINGS,
    SINGLE,
    SUMS,
    UNSAFE,
    About,
    CannotWrite,
    kept_elsewhere,
    sums_file,
)
from dylumo_site.ops.supervisor import running

PIECE_BYTES = 2**20


class NotEmpty(Conflict):
    code = "home_not_empty"
    message = "This home holds something already; a backup is restored into an empty one."
    hint = "Set DYLUMO_HOME (and DATABASE_URL, if you use it) to an empty place."


class BadBackup(BadInput):
    code = "bad_backup"
    message = "This is not a backup of Dylumo, or it was damaged."
    hint = "Use another copy of it."


class NewerBackup(BadBackup):
    code = "newer_backup"
    message = "This backup was made by a newer Dylumo than this one."
    hint = "Update Dylumo (git pull), then restore it."


class NoPassphrase(BadInput):
    code = "no_passphrase"
    message = "This backup is encrypted."
    hint = "Name a file that holds its passphrase: DYLUMO_BACKUP_PASSPHRASE_FILE=/path/to/file"


def restore(file: Path, passphrase: str = "") -> About:
    """Make this copy what the backup holds. Nothing is changed before all of ``file`` was found whole. Raises
    NotEmpty, BadBackup, NewerBackup, NoPassphrase, CannotOpen, DumpFailed, CannotWrite."""
    refuse_full_home()
    draft = settings.HOME / "restore.draft"
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir(mode=0o700)
        with file.open("rb") as source:
            about = _unpack(source, draft, passphrase)
        _refuse_other_keys(draft)
        embedded.start()
        if dumps.rows():
            raise NotEmpty("The database holds tables already; a backup is restored into an empty one.")
        dumps.load(draft / DUMP)
        if dumps.rows() != about.rows:
            raise BadBackup("The database has other rows than the backup tells of.")
        _move(draft)
    except OSError as error:
        raise CannotWrite(
            f"{error.filename or file}: {error.strerror}.", hint="Check the file and free space."
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return about


def refuse_full_home() -> None:
    """Keys alone are nobody's, and neither is an embedded database without a table. Raises NotEmpty."""
    if running(home.run_folder()):
        raise NotEmpty("Dylumo runs in this home; a backup is restored into an empty one.")
    for name in (*FOLDERS, SETTINGS):
        path = settings.HOME / name
        if path.is_file() or (path.is_dir() and any(path.iterdir())):
            raise NotEmpty(f"{path} holds something already; a backup is restored into an empty home.")
    if any(kept_elsewhere()):
        raise NotEmpty("The bucket (DYLUMO_S3_BUCKET) holds files already; a backup is restored into an empty one.")


def _refuse_other_keys(draft: Path) -> None:
    """Keys of the environment outrank those of the home, and these must open what the backup holds."""
    if settings.TOKEN_KEYS and set((draft / KEYS["token_keys"]).read_text().split()) - set(settings.TOKEN_KEYS):
        raise Conflict("DYLUMO_TOKEN_KEYS lacks keys of the backup.", hint="Unset it, or add them (keys/token_keys).")


def _unpack(source: IO[bytes], draft: Path, passphrase: str) -> About:
    opened: Any = source
    if sealed_stream.is_sealed(source):
        if not passphrase:
            raise NoPassphrase
        opened = sealed_stream.Opener(source, passphrase)
    found: dict[str, str] = {}
    about = None
    try:
        with tarfile.open(mode="r|", fileobj=opened) as archive:
            for member in archive:
                if SUMS in found:
                    raise BadBackup("Something follows the end of this backup.")
                name = _safe(member, found)
                found[name] = _put(archive, member, draft)
                if about is None:
                    about = _about(draft)
    except (tarfile.TarError, UnicodeError, EOFError) as error:
        raise BadBackup from error
    told = (draft / SUMS).read_bytes() if SUMS in found else b""
    found.pop(SUMS, "")
    if about is None or told != sums_file(found) or SINGLE - {SUMS} - set(found):
        raise BadBackup
    total = sum((draft / name).stat().st_size for name in found)
    return replace(about, files=len(found), bytes=total, encrypted=opened is not source)


def _safe(member: tarfile.TarInfo, found: dict[str, str]) -> str:
    """The member's name, if it is an ordinary file in a place of its own that a backup writes to."""
    path = PurePosixPath(member.name)
    known = member.name in SINGLE or (len(path.parts) > 1 and path.parts[0] in FOLDERS)
    plain = str(path) == member.name and ".." not in path.parts and not UNSAFE & set(member.name)
    if not (member.isreg() and known and plain and member.name not in found):
        raise BadBackup(f"This archive holds {member.name!r}, which no backup does.")
    if not found and member.name != ABOUT:
        raise BadBackup
    return member.name


def _put(archive: tarfile.TarFile, member: tarfile.TarInfo, draft: Path) -> str:
    """Write the member's bytes below ``draft``. Gives their SHA-256."""
    content, path, digest = archive.extractfile(member), draft / member.name, hashlib.sha256()
    assert content is not None
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as out:
        while piece := content.read(PIECE_BYTES):
            out.write(piece)
            digest.update(piece)
    return digest.hexdigest()


def _about(draft: Path) -> About:
    try:
        told = json.loads((draft / ABOUT).read_text())
        number = int(told["format"])
    except (ValueError, KeyError, TypeError) as error:
        raise BadBackup from error
    if number > FORMAT:
        raise NewerBackup
    try:
        about = About(**{**told, "migrations": [(str(app), str(name)) for app, name in told["migrations"]]})
    except (TypeError, ValueError) as error:
        raise BadBackup from error
    try:
        dumps.refuse_newer(about.migrations, MigrationLoader(None))
    except dumps.NewerDatabase as error:
        raise NewerBackup from error
    return about


def _move(draft: Path) -> None:
    if not is_local(default_storage):
        _upload(draft / MEDIA)
    for name, kept in KEYS.items():
        (draft / kept).replace(settings.HOME / name)
    (draft / SETTINGS).replace(settings.HOME / SETTINGS)
    for name in FOLDERS:
        if (draft / name).is_dir():
            with contextlib.suppress(FileNotFoundError):
                (settings.HOME / name).rmdir()  # an empty one
            (draft / name).replace(settings.HOME / name)


def _upload(folder: Path) -> None:
    """Put photos and songs where this copy keeps them now."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            with path.open("rb") as source:
                if default_storage.save(name, File(source, name)) != name:
                    raise NotEmpty(f"Somebody else has put {name} into the bucket meanwhile.")
    shutil.rmtree(folder, ignore_errors=True)
