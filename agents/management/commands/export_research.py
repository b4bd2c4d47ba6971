"""``export_research KIND``: conversations or preferences of people who consented, one JSON object a line."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from agents.conversations import research_export


class Command(BaseCommand):
    help = "Prints conversations or preference pairs for research, of those who consented, under pseudonyms."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "kind", metavar="KIND", choices=research_export.KINDS, help=f"one of: {', '.join(research_export.KINDS)}"
        )

    def handle(self, *_: Any, kind: str, **__: Any) -> None:
        for line in research_export.lines(kind):
            self.stdout.write(json.dumps(line, ensure_ascii=False))
