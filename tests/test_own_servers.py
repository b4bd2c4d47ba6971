"""Servers whose address a person typed: vetted at each connection, and connected to at the vetted address."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.conf import LazySettings

from accounts.connections.music_server import checked_address
from core import own_servers
from recommender.services import http
from recommender.services.clients.subsonic import Subsonic
from recommender.services.protocol import ServiceError
from tests.local_server import Quiet, answering

PUBLIC = "93.184.216.34"
REAL = socket.getaddrinfo


class Names:
    """A name server that says something else each time; its last word stays."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), 0

    def __call__(self, host: Any, port: Any, *rest: Any, **options: Any) -> Any:
        if host != "music.example":
            return REAL(host, port, *rest, **options)
        self.asked += 1
        said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in said]


@pytest.fixture
def inside() -> Iterator[tuple[int, list[str]]]:
    """A server of the network that this copy runs in: its port, and what was asked of it."""
    asked: list[str] = []

    class Handler(Quiet):
        def do_POST(self) -> None:
            asked.append(self.headers["Host"])
            self.send_response(200)
            self.end_headers()

        do_GET = do_POST

    with answering(Handler) as address:
        yield int(address.rsplit(":", 1)[1]), asked


def test_a_name_that_turns_to_the_inside_after_it_was_vetted_reaches_nothing(
    inside: tuple[int, list[str]], settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLOW_PRIVATE_SERVERS = False
    monkeypatch.setattr(socket, "getaddrinfo", Names([PUBLIC], ["127.0.0.1"]))
    base = checked_address(f"http://music.example:{inside[0]}", "subsonic")
    with pytest.raises(ServiceError):
        Subsonic(base, "ada", "secret").playlists()
    with own_servers.client(2) as client, pytest.raises(httpx.ConnectError):
        client.get(base)
    assert inside[1] == []


def test_the_vetted_address_is_the_one_that_is_connected_to(
    inside: tuple[int, list[str]], settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLOW_PRIVATE_SERVERS = True
    names = Names(["127.0.0.1"], ["169.254.169.254"])
    monkeypatch.setattr(socket, "getaddrinfo", names)
    with own_servers.client(2) as client:
        assert client.get(f"http://music.example:{inside[0]}/").status_code == 200
    assert names.asked == 1, "a second look-up could have another answer"
    assert inside[1] == [f"music.example:{inside[0]}"]


@pytest.mark.parametrize("among", [["127.0.0.1", "169.254.169.254"], ["fd00:ec2::254"], ["64:ff9b::a9fe:a9fe"]])
def test_one_forbidden_address_among_others_is_enough(
    among: list[str], settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLOW_PRIVATE_SERVERS = True
    monkeypatch.setattr(socket, "getaddrinfo", Names(among))
    with pytest.raises(own_servers.ForbiddenAddress):
        own_servers.vetted("music.example", 80)


def test_what_a_server_tells_one_person_to_remember_is_not_said_for_the_next(settings: LazySettings) -> None:
    """Everybody shares one client: another person's session would let in whoever knows their name."""
    settings.ALLOW_PRIVATE_SERVERS = True
    remembered: list[str | None] = []

    class Handler(Quiet):
        def do_GET(self) -> None:
            remembered.append(self.headers["Cookie"])
            self.send_response(200)
            self.send_header("Set-Cookie", "session=of-ada; Path=/")
            self.send_header("Content-Length", "0")
            self.end_headers()

    with answering(Handler) as address, own_servers.client(2) as own:
        for client in (own, own, http.client(), http.client()):
            client.get(address)
    assert remembered == [None] * 4


def test_another_address_of_a_name_is_tried_where_the_first_is_away(
    inside: tuple[int, list[str]], settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLOW_PRIVATE_SERVERS = True
    monkeypatch.setattr(socket, "getaddrinfo", Names(["127.0.0.2", "127.0.0.1"]))
    with own_servers.client(2) as client:
        assert client.get(f"http://music.example:{inside[0]}/").status_code == 200


def test_no_proxy_of_the_environment_looks_names_up_instead(
    inside: tuple[int, list[str]], settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLOW_PRIVATE_SERVERS = False
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{inside[0]}")
    monkeypatch.setattr(socket, "getaddrinfo", Names(["10.0.0.1"]))
    with own_servers.client(2) as client, pytest.raises(httpx.ConnectError):
        client.get("http://music.example/")
    assert inside[1] == []


@pytest.mark.parametrize(
    ("environment", "may"),
    [({}, True), ({"DYLUMO_ADDRESS": "0.0.0.0"}, False), ({"DYLUMO_TLS": "1"}, False),
     ({"DYLUMO_TLS": "1", "DYLUMO_ALLOW_PRIVATE_SERVERS": "1"}, True)],
)  # fmt: skip
def test_by_default_only_a_copy_that_nobody_else_reaches_calls_into_its_network(
    environment: dict[str, str], may: bool
) -> None:
    bare = {name: value for name, value in os.environ.items() if name not in {"DYLUMO_ADDRESS", "DYLUMO_TLS"}}
    code = "from dylumo_site import settings; print(settings.ALLOW_PRIVATE_SERVERS)"
    said = subprocess.run(
        [sys.executable, "-c", code], check=False, env=bare | environment, capture_output=True, text=True
    )
    assert said.stdout.strip() == str(may), said.stderr
