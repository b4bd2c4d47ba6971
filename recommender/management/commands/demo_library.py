"""``demo_library``: compose, render and listen to the demonstration music; nothing when it is all there."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from core.errors import DylumoError
from recommender.library.jobs import runner
from recommender.management.progress import ProgressLine, in_words
from recommender.models import LibraryJob


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Makes Dylumo's demonstration music (about two minutes on two cores; nothing when it is there)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            job = runner.run_here(LibraryJob.Kind.DEMO, on_step=ProgressLine("Demonstration music"))
            runner.write_vectors_here(ProgressLine("Text vectors"))
        except DylumoError as error:
            if options["json"]:
                self.stdout.write(json.dumps({"error": error.as_json()}))
            else:
                self.stderr.write(f"{error.message} {error.hint}")
            raise SystemExit(1) from error
        line = {**job.counts, "reasons": job.skipped}
        self.stdout.write(json.dumps(line, ensure_ascii=False) if options["json"] else in_words(line))
