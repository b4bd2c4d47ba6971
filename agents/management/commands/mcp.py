"""``mcp``: Dylumo as tools for an assistant, over stdio; with ``--http`` for everybody who has a token."""

from __future__ import annotations

import socket
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from core.errors import Unavailable
from recommender.management.progress import owner_of

PORT = 8010


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Serves Dylumo's tools to assistants by the Model Context Protocol."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", default="", metavar="EMAIL", help="whose own tracks may be used too (stdio)")
        parser.add_argument("--http", action="store_true", help="serve over HTTP, to whoever sends an API token")
        parser.add_argument("--port", type=int, default=PORT, metavar="N", help=f"for --http ({PORT})")
        parser.add_argument("--address", default="127.0.0.1", help="for --http (127.0.0.1: this computer only)")

    def handle(self, *_: Any, user: str, http: bool, port: int, address: str, **__: Any) -> None:
        from agents.mcp import server  # the SDK is needed by nobody else

        if not http:
            server.over_stdio(owner_of(user)).run("stdio")
            return
        with _listening(address, port) as listening:
            origin = f"http://{address}:{listening.getsockname()[1]}"
            self.stderr.write(f"Dylumo's tools are at {origin}{server.PATH} (Ctrl-C ends it).")
            server.serve(listening, origin)


def _listening(address: str, port: int) -> socket.socket:
    """Raises Unavailable."""
    try:
        family = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((address, port), family=family)
    except (OSError, OverflowError) as error:
        raise Unavailable(
            f"{address}:{port} cannot be listened on: {getattr(error, 'strerror', None) or error}.",
            hint="Choose another with --port or --address.",
        ) from error
