"""``bench NAME``: one of the measurements in ``lab/benchmarks/``, with its machine, sizes and seed."""

from __future__ import annotations

import importlib
import inspect
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


def names() -> list[str]:
    """The measurements there are: ``lab/benchmarks/NAME.py`` with a ``run() -> dict``."""
    folder = Path(settings.BASE_DIR) / "lab/benchmarks"
    return sorted(p.stem for p in folder.glob("*.py") if not p.stem.startswith("_"))


class Command(BaseCommand):
    help = "Runs one of the project's measurements and prints its figures."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help=f"one of: {', '.join(names())}")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument("--out", type=Path, metavar="FILE", help="where to draw, for those that draw a picture")

    def handle(self, *_: Any, name: str, **options: Any) -> None:
        if name not in names():
            raise CommandError(f"There is no measurement called {name}. Choose one of: {', '.join(names())}.")
        run = importlib.import_module(f"lab.benchmarks.{name}").run
        if options["out"] and "out" not in inspect.signature(run).parameters:
            raise CommandError(f"{name} draws no picture.")
        figures = run(out=options["out"]) if options["out"] else run()
        if options["json"]:
            self.stdout.write(json.dumps({"name": name, **figures}, ensure_ascii=False))
            return
        for key, value in figures.items():
            self.stdout.write(f"{key}: {json.dumps(value, ensure_ascii=False)}")
