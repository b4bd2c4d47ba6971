"""Connect an own Jellyfin or Plex server: the ways in, what is wrong with one said where it was typed, and no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.connections import credentials, jellyfin, music_server, plex
from accounts.connections.access_tokens import access_for
from accounts.connections.errors import Unreachable
from accounts.models import ServiceCredential, User
from tests.factories import GuestFactory
from tests.recommender.services.own_server_apis import ADA, BO, JellyfinApi, PlexApi
from tests.recommender.services.protocol_server import ProtocolServer, Reply, serving

pytestmark = pytest.mark.django_db
CONNECT = "/accounts/connections/server/"
PASSWORD = "pässword & more"
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def home() -> Iterator[ProtocolServer]:
    with serving(JellyfinApi()) as running:
        yield running


@pytest.fixture
def media() -> Iterator[ProtocolServer]:
    with serving(PlexApi()) as running:
        yield running


def connect(server: ProtocolServer, username: str = "", secret: str = PlexApi.token) -> ServiceCredential:
    return credentials.connect_server(GuestFactory(), server.api.name, server.url, username, secret)  # type: ignore[attr-defined]


def test_a_password_is_changed_for_a_token_and_not_kept(client: Client, ada: User, home: ProtocolServer) -> None:
    said = {"service": "jellyfin", "address": f"{home.url}/web/", "username": "ada", "secret": PASSWORD}
    page = client.post(CONNECT, said, follow=True).content.decode()
    assert "Your music server is connected" in page and PASSWORD not in page
    access = access_for(ada, "jellyfin")
    assert (access.base_url, access.username, access.account_name) == (home.url, ADA, "ada")
    assert access.token == "given-1"
    assert [one.path for one in home.asked] == ["/System/Info/Public", "/Users/AuthenticateByName"]


def test_connecting_again_gives_the_old_token_back(client: Client, ada: User, home: ProtocolServer) -> None:
    said = {"service": "jellyfin", "address": home.url, "username": "ada", "secret": PASSWORD}
    client.post(CONNECT, said)
    client.post(CONNECT, said)
    assert access_for(ada, "jellyfin").token == "given-2"
    assert "given-1" not in home.api.tokens  # type: ignore[attr-defined]
    assert (
        len({one.headers["Authorization"] for one in home.asked if "ByName" in one.path}) == 2
    )  # devices of their own


def test_an_api_key_is_kept_with_whose_music_is_meant(home: ProtocolServer) -> None:
    row = connect(home, "bo", KEY)
    assert (row.username, row.account_name) == (BO, "Bo")
    with pytest.raises(jellyfin.NoSuchUser):
        connect(home, "eve", KEY)
    with pytest.raises(jellyfin.WhoseMusic):
        connect(home, "", KEY)
    home.api.users = {"ada": ADA}  # type: ignore[attr-defined]
    assert connect(home, "", KEY).username == ADA


def test_a_password_that_looks_like_a_key_is_one_all_the_same(home: ProtocolServer) -> None:
    home.api.passwords["ada"] = "f" * 32  # type: ignore[attr-defined]
    assert connect(home, "ada", "f" * 32).username == ADA


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"username": "ada", "secret": "wrong"}, "does not accept this name and password"),
        ({"username": "", "secret": "wrong"}, "does not accept this API key"),
        ({"username": "", "secret": "f" * 32}, "does not accept this API key"),
    ],
)
def test_a_wrong_way_into_jellyfin_is_said_where_it_was_typed(
    client: Client, ada: User, home: ProtocolServer, values: dict[str, str], told: str
) -> None:
    answer = client.post(CONNECT, {"service": "jellyfin", "address": home.url, **values})
    page = answer.content.decode()
    assert (answer.status_code, page.count(told)) == (400, 1)
    assert f'value="{values["secret"]}"' not in page
    assert not ServiceCredential.objects.exists()


def test_a_plex_token_is_kept_and_the_server_named(client: Client, ada: User, media: ProtocolServer) -> None:
    address = f"{media.url}/web/index.html#!/server/1/details"
    client.post(CONNECT, {"service": "plex", "address": address, "secret": f" {PlexApi.token} "})
    access = access_for(ada, "plex")
    assert (access.base_url, access.username, access.token) == (media.url, "", PlexApi.token)
    assert access.account_name == "Home"
    assert not [one for one in media.asked if PlexApi.token in f"{one.path}{one.params}"]


@pytest.mark.parametrize("token", ["wrong-token", "with space in it", "line\nbreak-token", "токен-токен", "x"])
def test_a_wrong_plex_token_is_refused(media: ProtocolServer, token: str) -> None:
    with pytest.raises(plex.WrongToken):
        connect(media, secret=token)
    assert not ServiceCredential.objects.exists()


def test_a_plex_server_without_music_is_said(media: ProtocolServer) -> None:
    films = {"MediaContainer": {"Directory": [{"key": "1", "type": "movie"}]}}
    media.trouble = lambda asked: Reply(films) if asked.path == "/library/sections" else None
    with pytest.raises(plex.NoMusic):
        connect(media)


ODD: list[Any] = [None, [], "x", {"MediaContainer": 1}, {"ProductName": ["Jellyfin"]}, {"ProductName": "Emby Server"}]


def test_what_is_neither_is_refused(home: ProtocolServer, media: ProtocolServer) -> None:
    page = Reply(data=b"<html>", headers={"Content-Type": "text/html"})
    for server, secret in ((home, PASSWORD), (media, PlexApi.token)):
        for odd in (page, *map(Reply, ODD)):
            server.trouble = odd
            with pytest.raises(music_server.BadServer):
                connect(server, "ada", secret)
    assert not [one for one in (*home.asked, *media.asked) if PASSWORD.encode() in one.body]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"AccessToken": 'x", Device="y'},
        {"AccessToken": "ok", "User": 7},
        {"AccessToken": "ok", "User": {"Id": ".."}},
    ],
    ids=str,
)
def test_a_token_or_an_account_that_is_none_is_refused(home: ProtocolServer, answer: Any) -> None:
    home.trouble = lambda asked: Reply(answer) if "ByName" in asked.path else None
    with pytest.raises(music_server.BadServer):
        connect(home, "ada", PASSWORD)


def test_a_redirect_is_not_followed_and_an_absent_server_is_said(home: ProtocolServer, media: ProtocolServer) -> None:
    for server in (home, media):
        server.trouble = Reply(status=302, headers={"Location": "http://169.254.169.254/latest/"})
        with pytest.raises(music_server.BadServer, match="sends us on"):
            connect(server, "ada", PlexApi.token)
    for service in ("jellyfin", "plex"):
        with pytest.raises(Unreachable):
            credentials.connect_server(GuestFactory(), service, "http://127.0.0.1:9", "ada", PlexApi.token)


@pytest.mark.parametrize("way", [jellyfin.way_in, plex.way_in], ids=["jellyfin", "plex"])
@pytest.mark.parametrize("address", ["http://169.254.169.254", "http://127.0.0.1", "http://ada:pw@music.example/web/"])
def test_addresses_are_vetted_as_for_every_own_server(way: Callable[..., Any], address: str, settings: Any) -> None:
    settings.ALLOW_PRIVATE_SERVERS = False
    with pytest.raises(music_server.BadServer):
        way(address, "ada", PlexApi.token)


def test_a_server_that_talks_without_end_is_given_up(
    home: ProtocolServer, media: ProtocolServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for server in (home, media):
        server.trouble = Reply(data=b'{"x": "' + b" " * (2 * music_server.LARGEST_ANSWER))
        with pytest.raises(music_server.BadServer):
            connect(server, "ada", PlexApi.token)
        monkeypatch.setattr(music_server, "SECONDS", 0.0)
        server.trouble = Reply({}, drip=0.01)
        with pytest.raises(Unreachable):
            connect(server, "ada", PlexApi.token)
        monkeypatch.undo()


def test_a_server_that_is_away_when_it_is_disconnected_is_left_with_its_token(home: ProtocolServer) -> None:
    row = connect(home, "ada", PASSWORD)
    home.trouble = Reply(data=b"", status=502)
    told = credentials.disconnect(row.owner, row.pk)
    assert "could not be told" in told
    assert not ServiceCredential.objects.exists()


def test_another_kind_of_server_is_not_known(client: Client, ada: User) -> None:
    assert client.post(CONNECT, {"service": "spotify", "address": "http://x", "secret": "y"}).status_code == 404
