"""A folder's files that were heard, given tags that say what was heard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from accounts.models import User
from core.errors import DiskFull, DylumoError, expected
from recommender.library.analysis import store
from recommender.library.analysis.analyze_file import content_of
from recommender.library.importers.folders import OnError, audio_files
from recommender.library.jobs.report import Outcome
from recommender.library.jobs.state import Progress
from recommender.library.tagging import containers, safe_write
from recommender.library.tagging.containers import TagError
from recommender.library.tagging.described import described
from recommender.models import AudioProfile, Track


@dataclass(frozen=True, kw_only=True)
class Tagged:
    """One file: what is or would be written, and what a person wrote that stays, by kind."""

    path: Path
    changes: Mapping[str, str]
    kept: Mapping[str, str]


def tag_folder(
    folder: Path,
    owner: User | None,
    progress: Progress,
    *,
    write: bool,
    overwrite: bool,
    on_file: Callable[[Tagged], None],
    on_error: OnError,
) -> Outcome:
    """Write mood, tempo, key and genre into the heard files under ``folder``; without ``write`` only say what would be.

    What a person wrote stays unless ``overwrite``. A file that has its tags already is unchanged, so a stopped run
    goes on where it was. Files are skipped with a reason. Raises DiskFull.
    """
    folder, outcome = folder.resolve(), Outcome()
    measured = AudioProfile.Provenance.MEASURED
    heard = Track.objects.filter(owner=owner, source=Track.Source.FILES, profile__provenance=measured)
    by_content = {track.file_hash: track for track in heard.select_related("profile")}
    paths = list(audio_files(folder, []))
    if write:
        for place in dict.fromkeys(path.parent for path in paths):
            safe_write.sweep(place)
    for done, path in enumerate(paths, 1):
        try:
            if track := by_content.get(content_of(path)):  # a copy of a heard file is heard too
                outcome.read += 1
                _tag(path, folder, track, outcome, on_file, write=write, overwrite=overwrite)
        except (DylumoError, OSError) as error:
            said = expected(error) or TagError("This file cannot be written.", code="file_unwritable")
            if isinstance(said, DiskFull):
                raise said from error
            outcome.skip(said.code, str(path), said.message)
            on_error(path, said)
        progress.step(done, len(paths), path.name)
    return outcome


def _tag(
    path: Path,
    folder: Path,
    track: Track,
    outcome: Outcome,
    on_file: Callable[[Tagged], None],
    *,
    write: bool,
    overwrite: bool,
) -> None:
    real = path.resolve()
    if not real.is_relative_to(folder):
        raise TagError("This file lies elsewhere; here is only a link to it.", code="outside_folder")
    changes, kept = containers.planned(containers.opened(real), described(track.profile), overwrite=overwrite)
    if not changes:
        outcome.unchanged += 1
        if kept:
            on_file(Tagged(path=path, changes={}, kept=kept))
        return
    if write:
        safe_write.write_tags(real, changes)
        if track.file == str(path):
            store.rewritten(track, path)
    outcome.updated += 1
    on_file(Tagged(path=path, changes=changes, kept=kept))
