"""A person's own audio files: found, recognised, heard, and kept up to date with the folder."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import IntegrityError
from django.utils import timezone

from core.errors import BadInput, DylumoError
from recommender.library.analysis import store
from recommender.library.analysis.analyze_file import Heard, content_of, hear, stamp_of
from recommender.library.jobs.process_pool import each
from recommender.library.jobs.report import Outcome
from recommender.library.jobs.state import Progress
from recommender.models import Track

if TYPE_CHECKING:
    from accounts.models import User

AUDIO_SUFFIX = re.compile(
    r"\.(aac|ac3|aif|aifc|aiff|alac|amr|ape|au|caf|dsf|eac3|flac|m4a|m4b|mka|mp2|mp3|mpc|oga|ogg|opus|tta|w64|wav|wave"
    r"|weba|wma|wv)",
    re.IGNORECASE,
)
SYSTEM_FOLDERS = frozenset(
    ("$recycle.bin", "#recycle", "@eadir", "lost+found", "system volume information", "__macosx")
)
PATH_LIMIT = 1000

OnError = Callable[[Path, DylumoError], None]


class FolderError(BadInput):
    code = "folder_missing"
    message = "This folder cannot be read."
    hint = "Check its name and permissions; it must be a folder on the machine Dylumo runs on."


def scan_folder(
    folder: Path,
    owner: User | None,
    progress: Progress,
    *,
    processes: int | None = None,
    on_error: OnError | None = None,
) -> Outcome:
    """Bring the catalogue up to date with the audio files under ``folder``.

    Untouched files are passed over, moved ones keep their track, changed ones are heard again, vanished ones are
    marked missing. Each file is kept as soon as it is heard, so that a stopped scan goes on where it was. Files that
    cannot be used are skipped with a reason (and given to ``on_error``). Raises ``FolderError``, ``Cancelled``.
    """
    if not folder.is_dir():
        raise FolderError()
    folder, outcome = folder.resolve(), Outcome()

    def refuse(path: Path, error: DylumoError) -> None:
        outcome.skip(error.code, str(path), error.message)
        if on_error:
            on_error(path, error)

    unreadable: list[Path] = []
    files = list(audio_files(folder, unreadable))
    for blocked in unreadable:
        outcome.read += 1
        refuse(blocked, FolderError())
    shelf_now = _Known(owner, outcome, refuse)
    to_hear = {path: track for path in files for track in shelf_now.unheard(path)}
    done = len(files) - len(to_hear)
    progress.step(done, len(files))
    with closing(each(hear, to_hear, processes=processes)) as heard:
        for path, answer in heard:
            if isinstance(answer, DylumoError):
                refuse(path, answer)
            else:
                shelf_now.keep(answer, to_hear[path])
            done += 1
            progress.step(done, len(files), path.name)
    outcome.missing = shelf_now.mark_missing(folder, unreadable)
    return outcome


def audio_files(folder: Path, unreadable: list[Path]) -> Iterator[Path]:
    """Every audio file under ``folder`` by its suffix, in order; hidden and system folders left out, each real folder
    entered once however many links lead to it. Folders that cannot be read are added to ``unreadable``."""
    entered: set[tuple[int, int]] = set()
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            status = here.stat()
            if (status.st_dev, status.st_ino) in entered:
                continue
            entered.add((status.st_dev, status.st_ino))
            with os.scandir(here) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            unreadable.append(here)
            continue
        below = []
        for entry in found:
            if entry.name.startswith(".") or entry.name.casefold() in SYSTEM_FOLDERS:
                continue
            path = Path(entry.path)
            if entry.is_dir():
                below.append(path)
            elif AUDIO_SUFFIX.fullmatch(path.suffix) and (entry.is_file() or entry.is_symlink()):
                yield path
        waiting.extend(reversed(below))


class _Known:
    """The owner's tracks from files, as the scan finds them again one by one."""

    def __init__(self, owner: User | None, outcome: Outcome, refuse: OnError) -> None:
        self._owner, self._outcome, self._refuse = owner, outcome, refuse
        mine = list(Track.objects.filter(owner=owner, source=Track.Source.FILES))
        self._by_path = {track.file: track for track in mine}
        self._by_content = {track.file_hash: track for track in mine}
        self._new: dict[str, Path] = {}
        self._found: set[int] = set()

    def unheard(self, path: Path) -> Iterator[Track | None]:
        """Nothing when the file needs no hearing; else its track, or None for a new one."""
        self._outcome.read += 1
        try:
            if len(str(path).encode()) > PATH_LIMIT:
                raise OSError("name too long")
            stamp, known = stamp_of(path), self._by_path.get(str(path))
            if known and known.pk in self._found:  # its file moved, and another took its place
                known = None
            content = known.file_hash if known and known.file_stamp == stamp else content_of(path)
        except (OSError, UnicodeEncodeError):
            hint = "Check its name (at most 1000 bytes) and permissions."
            self._refuse(path, BadInput("This file cannot be read.", hint=hint, code="unreadable"))
            return
        same = known if known and known.file_hash == content else self._by_content.get(content)
        if same is not None and same is known:
            self._recognise(same, path, stamp)
        elif same and (same.pk in self._found or _in_place(same)):
            self._outcome.skip("duplicate_file", str(path), f"the same recording as {same.file}")
        elif same:
            self._recognise(same, path, stamp)
        elif content in self._new:
            self._outcome.skip("duplicate_file", str(path), f"the same recording as {self._new[content]}")
        else:
            self._new[content] = path
            yield known

    def _recognise(self, track: Track, path: Path, stamp: str) -> None:
        """Untouched, touched without a change, back again, or moved here."""
        if track.file == str(path) and track.missing_since is None:
            self._outcome.unchanged += 1
        else:
            self._outcome.updated += 1
        self._found.add(track.pk)
        track.file, track.file_stamp, track.missing_since = str(path), stamp, None
        track.save(update_fields=["file", "file_stamp", "missing_since"])

    def keep(self, heard: Heard, track: Track | None) -> None:
        try:
            kept = store.put(heard, self._owner, track=track)
        except IntegrityError:  # another scan was quicker
            self._outcome.skip("duplicate_file", str(heard.path), "the same recording is already in the catalogue")
            return
        self._found.add(kept.pk)
        if track:
            self._outcome.updated += 1
        else:
            self._outcome.added += 1

    def mark_missing(self, folder: Path, unreadable: list[Path]) -> int:
        """Known files of this folder that were not found, except where the scan could not look; how many."""
        gone = [
            track.pk
            for track in self._by_path.values()
            if track.pk not in self._found
            and track.missing_since is None
            and Path(track.file).is_relative_to(folder)
            and not any(Path(track.file).is_relative_to(blocked) for blocked in unreadable)
        ]
        return Track.objects.filter(pk__in=gone).update(missing_since=timezone.now())


def _in_place(track: Track) -> bool:
    """Whether the track's own file is still where it was."""
    try:
        return stamp_of(Path(track.file)) == track.file_stamp
    except OSError:
        return False
