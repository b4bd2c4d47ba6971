"""``train NAME``: fits one of the small models that ship with the project, and prints its figures."""

from __future__ import annotations

import inspect
import json
from argparse import ArgumentParser
from importlib import import_module
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string, module_has_submodule

from dylumo_site import env


def trainings() -> dict[str, str]:
    """Every training of every installed app: name to dotted path."""
    found: dict[str, str] = {}
    for app in apps.get_app_configs():
        if app.module is not None and module_has_submodule(app.module, "trainings"):
            found |= import_module(f"{app.name}.trainings").TRAININGS
    return found


class Command(BaseCommand):
    help = "Fits one of the project's small models on its data, stores it and prints its figures."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help=f"one of: {', '.join(sorted(trainings()))}")
        parser.add_argument("--tier", help="one tier only, where the model has tiers")
        parser.add_argument("--data", type=Path, help="the folder that holds the data (default: DYLUMO_SHARED)")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_: Any, name: str, **options: Any) -> None:
        known = trainings()
        if name not in known:
            raise CommandError(f"There is no training called {name}. Choose one of: {', '.join(sorted(known))}.")
        train = import_string(known[name])
        chosen = {"tier": options["tier"]} if options["tier"] else {}
        if chosen and "tier" not in inspect.signature(train).parameters:
            raise CommandError(f"{name} has no tiers; leave --tier out.")
        data = options["data"] or env.folder("DYLUMO_SHARED", Path(settings.BASE_DIR).parent / "shared")
        try:
            figures = train(data, seed=options["seed"], **chosen)
        except FileNotFoundError as error:
            raise CommandError(f"The data are not there: {error}. Name their folder with --data.") from error
        if options["json"]:
            self.stdout.write(json.dumps({"name": name, **figures}, ensure_ascii=False))
            return
        for key, value in figures.items():
            self.stdout.write(f"{key}: {json.dumps(value, ensure_ascii=False)}")
