"""``scan_library DIR``: a person's own audio files into the catalogue."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from core.errors import DylumoError
from recommender.library.jobs import runner
from recommender.management.progress import ProgressLine, in_words, owner_of
from recommender.models import LibraryJob


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Finds and listens to the audio files under a folder; only new and changed ones are heard again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR")
        parser.add_argument("--json", action="store_true", help="print one JSON object a line")
        parser.add_argument("--owner", default="", metavar="EMAIL", help="whose files these are; else everyone's")

    def handle(self, *_: Any, folder: str, owner: str, **options: Any) -> None:
        failed = []

        def refuse(path: Path | str, error: DylumoError) -> None:
            failed.append(path)
            if options["json"]:
                self.stdout.write(json.dumps({"file": str(path), "error": error.as_json()}, ensure_ascii=False))
            else:
                self.stderr.write(f"{path}: {error.message} {error.hint}")

        try:
            job = runner.run_here(
                LibraryJob.Kind.SCAN,
                str(Path(folder).resolve()),
                owner_of(owner),
                on_step=ProgressLine("Files"),
                on_error=refuse,
            )
        except DylumoError as error:
            refuse(folder, error)
        else:
            runner.write_vectors_here(ProgressLine("Text vectors"))
            line = {"folder": folder, **job.counts, "reasons": job.skipped}
            self.stdout.write(json.dumps(line, ensure_ascii=False) if options["json"] else in_words(line))
        if failed:
            raise SystemExit(1)
