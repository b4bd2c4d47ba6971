"""A server that takes API keys, as OpenSubsonic's ``apiKeyAuthentication`` describes them, in front of a real one.

It keeps to the protocol's rules about keys and answers ``tokenInfo``; everything else it asks of the real server in the
key's owner's name, and gives that answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import httpx

from tests.local_server import Quiet, answering

OTHER_WAYS = ("u", "p", "t", "s")


@dataclass
class KeyServer:
    """``keys``: whose each is, as (name, password); ``tokens``, ``passwords``: whether it takes those as well."""

    behind: str
    keys: dict[str, tuple[str, str]] = field(default_factory=dict)
    tokens: bool = True
    passwords: bool = True
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    base_url: str = ""

    def refusal(self, said: dict[str, str]) -> int | None:
        """The protocol's error code for these ways in, if any."""
        if "apiKey" in said:
            return 43 if any(name in said for name in OTHER_WAYS) else None if said["apiKey"] in self.keys else 44
        if "t" in said and not self.tokens:
            return 41
        return 42 if "p" in said and not self.passwords else None


def _failed(code: int) -> bytes:
    about = {"code": code, "message": "no", "helpUrl": "https://music.example/keys"}
    told = {"status": "failed", "version": "1.16.1", "openSubsonic": True, "error": about}
    return json.dumps({"subsonic-response": told}).encode()


@contextmanager
def key_server(behind: str, **more: object) -> Iterator[KeyServer]:
    server = KeyServer(behind, **more)  # type: ignore[arg-type]

    class Handler(Quiet):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            said = [*parse_qsl(parts.query, keep_blank_values=True), *parse_qsl(body, keep_blank_values=True)]
            ways = dict(said)
            server.asked.append((parts.path, ways))
            if (code := server.refusal(ways)) is not None:
                self.send(200, {"Content-Type": "application/json"}, _failed(code))
                return
            name, password = server.keys.get(ways.get("apiKey", ""), ("", ""))
            if parts.path == "/rest/tokenInfo.view" and name:
                told = {"status": "ok", "version": "1.16.1", "openSubsonic": True, "tokenInfo": {"username": name}}
                self.send(200, {"Content-Type": "application/json"}, json.dumps({"subsonic-response": told}).encode())
                return
            if name:
                said = [(key, value) for key, value in said if key != "apiKey"] + [("u", name), ("p", password)]
            wanted = {"Range": self.headers["Range"]} if self.headers["Range"] else {}
            form: dict[str, list[str]] = {}
            for key, value in said:
                form.setdefault(key, []).append(value)
            answer = httpx.post(f"{server.behind}{parts.path}", data=form, headers=wanted, timeout=20)
            kept = {key: answer.headers[key] for key in ("Content-Type", "Content-Range") if key in answer.headers}
            self.send(answer.status_code, kept, answer.content)

        do_GET = do_POST = handle_any

        def send(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

    with answering(Handler) as server.base_url:
        yield server
