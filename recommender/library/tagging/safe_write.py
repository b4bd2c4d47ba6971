"""Changing the tags of a file so that at no moment is there less than the whole original.

A copy beside it is changed, made durable and compared: the same packets of sound, the same other tags. Only then it
takes the original's place, in one step.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from recommender.library.analysis.analyze_file import stamp_of
from recommender.library.tagging import containers
from recommender.library.tagging.containers import TagError

PARTIAL = ".dylumo-tags-"
LEFT_AFTER = 3600.0
"""Seconds after which a copy is what a killed run left behind."""
WRITABLE = 0o222


def write_tags(path: Path, changes: Mapping[str, str]) -> None:
    """Raises TagError, and OSError when the disk is full; the original then is as it was."""
    stamp, status = stamp_of(path), path.stat()
    if not status.st_mode & WRITABLE or not os.access(path, os.W_OK):  # root may write everything, and should not
        raise TagError("This file may only be read.", code="read_only", hint="Allow writing to it, then start again.")
    copy = _copied(path, status)
    try:
        before = containers.opened(path)
        changed = containers.opened(copy)
        containers.applied(changed, changes)
        _save(changed)
        _flush(copy)
        _compare(path, copy, before.others(), changes)
        if stamp_of(path) != stamp:
            raise TagError("This file was changed by another program.", code="changed_meanwhile", hint="Start again.")
        copy.replace(path)
        _flush(path.parent)
    finally:
        copy.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Delete the copies that a killed run left in this folder."""
    for left in folder.glob(f"{PARTIAL}*"):
        if time.time() - left.stat().st_mtime > LEFT_AFTER:
            left.unlink(missing_ok=True)


def sound_of(path: Path) -> str:
    """A hash of what is played: the codec, its settings, and every packet with its time. The same packets decode to the
    same samples. Raises TagError where there is none."""
    import av

    digest = hashlib.sha256()
    try:
        with av.open(str(path), metadata_errors="ignore") as container:
            stream = container.streams.audio[0]
            codec = stream.codec_context
            digest.update(repr((codec.name, codec.sample_rate, codec.layout.name, codec.extradata)).encode())
            for packet in container.demux(stream):
                digest.update(repr((packet.pts, packet.duration, packet.size)).encode())
                digest.update(bytes(packet))
    except (av.FFmpegError, ValueError, IndexError) as error:
        raise TagError("The sound of this file cannot be compared.", code="sound_differs") from error
    return digest.hexdigest()


def _copied(path: Path, status: os.stat_result) -> Path:
    """A copy in the same folder, of the same owner and rights, that no scan takes for music."""
    try:
        handle, name = tempfile.mkstemp(prefix=PARTIAL, suffix=path.suffix, dir=path.parent)
    except PermissionError as error:
        raise TagError("The folder of this file may not be written to.", code="file_unwritable") from error
    os.close(handle)
    copy = Path(name)
    try:
        shutil.copy2(path, copy)
        os.chown(copy, status.st_uid, status.st_gid)
    except PermissionError as error:
        copy.unlink(missing_ok=True)
        raise TagError("A copy of this file would not be its owner's.", code="file_unwritable") from error
    except BaseException:
        copy.unlink(missing_ok=True)
        raise
    return copy


def _save(tags: containers.Tags) -> None:
    try:
        tags.save()
    except OSError:
        raise
    except Exception as error:  # mutagen's own errors, and what its writers raise over odd files
        full = next((one for one in (error.__cause__, *error.args) if isinstance(one, OSError)), None)
        raise full or TagError("The tags of this file cannot be written.") from error


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _compare(path: Path, copy: Path, others: dict[str, str], changes: Mapping[str, str]) -> None:
    now = containers.opened(copy)
    if any(now.read(kind) != value for kind, value in changes.items()):
        raise TagError("The new tags could not be read back.")
    if now.others() != others:
        raise TagError("Other tags of this file would have changed.", code="tags_lost")
    if sound_of(copy) != sound_of(path):
        raise TagError("The sound of this file would have changed.", code="sound_differs")
