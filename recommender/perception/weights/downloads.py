"""Fetching the files of the manifest: resumed where they broke off, checked to the byte, whole or not there at all.

A file grows beside its place under a hidden name and is renamed once its checksum is right. A lock on the folder lets
one process fetch at a time; the others wait, and find the work done.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import logging
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from core.errors import Unavailable
from recommender.perception.weights.manifest import LITE, ModelFile

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

ATTEMPTS = 4
"""In a row that brought less than ``FURTHER`` bytes."""
FURTHER = 2**20
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds before the second attempt; each further one waits twice as long, or as long as the server asks for, within
bounds."""
PATIENCE = 20.0
"""Seconds without a byte after which a connection counts as broken."""
SPARE_BYTES = 64 * 2**20
"""Disk space to leave free for everything else."""
LOCK_PAUSE = 0.2

OnBytes = Callable[[int, int, str], None]
"""``on_bytes(done, total, file)`` after every block; what it raises stops the download, which can be resumed."""
Sleep = Callable[[float], None]


class DownloadError(Unavailable):
    """Codes: ``models_offline``, ``models_not_found``, ``models_damaged``, ``models_disk``."""

    code = "models_offline"
    message = "The small pretrained models could not be fetched: their publisher cannot be reached."
    hint = "Dylumo works without them. Check the network and run: bin/run models fetch"


@dataclass(frozen=True)
class Held:
    """What is on disk of one file: ``state`` is ``whole``, ``part``, ``absent`` or, after looking, ``damaged``."""

    file: ModelFile
    state: str
    bytes: int


def held(folder: Path, files: tuple[ModelFile, ...] = LITE) -> list[Held]:
    """What is there, by names and sizes only; ``verify`` looks inside."""
    found = []
    for file in files:
        path, part = folder / file.name, part_of(folder, file)
        if path.is_file():
            found.append(Held(file, "whole", path.stat().st_size))
        else:
            found.append(Held(file, "part" if part.is_file() else "absent", _size(part)))
    return found


def verify(folder: Path, files: tuple[ModelFile, ...] = LITE) -> list[Held]:
    """What is there, each file compared with its checksum."""
    return [
        Held(h.file, "damaged", h.bytes) if h.state == "whole" and not is_right(folder / h.file.name, h.file) else h
        for h in held(folder, files)
    ]


def remove(folder: Path, files: tuple[ModelFile, ...] = LITE) -> list[ModelFile]:
    """Delete the files, and what was begun of them; those that were there."""
    gone = []
    with only_one(folder, lambda: None):
        for file in files:
            paths = [path for path in (folder / file.name, part_of(folder, file)) if path.is_file()]
            for path in paths:
                path.unlink()
            if paths:
                gone.append(file)
    return gone


def fetch(
    folder: Path,
    files: tuple[ModelFile, ...] = LITE,
    *,
    on_bytes: OnBytes | None = None,
    sleep: Sleep = time.sleep,
    mirror: str = "",
    headers: Mapping[str, str] | None = None,
) -> list[ModelFile]:
    """Fetch what is missing; the files that were. One that cannot be had does not keep the others away.

    ``mirror``: an address under which the files lie by their own names, tried before their publishers'. ``headers``:
    further ones for the publishers; a permission among them stays with the host it is for. Raises ``DownloadError``,
    and whatever ``on_bytes`` raises.
    """
    if all(one.state == "whole" for one in held(folder, files)):
        return []
    total = sum(file.size for file in files)
    tell = on_bytes or _tell_nobody

    def waiting() -> None:
        tell(sum(one.bytes for one in held(folder, files)), total, "")

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with only_one(folder, waiting), client_with(headers) as client:
            there = held(folder, files)
            missing = [one.file for one in there if one.state != "whole"]
            _check_space(folder, sum(one.file.size - one.bytes for one in there if one.state != "whole"))
            done = sum(one.file.size for one in there if one.state == "whole")
            fetched, failures, silent = [], [], set[str]()
            for file in missing:
                addresses = (*([f"{mirror.rstrip('/')}/{file.name}"] if mirror else []), *file.addresses)
                on_file = partial(_tell_of, tell, file, done, total)
                one = _Download(client, folder, file, on_bytes=on_file, sleep=sleep, silent=silent)
                try:
                    one.run(addresses)
                except DownloadError as error:  # the others may be had, and serve without it
                    failures.append(error)
                else:
                    fetched.append(file)
                    done += file.size
            tell(done, total, "")
    except OSError as error:
        raise _disk_error(folder, error) from error
    if failures:
        raise failures[0]
    return fetched


def _tell_nobody(_done: int, _total: int, _note: str) -> None:
    pass


def _tell_of(tell: OnBytes, file: ModelFile, before: int, total: int, have: int) -> None:
    tell(before + have, total, file.name)


