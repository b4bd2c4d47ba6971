"""``open_music CSV``: Kevin MacLeod's catalogue as whole tracks that incompetech.com streams."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import DylumoError
from recommender.library.importers import open_music
from recommender.library.jobs import runner
from recommender.management.progress import in_words


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Adds the music of incompetech.com (CC BY 4.0), streamed by its publisher, or takes it out again (--remove)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", metavar="CSV")
        parser.add_argument("--remove", action="store_true", help="take this music out of the catalogue")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_: Any, file: str | None, remove: bool, **options: Any) -> None:
        if remove:
            line: dict[str, Any] = {"removed": open_music.remove()}
        elif file:
            try:
                outcome = open_music.load(Path(file))
            except DylumoError as error:
                if options["json"]:
                    self.stdout.write(json.dumps({"file": file, "error": error.as_json()}))
                else:
                    self.stderr.write(f"{file}: {error.message} {error.hint}")
                raise SystemExit(1) from error
            line = outcome.as_json()
            runner.start_vectors()
        else:
            raise CommandError("Name the table, or --remove.")
        as_text = f"{line['removed']} tracks were taken out." if remove else in_words(line)
        self.stdout.write(json.dumps(line, ensure_ascii=False) if options["json"] else as_text)
