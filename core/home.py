"""Where this copy keeps things: its folder, its secret, its locks, and the Unix sockets of its services."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import itertools
import os
import secrets
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from core import env

LONGEST_SOCKET_FOLDER = 85
"""A Unix socket's path may have 103 bytes (macOS; 107 on Linux); ``/.s.PGSQL.5432`` takes 15 of them."""


PRIVATE = ("media", "mail", "logs", "uploads", "models", "music", "backups", "dumps")


class ServiceError(SystemExit):
    """Stops a start with a sentence that names the cure."""


def home() -> Path:
    """The folder that holds everything this copy keeps; made on first use, closed to other people."""
    folder = env.folder("DYLUMO_HOME", Path(__file__).resolve().parents[1] / ".dylumo")
    if not folder.is_dir():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o711 if os.geteuid() == 0 else 0o700)  # root's stand-in must be able to pass
        except OSError as error:
            raise ServiceError(
                f"Dylumo keeps its data in {folder}, which cannot be made: {error.strerror}. Set DYLUMO_HOME to a "
                "folder you may write to."
            ) from error
    return folder


def keep_private() -> None:
    """From now on everything this process writes is its owner's alone: letters, photos and logs lie in the home, which
    root's stand-in (and so everybody) may pass. What an earlier version left open is closed."""
    os.umask(0o077)
    for name in PRIVATE:
        if (folder := home() / name).is_dir():
            with contextlib.suppress(OSError):
                folder.chmod(0o700)


def run_folder() -> Path:
    """Locks and other files that mean something only while Dylumo runs."""
    folder = home() / "run"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def secret_key() -> str:
    """This copy's own secret, made once and kept readable by its owner only."""
    return _made_once(home() / "secret_key", lambda: secrets.token_urlsafe(50))


def token_keys() -> list[str]:
    """The keys that seal stored permissions (``accounts.connections.encryption``), the newest first. The first is
    made on first use."""
    return _made_once(home() / "token_keys", _fernet_key).split()


def add_token_key() -> None:
    """Put a new key before the others: from now on everything is sealed with it, and the old ones still open."""
    with locked("token_keys.lock"):
        _replace(home() / "token_keys", "\n".join([_fernet_key(), *token_keys()]))


def drop_old_token_keys() -> None:
    """Keep the newest key alone."""
    with locked("token_keys.lock"):
        _replace(home() / "token_keys", token_keys()[0])


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _made_once(path: Path, make: Callable[[], str]) -> str:
    if not path.exists():
        draft = _draft(make())
        try:
            os.link(draft, path)  # atomic: of two first starts, one wins and both read the same secret
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


def _replace(path: Path, content: str) -> None:
    _draft(content).replace(path)


def _draft(content: str) -> Path:
    """A file beside the others that only its owner may read, on the disk before anything relies on it."""
    handle, draft = tempfile.mkstemp(dir=home())
    with os.fdopen(handle, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return Path(draft)


def keep(file: Path, content: bytes) -> None:
    """Put down what can be worked out again, whole or not at all: a full disk costs only the next time."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=file.parent, prefix=".")
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        Path(draft).replace(file)
    except OSError:
        return


def whereabouts(folder: Path | None = None) -> str:
    """A home (this one) among all machines' homes: the machine's name and a digest of the folder."""
    return f"{socket.gethostname()}.{hashlib.sha256(os.fsencode(folder or home())).hexdigest()[:8]}"


_held: list[IO[str]] = []


def lock_of(slot: str) -> Path:
    """Its time is the last sign of life of who holds it. By machine, because several may share a home."""
    return run_folder() / f"{slot}@{whereabouts()}.alive"


def take_slot(slot: str) -> bool:
    """Be the one process of this home that is called so, until it ends; False when another one is."""
    file = lock_of(slot).open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return False
    _held.append(file)
    return True


def take_free_slot(kind: str) -> str:
    """The first of ``kind``, ``kind2``, ... that no other living process of this home is called: one that comes after
    a lost one gets its name, and with it what it was at."""
    numbers = itertools.count(1)
    while not take_slot(slot := f"{kind}{number if (number := next(numbers)) > 1 else ''}"):
        pass
    return slot


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the lock ``name`` against every other process of this copy."""
    with (run_folder() / name).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def socket_folder(folder: Path) -> Path:
    """``folder``, or a short private stand-in for it where a socket's path would be too long for the system."""
    if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER:
        return folder
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"dylumo-{digest}"


def ready_socket_folder(folder: Path, owner: int) -> None:
    """Make the stand-in; refuse one that somebody else made first (its name can be guessed)."""
    short = socket_folder(folder)
    if short == folder:
        return
    with contextlib.suppress(FileExistsError):
        short.mkdir(mode=0o700)
        os.chown(short, owner, -1)
    found = short.lstat()
    if short.is_symlink() or found.st_uid != owner or found.st_mode & 0o077:
        raise ServiceError(f"{short} is needed for sockets but belongs to somebody else. Remove it, or set TMPDIR.")


def answer(path: Path, say: bytes = b"") -> bytes | None:
    """What a socket answers to ``say`` (empty when nothing is said); None when nobody listens."""
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1.0)
            probe.connect(str(path))
            if not say:
                return b""
            probe.sendall(say)
            return probe.recv(64)
    except OSError:
        return None


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Wait until ``condition`` holds. Returns whether it did in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def still_runs(pid_file: Path, program: str) -> bool:
    """Whether the process named on the first line of ``pid_file`` lives and is ``program`` (numbers are reused)."""
    import psutil

    try:
        process = psutil.Process(int(pid_file.read_text().split(maxsplit=1)[0]))
        return process.status() != psutil.STATUS_ZOMBIE and program in process.name()
    except (OSError, ValueError, IndexError, psutil.Error):
        return False
