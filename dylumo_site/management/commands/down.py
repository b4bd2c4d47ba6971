"""Stop everything of this copy that runs in the background."""

from __future__ import annotations

import os
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.home import run_folder, within
from dylumo_site.ops import embedded
from dylumo_site.ops.supervisor import running

PATIENCE_SECONDS = 30


class Command(BaseCommand):
    help = "Stop the site, and the embedded database and Redis that commands left running."
    requires_system_checks: list[str] = []

    def handle(self, **_: Any) -> None:
        folder = run_folder()
        if site := running(folder):
            os.kill(site["pid"], signal.SIGTERM)
            if not within(PATIENCE_SECONDS, lambda: running(folder) is None):
                raise CommandError(f"The site (process {site['pid']}) did not end. End it by: kill -9 {site['pid']}")
        if not embedded.stop():
            raise CommandError("Another command uses the database; it was left running. Try again when it is done.")
        self.stderr.write("Dylumo is stopped.")
