"""``restore FILE``: a backup into an empty home."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from dylumo_site import preparation
from dylumo_site.ops.backup import SETTINGS
from dylumo_site.ops.restore import restore


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Makes an empty home what a backup holds, and brings its tables up to date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_: Any, file: Path, **options: Any) -> None:
        about = restore(file.resolve(), settings.BACKUP_PASSPHRASE).as_json()
        preparation.migrate()
        if options["json"]:
            self.stdout.write(json.dumps({"file": str(file), **about}))
            return
        self.stdout.write(
            f"{settings.HOME} holds what Dylumo {about['version']} kept on {about['made'][:10]}: {about['rows']:,} "
            f"rows of {about['tables']} tables and {about['files']:,} files. Start it by: bin/run"
        )
        self.stderr.write(f"Its settings are in {settings.HOME / SETTINGS}; set those you want to keep.")
