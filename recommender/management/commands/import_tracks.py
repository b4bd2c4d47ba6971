"""``import_tracks CSV...``: tables of tracks with Spotify's features into the catalogue."""

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
    help = "Imports tables (CSV or TSV, plain or gzipped) of tracks with Spotify's audio features."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="CSV")
        parser.add_argument("--json", action="store_true", help="print one JSON object a line")
        parser.add_argument("--owner", default="", metavar="EMAIL", help="whose tracks these are; else everyone's")
        parser.add_argument("--vectors", action="store_true", help="write text vectors now, not in the background")

    def handle(self, *_: Any, files: list[str], owner: str, vectors: bool, **options: Any) -> None:
        failed = False
        for file in files:
            try:
                job = runner.run_here(
                    LibraryJob.Kind.TABLE, str(Path(file).resolve()), owner_of(owner), on_step=ProgressLine("Rows read")
                )
            except DylumoError as error:
                failed = True
                self._refuse(file, error, as_json=options["json"])
                continue
            line = {"file": file, **job.counts, "reasons": job.skipped}
            self.stdout.write(json.dumps(line, ensure_ascii=False) if options["json"] else f"{file}: {in_words(line)}")
        if vectors:
            runner.write_vectors_here(ProgressLine("Text vectors"))
        else:
            runner.start_vectors()
        if failed:
            raise SystemExit(1)

    def _refuse(self, file: str, error: DylumoError, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"file": file, "error": error.as_json()}, ensure_ascii=False))
        else:
            self.stderr.write(f"{file}: {error.message} {error.hint}")
