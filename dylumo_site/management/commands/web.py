"""The pages, the API and the sockets, on an address of their own or on a socket that ``up`` opened."""

from __future__ import annotations

import socket
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from dylumo_site.ops import serving


class Command(BaseCommand):
    help = "Serve the pages, the API and the sockets; workers and the scheduler run elsewhere."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fd", type=int, help="number of an inherited listening socket (up opens one)")
        parser.add_argument(
            "--grace", type=int, default=30, help="seconds that open requests have to end in after SIGTERM (default 30)"
        )
        parser.add_argument("--reload", action="store_true", help="start again when code or templates change")

    def handle(self, *, fd: int | None, grace: int, reload: bool, **_: Any) -> None:
        listening = serving.listen(settings.ADDRESS, settings.PORT) if fd is None else socket.socket(fileno=fd)
        serving.serve(listening, grace=grace, reload=reload)
