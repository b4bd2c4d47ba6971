"""A body that is too large is refused at any address, before it is kept anywhere."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from django.conf import LazySettings

from dylumo_site.asgi import application

MEGABYTE = 2**20


@pytest.fixture(autouse=True)
def small(settings: LazySettings) -> None:
    settings.UPLOAD_BYTES_LIMIT = MEGABYTE  # and a megabyte for the rest of the form


class Sender:
    """A client that sends megabytes for as long as it is listened to."""

    def __init__(self, megabytes: int, headers: dict[str, str], path: str) -> None:
        self.left, self.taken, self.said = megabytes, 0, list[dict[str, Any]]()
        raw = [(name.lower().encode(), value.encode()) for name, value in {"Host": "localhost", **headers}.items()]
        self.scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": raw,
            "client": ("127.0.0.1", 50_000),
            "server": ("127.0.0.1", 8000),
        }

    async def receive(self) -> dict[str, Any]:
        if not self.left:
            await asyncio.Event().wait()
        self.left -= 1
        self.taken += 1
        return {"type": "http.request", "body": bytes(MEGABYTE), "more_body": self.left > 0}

    async def send(self, message: Any) -> None:
        self.said.append(message)

    def post(self) -> tuple[int, bytes]:
        asyncio.run(application(self.scope, self.receive, self.send))  # type: ignore[arg-type]
        return self.said[0]["status"], b"".join(one.get("body", b"") for one in self.said)


@pytest.mark.parametrize("path", ["/nowhere/", "/start/", "/api/v1/conversations/"])
def test_a_body_without_a_length_is_read_up_to_the_limit_only(path: str) -> None:
    sender = Sender(400, {"Transfer-Encoding": "chunked"}, path)
    assert sender.post()[0] == 413
    assert sender.taken == 3
    assert (b"connection", b"close") in sender.said[0]["headers"]


def test_an_announced_length_is_enough_to_refuse() -> None:
    sender = Sender(400, {"Content-Length": str(400 * MEGABYTE), "Accept": "application/json"}, "/nowhere/")
    status, body = sender.post()
    assert (status, sender.taken) == (413, 0)
    assert json.loads(body)["error"]["code"] == "upload_too_large"


@pytest.mark.django_db(transaction=True)
def test_what_fits_goes_through() -> None:
    assert Sender(2, {"Content-Length": str(2 * MEGABYTE)}, "/nowhere/").post()[0] in {403, 404}
