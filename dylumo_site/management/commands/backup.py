"""``backup FILE``: database, media, keys and settings in one file, while the site runs."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from dylumo_site.ops import backup


class Command(BaseCommand):
    requires_system_checks = ()
    help = (
        "Writes everything that this copy keeps to one file, while it runs: database, media, keys, settings. "
        "DYLUMO_BACKUP_PASSPHRASE_FILE names a file with a passphrase to encrypt it with."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_: Any, file: Path, **options: Any) -> None:
        about = backup.make(file.resolve(), settings.BACKUP_PASSPHRASE).as_json()
        if options["json"]:
            self.stdout.write(json.dumps({"file": str(file), **about}))
            return
        self.stdout.write(
            f"{file} holds Dylumo {about['version']}: {about['rows']:,} rows of {about['tables']} tables and "
            f"{about['files']:,} files, {about['bytes'] / 2**20:,.1f} MB."
        )
        for name in about["skipped"]:
            self.stderr.write(f"{name} was left out: it is no ordinary file.")
        if not about["encrypted"]:
            self.stderr.write("It is not encrypted: whoever reads it has everybody's photos and this copy's keys.")