class _Download:
    """One file on its way. ``silent``: hosts that did not answer, kept over all files: each is waited for once."""

    def __init__(
        self,
        client: httpx.Client,
        folder: Path,
        file: ModelFile,
        *,
        on_bytes: Callable[[int], None],
        sleep: Sleep,
        silent: set[str],
    ) -> None:
        self._client, self._file, self._on_bytes, self._sleep, self._silent = client, file, on_bytes, sleep, silent
        self._path, self._part = folder / file.name, part_of(folder, file)

    def run(self, addresses: tuple[str, ...]) -> None:
        """Take the file from the first address that has it whole. Raises the last address' ``DownloadError``."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        for place, address in enumerate(addresses, start=1):
            try:
                self._from(address)
            except DownloadError as error:
                log.warning("%s: %s (%s)", self._file.name, error.message, error.code)
                if place == len(addresses):
                    raise
            else:
                return

    def _from(self, address: str) -> None:
        import httpx

        host = urlsplit(address).netloc
        if host in self._silent:
            raise DownloadError()
        attempt, clean = 0, False
        while True:
            begun = _size(self._part)
            try:
                self._receive(address)
                self._keep()
            except (httpx.TransportError, httpx.InvalidURL, _TryAgain) as error:
                attempt = 1 if _size(self._part) >= begun + FURTHER else attempt + 1
                log.info("%s: attempt %d ended: %s", self._file.name, attempt, type(error).__name__)
                if attempt == ATTEMPTS:
                    self._silent.add(host)
                    raise DownloadError() from error
                self._on_bytes(_size(self._part))  # it may be time to stop
                asked = error.seconds if isinstance(error, _TryAgain) else 0.0
                self._sleep(min(max(FIRST_PAUSE * 2 ** (attempt - 1), asked), LONGEST_PAUSE))
            except DownloadError as error:
                if error.code != "models_damaged" or not begun or clean:
                    raise
                clean = True  # a wrong sum after a resumed download is given one clean attempt
            else:
                return

    def _receive(self, address: str) -> None:
        """Add what is missing to the part on disk."""
        begun = _size(self._part)
        if begun >= self._file.size:
            return
        headers = {"Range": f"bytes={begun}-"} if begun else {}
        with self._client.stream("GET", address, headers=headers) as response:
            if response.status_code >= 500 or response.status_code in {408, 429}:
                asked = response.headers.get("Retry-After", "")
                raise _TryAgain(float(asked) if asked.isdigit() else 0.0)
            if response.status_code not in {200, 206}:
                self._part.unlink(missing_ok=True)
                message = f"A publisher no longer has {self._file.name} at its address."
                raise DownloadError(message, code="models_not_found") from None
            goes_on = begun > 0 and _starts_at(response.headers.get("Content-Range", "")) == begun
            have = begun if goes_on else 0
            with self._part.open("ab" if goes_on else "wb") as out:
                for block in response.iter_raw():  # as they come, so that nothing received is lost in a cut
                    have += len(block)
                    if have > self._file.size:
                        break  # not our file: its checksum will say so
                    out.write(block)
                    self._on_bytes(have)
        if have < self._file.size:
            raise _TryAgain

    def _keep(self) -> None:
        if not is_right(self._part, self._file):
            self._part.unlink()
            message = f"What was fetched as {self._file.name} is not the file it should be."
            hint = "It was thrown away and the reading goes on without it. Try again later: bin/run models fetch"
            raise DownloadError(message, hint=hint, code="models_damaged")
        self._part.replace(self._path)


class _TryAgain(Exception):
    """The same address may answer better in a while; ``seconds``: how long it asked to be left alone, if it did."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds


def part_of(folder: Path, file: ModelFile) -> Path:
    """Where a file grows; named by its checksum too, so that a new version never goes on from an old one's part."""
    path = folder / file.name
    return path.with_name(f".{path.name}.{file.mark[:8]}.part")


def is_right(path: Path, file: ModelFile) -> bool:
    """Whether the content is the file's, by its checksum; git's name is a SHA-1 of the size and the content."""

    def begun() -> Any:
        return hashlib.sha256() if file.sha256 else hashlib.sha1(f"blob {file.size}\0".encode(), usedforsecurity=False)

    with path.open("rb") as content:
        return hashlib.file_digest(content, begun).hexdigest() == file.mark


@contextmanager
def only_one(folder: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the folder's lock; ``waiting`` is called now and then while another process holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                waiting()
                time.sleep(LOCK_PAUSE)
        yield


def client_with(headers: Mapping[str, str] | None = None) -> httpx.Client:
    """It follows redirects, and leaves a permission out of those that lead to another host."""
    import httpx

    told = {**(headers or {}), "Accept-Encoding": "identity"}
    return httpx.Client(follow_redirects=True, timeout=PATIENCE, headers=told)


def _starts_at(content_range: str) -> int | None:
    found = re.fullmatch(r"bytes (\d+)-\d+/(?:\d+|\*)", content_range.strip())
    return int(found[1]) if found else None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _check_space(folder: Path, wanted: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < wanted + SPARE_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _disk_error(folder: Path, error: OSError) -> DownloadError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        message = "There is not enough space on the disk for the small pretrained models (20 MB and some to spare)."
        return DownloadError(message, hint="Free some space, then run: bin/run models fetch", code="models_disk")
    message = "The folder for the small pretrained models cannot be written."
    hint = f"Check the permissions of {folder} (DYLUMO_MODEL_DIR), then run: bin/run models fetch"
    return DownloadError(message, hint=hint, code="models_disk")
