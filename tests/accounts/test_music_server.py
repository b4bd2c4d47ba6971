"""Connect an own OpenSubsonic server by a real request; and what must not be called."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.test import Client

from accounts.connections import credentials, music_server
from accounts.connections.access_tokens import access_for
from accounts.connections.errors import Unreachable
from accounts.models import ServiceCredential, User
from tests.factories import UserFactory
from tests.local_server import Quiet, answering

pytestmark = pytest.mark.django_db
CONNECT = "/accounts/connections/server/"
PASSWORD = "Schlüssel & Co"


@dataclass
class MusicServer:
    """``ping`` of one user. ``hashes``: it keeps only hashes, so that a salted token is not enough; ``instead``:
    what is answered in place of the protocol."""

    hashes: bool = False
    redirect: str = ""
    instead: bytes | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def answer(self, form: dict[str, str]) -> dict[str, Any]:
        self.asked.append(form)
        if form.get("apiKey"):
            good, code = form["apiKey"] == "key-1" and "u" not in form, 44
        elif "t" in form:
            digest = hashlib.md5((PASSWORD + form["s"]).encode()).hexdigest()
            good, code = not self.hashes and form["u"] == "ada" and form["t"] == digest, 41 if self.hashes else 40
        else:
            good, code = form.get("p") == f"enc:{PASSWORD.encode().hex()}", 40
        return {"status": "ok"} if good else {"status": "failed", "error": {"code": code, "message": "no"}}


@pytest.fixture
def music() -> Iterator[tuple[MusicServer, str]]:
    server = MusicServer()

    class Handler(Quiet):
        def do_POST(self) -> None:
            server.paths.append(self.path)
            form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            body = server.instead or json.dumps({"subsonic-response": server.answer(form)}).encode()
            self.send_response(302 if server.redirect else 200)
            if server.redirect:
                self.send_header("Location", server.redirect)
            self.end_headers()
            self.wfile.write(body)

    with answering(Handler) as address:
        yield server, address


def said(address: str, **values: str) -> dict[str, str]:
    return {"address": address, "username": "ada", "secret": PASSWORD} | values


def test_a_server_is_connected_by_a_salted_token(client: Client, ada: User, music: tuple[MusicServer, str]) -> None:
    server, address = music
    page = client.post(CONNECT, said(f"{address}/rest/"), follow=True).content.decode()
    assert "Your music server is connected" in page and PASSWORD not in page
    access = access_for(ada, "subsonic")
    assert (access.base_url, access.username, access.token) == (address, "ada", PASSWORD)
    assert server.paths == ["/rest/ping.view"] and PASSWORD not in str(server.asked)


def test_a_server_that_keeps_hashes_is_given_the_password(
    client: Client, ada: User, music: tuple[MusicServer, str]
) -> None:
    music[0].hashes = True
    client.post(CONNECT, said(music[1]))
    assert [set(one) & {"t", "p"} for one in music[0].asked] == [{"t"}, {"p"}]
    assert access_for(ada, "subsonic").token == PASSWORD


def test_an_api_key_needs_no_name(client: Client, ada: User, music: tuple[MusicServer, str]) -> None:
    client.post(CONNECT, said(music[1], username="", secret="key-1"))
    access = access_for(ada, "subsonic")
    assert (access.username, access.token) == ("", "key-1")


def test_connecting_again_with_a_new_password_renews_the_row(
    client: Client, ada: User, music: tuple[MusicServer, str]
) -> None:
    client.post(CONNECT, said(music[1]))
    ServiceCredential.objects.update(status="needs_reconnect")
    client.post(CONNECT, said(music[1]))
    assert ServiceCredential.objects.get().status == "active"


@pytest.mark.parametrize(
    ("values", "said_of_it"),
    [
        ({"secret": "wrong"}, "does not accept this name and password"),
        ({"username": "", "secret": "wrong"}, "does not accept this API key"),
    ],
)
def test_wrong_credentials_are_said_where_they_were_typed(
    client: Client, ada: User, music: tuple[MusicServer, str], values: dict[str, str], said_of_it: str
) -> None:
    answer = client.post(CONNECT, said(music[1], **values))
    assert answer.status_code == 400 and said_of_it in answer.content.decode()
    assert 'value="wrong"' not in answer.content.decode()
    assert not ServiceCredential.objects.exists()


@pytest.mark.parametrize("instead", [b"<html>", b"[]", b'{"subsonic-response": 1}', b"{" * 70_000, b"\xff"])
def test_what_is_no_music_server_is_refused(ada: User, music: tuple[MusicServer, str], instead: bytes) -> None:
    music[0].instead = instead
    with pytest.raises(music_server.BadServer):
        credentials.connect_server(ada, "subsonic", music[1], "ada", PASSWORD)


def test_a_redirect_is_not_followed(ada: User, music: tuple[MusicServer, str]) -> None:
    music[0].redirect = "http://169.254.169.254/latest/"
    with pytest.raises(music_server.BadServer, match="sends us on"):
        credentials.connect_server(ada, "subsonic", music[1], "ada", PASSWORD)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://music.example", "file:///etc/passwd", "music.example", "http://", "http://ada:pw@127.0.0.1", "http://[::",
        "http://127.0.0.1:99999", "http://127.0.0.1/?x=1", "http://169.254.169.254", "http://0.0.0.0",
        "http://168.63.129.16", "http://100.100.100.200", "http://[fd00:ec2::254]",
        "http://[fe80::1]", "http://[::ffff:169.254.169.254]", "http://224.0.0.1",
    ],
)  # fmt: skip
def test_addresses_that_are_never_called(address: str) -> None:
    with pytest.raises(music_server.BadServer):
        music_server.checked_address(address, "subsonic")


@pytest.mark.parametrize("address", ["http://127.0.0.1", "http://10.1.2.3", "http://[::1]:4533", "http://192.168.0.9"])
def test_private_addresses_are_the_owners_choice(address: str, settings) -> None:
    assert music_server.checked_address(address, "subsonic") == address
    settings.ALLOW_PRIVATE_SERVERS = False
    with pytest.raises(music_server.BadServer):
        music_server.checked_address(address, "subsonic")


def test_a_server_that_is_away_is_said() -> None:
    with pytest.raises(Unreachable):
        credentials.connect_server(UserFactory(), "subsonic", "http://127.0.0.1:9", "ada", PASSWORD)
    with pytest.raises(Unreachable):
        music_server.checked_address("http://no-such-host.invalid", "subsonic")
