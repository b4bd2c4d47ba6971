"""The web server: a listening socket, and uvicorn on it."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

from django.conf import settings

from core.home import ServiceError
from dylumo_site import static_files

BACKLOG = 512


def listen(address: str, port: int) -> socket.socket:
    """A listening socket. Held by the tree, so that a restart of the web process turns nobody away."""
    try:
        family = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.socket(family)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address, port))
        listening.listen(BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            cure = (
                f"Port {port} of {address} is taken by another program. Choose another: DYLUMO_PORT={port + 1} bin/run"
            )
        elif error.errno == errno.EACCES:
            cure = f"Port {port} needs special rights. Choose one above 1023: DYLUMO_PORT=8000 bin/run"
        else:
            cure = f"{address}:{port} cannot be listened on: {error.strerror}. Check DYLUMO_ADDRESS and DYLUMO_PORT."
        raise ServiceError(cure) from error
    return listening


def code_folders() -> list[Path]:
    """The folders of this project's own packages."""
    return sorted(path.parent for path in settings.BASE_DIR.glob("*/__init__.py") if path.parent.name != "tests")


def serve(listening: socket.socket, *, grace: int, reload: bool = False) -> None:
    """Answer until SIGTERM; then take nobody new, and give what is open ``grace`` seconds to end."""
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
        timeout_graceful_shutdown=grace,
        reload=reload,
        reload_dirs=[*map(str, code_folders()), str(settings.BASE_DIR / "templates")] if reload else None,
        reload_includes=["*.html"] if reload else None,
    )
    server = uvicorn.Server(config)
    if reload:
        ChangeReload(config, target=server.run, sockets=[listening]).run()
    elif config.workers == 1:
        server.run(sockets=[listening])
    else:
        Multiprocess(config, target=server.run, sockets=[listening]).run()
