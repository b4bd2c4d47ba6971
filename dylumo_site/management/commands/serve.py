"""Serve the site on a socket that is already listening (``up`` opened it)."""

from __future__ import annotations

import socket
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Serve the site on an inherited socket. Started by up."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("fd", type=int, help="number of the inherited listening socket")

    def handle(self, *, fd: int, **_: Any) -> None:
        import uvicorn
        from uvicorn.supervisors import Multiprocess

        config = uvicorn.Config(
            "dylumo_site.asgi:application",
            workers=settings.WEB_WORKERS,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=settings.BEHIND_TLS,
            ws_max_size=64 * 1024,
            timeout_graceful_shutdown=5,
        )
        server, listening = uvicorn.Server(config), socket.socket(fileno=fd)
        if config.workers == 1:
            server.run(sockets=[listening])
        else:
            Multiprocess(config, target=server.run, sockets=[listening]).run()
