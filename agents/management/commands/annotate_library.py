"""``annotate_library``: the owner's language model is asked about tracks that nobody knows, within its budget."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from agents.annotating import check_configured
from core.errors import DylumoError
from recommender.library.jobs import runner
from recommender.management.progress import ProgressLine, in_words
from recommender.models import LibraryJob


class Command(BaseCommand):
    help = "Asks the language model of DYLUMO_AGENT_MODEL for styles and moods of tracks that nobody knows."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_: Any, **options: Any) -> None:
        try:
            check_configured()
            job = runner.run_here(LibraryJob.Kind.ANNOTATE, on_step=ProgressLine("Tracks"))
        except DylumoError as error:
            if options["json"]:
                self.stdout.write(json.dumps({"error": error.as_json()}))
            else:
                self.stderr.write(f"{error.message} {error.hint}")
            raise SystemExit(1) from error
        spent = {name: job.checkpoint[name] for name in ("tokens", "requests")}
        line = {**job.counts, "reasons": job.skipped, **spent}
        self.stdout.write(json.dumps(line, ensure_ascii=False) if options["json"] else in_words(line))
