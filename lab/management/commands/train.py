"""``train NAME``: fits one of the small models that ship with the project, and prints its figures."""

from __future__ import annotations

import inspect
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from core.errors import DylumoError
from lab.training.registry import SOURCES, TRAININGS, shared_folder


def _data(training: str, named: str | None) -> Any:
    source = SOURCES.get(training, {}).get(named or "")
    if source:
        return import_string(source)()
    return Path(named) if named else shared_folder()


class Command(BaseCommand):
    help = "Fits one of the project's small models on its data, stores it and prints its figures."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help=f"one of: {', '.join(sorted(TRAININGS))}")
        parser.add_argument("--tier", help="one tier only, where the model has tiers")
        parser.add_argument(
            "--data", help="the folder or file that holds the data (default: DYLUMO_SHARED); for bridge also: feedback"
        )
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_: Any, name: str, **options: Any) -> None:
        known = TRAININGS
        if name not in known:
            raise CommandError(f"There is no training called {name}. Choose one of: {', '.join(sorted(known))}.")
        train = import_string(known[name])
        chosen = {"tier": options["tier"]} if options["tier"] else {}
        if chosen and "tier" not in inspect.signature(train).parameters:
            raise CommandError(f"{name} has no tiers; leave --tier out.")
        try:
            figures = train(_data(name, options["data"]), seed=options["seed"], **chosen)
        except DylumoError as error:
            raise CommandError(f"{error.message} {error.hint} ({error.code})") from error
        except FileNotFoundError as error:
            raise CommandError(f"The data are not there: {error}. Name their folder with --data.") from error
        if options["json"]:
            self.stdout.write(json.dumps({"name": name, **figures}, ensure_ascii=False))
            return
        for key, value in figures.items():
            self.stdout.write(f"{key}: {json.dumps(value, ensure_ascii=False)}")
