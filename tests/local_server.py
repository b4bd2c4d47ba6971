"""A server on this machine for as long as one test needs it, in place of one in the world."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOOK_SECONDS = 0.01
"""How long an ending is waited for; the library's own half second would be paid by each test that has a server."""


class Quiet(BaseHTTPRequestHandler):
    """Says nothing of what is asked, and sends a body right behind its headers: with Nagle's algorithm it would wait
    for the client's delayed receipt, 40 ms a question."""

    disable_nagle_algorithm = True

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[str]:
    """Its address, while it answers."""
    threading.Thread(target=server.serve_forever, args=(LOOK_SECONDS,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def speaking_s3() -> Iterator[str]:
    """The address of moto's server, for the keys "key" and "secret". All such servers of a process have the same
    buckets."""
    from moto.server import ThreadedMotoServer

    moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        moto.stop()


@contextmanager
def answering(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of a new server at a free port whose requests the handler answers."""
    with running(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as address:
        yield address
