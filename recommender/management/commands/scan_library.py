"""``scan_library DIR``: a person's own audio files into the catalogue."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from accounts.models import User
from core.errors import DylumoError
from recommender.library.importers.folders import OnError
from recommender.library.jobs import runner
from recommender.library.jobs.state import Progress
from recommender.library.tagging.folder import Tagged, tag_folder
from recommender.management.progress import ProgressLine, in_words, owner_of
from recommender.models import LibraryJob


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Finds and listens to the audio files under a folder; only new and changed ones are heard again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR")
        parser.add_argument("--json", action="store_true", help="print one JSON object a line")
        parser.add_argument("--owner", default="", metavar="EMAIL", help="whose files these are; else everyone's")
        parser.add_argument(
            "--write-tags", action="store_true", help="say which mood, tempo, key and genre would be written into them"
        )
        sure = parser.add_mutually_exclusive_group()
        sure.add_argument("--dry-run", action="store_true", help="with --write-tags: only say it (the default)")
        sure.add_argument("--yes", action="store_true", help="with --write-tags: write it")
        parser.add_argument("--overwrite", action="store_true", help="also where somebody wrote something else")

    def handle(self, *_: Any, folder: str, owner: str, **options: Any) -> None:
        failed = []

        def refuse(path: Path | str, error: DylumoError) -> None:
            failed.append(path)
            if options["json"]:
                self.stdout.write(json.dumps({"file": str(path), "error": error.as_json()}, ensure_ascii=False))
            else:
                self.stderr.write(f"{path}: {error.message} {error.hint}")

        def say(line: dict[str, Any], words: str) -> None:
            self.stdout.write(json.dumps(line, ensure_ascii=False) if options["json"] else words)

        try:
            person = owner_of(owner)
            job = runner.run_here(
                LibraryJob.Kind.SCAN,
                str(Path(folder).resolve()),
                person,
                on_step=ProgressLine("Files"),
                on_error=refuse,
            )
        except DylumoError as error:
            refuse(folder, error)
        else:
            runner.write_vectors_here(ProgressLine("Text vectors"))
            line = {"folder": folder, **job.counts, "reasons": job.skipped}
            say(line, in_words(line))
            if options["write_tags"]:
                tag(Path(folder), person, say, refuse, write=options["yes"], overwrite=options["overwrite"])
        if failed:
            raise SystemExit(1)


def tag(
    folder: Path,
    person: User | None,
    say: Callable[[dict[str, Any], str], None],
    refuse: OnError,
    *,
    write: bool,
    overwrite: bool,
) -> None:
    """Write tags, or say which would be written: a line a file, then how many."""

    def tell(one: Tagged) -> None:
        changes, kept = (
            ", ".join(f"{kind} {value}" for kind, value in told.items()) for told in (one.changes, one.kept)
        )
        words = f"{one.path}: {changes or 'nothing new'}" + (f" (stays: {kept})" if kept else "")
        say({"file": str(one.path), "tags": dict(one.changes), "kept": dict(one.kept), "written": write}, words)

    try:
        outcome = tag_folder(
            folder,
            person,
            Progress(on_step=ProgressLine("Tags")),
            write=write,
            overwrite=overwrite,
            on_file=tell,
            on_error=refuse,
        )
    except DylumoError as error:
        refuse(folder, error)
        return
    counts = {"written" if write else "would_write": outcome.updated, "unchanged": outcome.unchanged}
    line = {"folder": str(folder), **counts, "skipped": outcome.skipped, "reasons": outcome.reasons()}
    done = "written" if write else "would be. Nothing was written: add --yes to write them"
    say(line, f"Tags of {outcome.updated:,} of {outcome.read:,} files {done}.")
