"""``bench NAME``: one of the measurements in ``lab/benchmarks/``, with its machine, sizes and seed."""

from __future__ import annotations

import importlib
import inspect
import json
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError


def names() -> list[str]:
    """The measurements there are: ``lab/benchmarks/NAME.py`` with a ``run() -> dict``."""
    folder = Path(settings.BASE_DIR) / "lab/benchmarks"
    return sorted(p.stem for p in folder.glob("*.py") if not p.stem.startswith("_"))


def sizes(name: str, run: Callable[..., Any], given: Sequence[str]) -> dict[str, int | float]:
    """``NAME=NUMBER`` as arguments of ``run``, each of the kind of its usual value. Raises CommandError."""
    usual = {
        parameter.name: parameter.default
        for parameter in inspect.signature(run).parameters.values()
        if isinstance(parameter.default, int | float)
    }
    found: dict[str, int | float] = {}
    for one in given:
        key, _, value = one.partition("=")
        if key not in usual:
            raise CommandError(f"{name} has no size called {key}. It has: {', '.join(usual) or 'none'}.")
        try:
            found[key] = type(usual[key])(value)
        except ValueError as error:
            raise CommandError(f"{key} is a number, such as {usual[key]}.") from error
    return found


class Command(BaseCommand):
    help = "Runs one of the project's measurements and prints its figures."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help=f"one of: {', '.join(names())}")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="NAME=NUMBER",
            help="another size than the usual one, such as kills=60; may be given more than once",
        )
        parser.add_argument("--out", type=Path, metavar="FILE", help="where to draw, for those that draw a picture")
        parser.add_argument("--against", type=Path, metavar="FOLDER", help="earlier pictures to compare with")

    def handle(self, *_: Any, name: str, **options: Any) -> None:
        if name not in names():
            raise CommandError(f"There is no measurement called {name}. Choose one of: {', '.join(names())}.")
        run = importlib.import_module(f"lab.benchmarks.{name}").run
        paths = {key: options[key] for key in ("out", "against") if options[key]}
        for key in paths.keys() - inspect.signature(run).parameters.keys():
            raise CommandError(f"{name} {'draws no picture' if key == 'out' else 'compares no pictures'}.")
        if "against" in paths and not paths["against"].is_dir():
            raise CommandError(f"There is no folder {paths['against']} to compare with.")
        figures = run(**sizes(name, run, options["set"]), **paths)
        if options["json"]:
            self.stdout.write(json.dumps({"name": name, **figures}, ensure_ascii=False))
            return
        for key, value in figures.items():
            self.stdout.write(f"{key}: {json.dumps(value, ensure_ascii=False)}")
