"""Serve the site on a socket that is already listening (``up`` opened it)."""

from __future__ import annotations

import socket
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from dylumo_site import static_files
from dylumo_site.management.commands.up import code_folders


class Command(BaseCommand):
    help = "Serve the site on an inherited socket. Started by up."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("fd", type=int, help="number of the inherited listening socket")
        parser.add_argument("--reload", action="store_true", help="start again when code or templates change")

    def handle(self, *, fd: int, reload: bool, **_: Any) -> None:
        import uvicorn
        from uvicorn.supervisors import ChangeReload, Multiprocess

        if not settings.DEBUG:
            static_files.build()
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
            reload=reload,
            reload_dirs=[*map(str, code_folders()), str(settings.BASE_DIR / "templates")] if reload else None,
            reload_includes=["*.html"] if reload else None,
        )
        server, listening = uvicorn.Server(config), socket.socket(fileno=fd)
        if reload:
            ChangeReload(config, target=server.run, sockets=[listening]).run()
        elif config.workers == 1:
            server.run(sockets=[listening])
        else:
            Multiprocess(config, target=server.run, sockets=[listening]).run()
