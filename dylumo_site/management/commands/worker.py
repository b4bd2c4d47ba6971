"""One worker of the task queue. SIGTERM lets it end what it is at, and take no more."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import home
from dylumo_site import celery
from dylumo_site.ops import presence

QUEUES = ("default", "models")
THREADS = 8
"""Of work that waits for networks and the database. What loads models is done one at a time, in the main thread."""


class Command(BaseCommand):
    help = "Run one worker: of the queue default (networks and database), models (making lists), or both."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--queue", required=True, help=f"{' or '.join(QUEUES)}, or both with a comma between")
        parser.add_argument("--name", help="what it is called in this home (default: the first free one)")

    def handle(self, *, queue: str, name: str | None, **_: Any) -> None:
        queues = list(dict.fromkeys(queue.split(",")))
        if unknown := set(queues) - set(QUEUES):
            raise CommandError(f"There is no queue {', '.join(sorted(unknown))}. Use one of: {', '.join(QUEUES)}.")
        if name and not home.take_slot(name):
            raise CommandError(f"Another worker of this home is called {name}. Leave --name out, or use another one.")
        slot = name or home.take_free_slot("-".join(queues))
        pool = ["-P", "solo"] if "models" in queues else ["-P", "threads", "-c", str(THREADS)]
        celery.run(
            "worker", "--loglevel", "INFO", "--without-gossip", "--without-mingle",
            "-n", presence.full_name(slot), "-Q", ",".join(queues), *pool,
        )  # fmt: skip
