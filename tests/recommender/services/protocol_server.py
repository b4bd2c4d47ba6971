"""Local HTTP servers that speak the services' own protocols, with every kind of trouble on request.

A ``ProtocolServer`` serves one ``FakeApi``: what a service knows and how it answers. ``trouble`` replaces every answer
with a status, garbage, silence or a broken connection. Where a specification is given, each request and each answer is
held against it, and a request to a deprecated or unknown endpoint is a violation.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.local_server import Quiet, running


@dataclass
class Request:
    method: str
    path: str
    params: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    def one(self, name: str, default: str = "") -> str:
        return self.params.get(name, [default])[0]

    def number(self, name: str, default: int) -> int:
        return int(self.one(name) or default)

    @property
    def json(self) -> Any:
        return json.loads(self.body or b"null")


@dataclass
class Reply:
    """``json`` or ``data``; ``delay`` seconds before it; ``cut``: only so many bytes of what was announced are sent;
    ``drip``: seconds between single bytes."""

    json: Any = None
    status: int = 200
    data: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: int | None = None
    drip: float = 0.0

    def bytes(self) -> bytes:
        return self.data if self.data is not None else json.dumps(self.json).encode()


class FakeApi:
    """What one service knows and answers. ``token``: what must stand in the Authorization header, if anything."""

    authorization = ""
    prefix = ""

    def reply(self, asked: Request) -> Reply:
        raise NotImplementedError


class Spec:
    """An OpenAPI description, to hold requests and answers against."""

    def __init__(self, document: dict[str, Any], host: str, content_type: str) -> None:
        from openapi_core import OpenAPI

        self.host, self.content_type = host, content_type
        self.api = OpenAPI.from_dict(document)
        self.operations = [
            (method, re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)) + "$"), path, one)
            for path, item in document["paths"].items()
            for method, one in item.items()
            if isinstance(one, dict)
        ]

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        fitting = [
            (known, one) for way, pattern, known, one in self.operations if way == method and pattern.match(path)
        ]
        return min(fitting, key=lambda pair: pair[0].count("{"))[1] if fitting else None

    def complaints(self, asked: Request, reply: Reply, prefix: str) -> Iterator[str]:
        from openapi_core.exceptions import OpenAPIError
        from openapi_core.testing import MockRequest, MockResponse

        where = f"{asked.method} {asked.path}"
        operation = self.operation(asked.method.lower(), asked.path.removeprefix(prefix))
        if operation is None or operation.get("deprecated"):
            yield f"{where}: {'deprecated' if operation else 'not in the description'}"
            return
        kind = asked.headers.get("Content-Type", "application/json").split(";")[0]
        request = MockRequest(
            self.host,
            asked.method.lower(),
            asked.path,
            args={name: values if len(values) > 1 else values[0] for name, values in asked.params.items()},
            headers=asked.headers,
            data=asked.body or None,
            content_type=kind,
        )
        try:
            if kind != "image/jpeg":
                self.api.validate_request(request)
            if reply.bytes():
                self.api.validate_response(
                    request, MockResponse(reply.bytes(), status_code=reply.status, content_type=self.content_type)
                )
        except OpenAPIError as error:
            why = [one.message for one in getattr(error.__cause__, "schema_errors", [])]
            yield f"{where}: {error!r} {error.__cause__!r} {why}"


class ProtocolServer:
    def __init__(self, api: FakeApi, spec: Spec | None = None) -> None:
        self.api, self.spec = api, spec
        self.trouble: Reply | Callable[[Request], Reply | None] | None = None
        self.asked: list[Request] = []
        self.violations: list[str] = []
        self.url = ""

    def answer(self, asked: Request) -> Reply:
        self.asked.append(asked)
        trouble = self.trouble(asked) if callable(self.trouble) else self.trouble
        if trouble is not None:
            return trouble
        if self.api.authorization and asked.headers.get("Authorization") != self.api.authorization:
            return Reply({"error": {"status": 401, "message": "no"}}, 401)
        reply = self.api.reply(asked)
        if self.spec and reply.status < 400:
            self.violations += self.spec.complaints(asked, reply, self.api.prefix)
        return reply


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # a client that was killed or gave up is no trouble here
            super().handle_error(request, client_address)


@contextmanager
def serving(api: FakeApi, spec: Spec | None = None) -> Iterator[ProtocolServer]:
    fake = ProtocolServer(api, spec)

    class Handler(Quiet):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            params = parse_qs(parts.query, keep_blank_values=True)
            asked = Request(self.command, unquote(parts.path), params, dict(self.headers.items()), body)
            try:
                self._send(fake.answer(asked))
            except OSError:
                self.close_connection = True  # the client gave up waiting

        do_GET = do_POST = do_PUT = do_DELETE = handle_any

        def _send(self, reply: Reply) -> None:
            time.sleep(reply.delay)
            data = reply.bytes()
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if reply.drip:
                for byte in data:
                    self.wfile.write(bytes([byte]))
                    time.sleep(reply.drip)
            else:
                self.wfile.write(data[: reply.cut])
            self.close_connection = reply.cut is not None

    with running(_Server(("127.0.0.1", 0), Handler)) as address:
        fake.url = f"{address}{api.prefix}"
        yield fake
