"""An own server by an API key alone: connected, searched, heard, filled; refused, revoked, and where it knows none."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from django.test import Client

from accounts.connections import credentials
from accounts.connections import subsonic as connecting
from accounts.models import ServiceCredential, User
from recommender.library.jobs import runner
from recommender.models import AudioProfile, LibraryJob
from recommender.services import registry
from recommender.services.clients import subsonic
from recommender.services.clients.subsonic import Subsonic
from recommender.services.protocol import NeedsReconnect, Query
from tests.factories import UserFactory
from tests.recommender.api_keys import OTHER_WAYS, KeyServer, key_server
from tests.recommender.supysonic_server import NAME, PASSWORD, PIECES, Supysonic, supysonic

pytestmark = [pytest.mark.django_db(transaction=True)]
KEY = "k3y & more"


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Supysonic]:
    with supysonic(tmp_path_factory.mktemp("supysonic")) as running:
        yield running


@pytest.fixture
def server(real: Supysonic) -> Iterator[KeyServer]:
    with key_server(real.base_url, keys={KEY: (NAME, PASSWORD)}) as running:
        yield running


@pytest.fixture
def person(server: KeyServer) -> User:
    person: User = UserFactory()
    credentials.connect_server(person, "subsonic", server.base_url, "", KEY)
    return person


def test_a_key_alone_connects_and_its_owner_is_named(person: User, server: KeyServer) -> None:
    row = ServiceCredential.objects.get(owner=person)
    assert (row.account_name, row.username, row.account_id) == (NAME, "", f"{NAME}@{server.base_url}")
    assert KEY not in f"{row.sealed} {row.account_id}"
    assert [path for path, _ in server.asked] == ["/rest/ping.view", "/rest/tokenInfo.view"]


def test_everything_works_by_the_key_and_nothing_is_sent_beside_it(person: User, server: KeyServer) -> None:
    api = registry.service_for(person, subsonic.NAME)
    assert [one.title for one in api.search(Query(words="Night Train"))] == ["Night Train"]
    assert runner.run_here(LibraryJob.Kind.IMPORT, subsonic.NAME, person).counts["added"] == len(PIECES)
    heard = runner.run_here(LibraryJob.Kind.FEATURES, subsonic.NAME, person)
    assert heard.counts["added"] == AudioProfile.objects.filter(track__owner=person).count() == len(PIECES)
    songs = api.playlist_tracks(subsonic.LIBRARY).items
    made = api.create_playlist("By key")
    api.add_tracks(made.external_id, [one.external_id for one in songs[:2]])
    assert [one.title for one in api.playlist_tracks(made.external_id).items] == [one.title for one in songs[:2]]
    assert {path.rpartition("/")[2] for path, _ in server.asked} >= {
        "search3.view",
        "stream.view",
        "updatePlaylist.view",
    }
    assert all(said["apiKey"] == KEY and not set(said) & set(OTHER_WAYS) for _, said in server.asked)


def test_a_wrong_key_is_refused_where_it_was_typed(server: KeyServer, client: Client) -> None:
    client.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    form = {"address": server.base_url, "username": "", "secret": "not a key"}
    answer = client.post("/accounts/connections/server/", form)
    assert answer.status_code == 400
    assert "does not accept this API key" in answer.content.decode()
    assert not ServiceCredential.objects.exists()


def test_a_key_that_was_revoked_asks_to_connect_again(person: User, server: KeyServer) -> None:
    api = registry.service_for(person, subsonic.NAME)
    server.keys.clear()
    asked = len(server.asked)
    with pytest.raises(NeedsReconnect):
        api.search(Query(words="Night"))
    assert len(server.asked) == asked + 1  # no other way in is tried
    assert ServiceCredential.objects.get(owner=person).status == "needs_reconnect"
    with pytest.raises(NeedsReconnect):
        runner.run_here(LibraryJob.Kind.IMPORT, subsonic.NAME, person)


def test_both_ways_at_once_are_an_error_of_the_protocol(server: KeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is never sent; a server that says so all the same is not asked a second way."""
    both = {"apiKey": KEY, "u": NAME, "v": "1.16.1", "c": "x", "f": "json"}
    answer = httpx.post(f"{server.base_url}/rest/ping.view", data=both).json()
    assert answer["subsonic-response"]["error"]["code"] == 43
    api = Subsonic(server.base_url, "", KEY)
    monkeypatch.setattr(api, "_proof", lambda: {"apiKey": KEY, "u": NAME})
    with pytest.raises(NeedsReconnect):
        api.playlists()


def test_a_server_that_knows_no_keys_says_so(real: Supysonic) -> None:
    with pytest.raises(connecting.NoKeys):
        credentials.connect_server(UserFactory(), "subsonic", real.base_url, "", KEY)
    with pytest.raises(NeedsReconnect):
        Subsonic(real.base_url, "", KEY).playlists()
    assert not ServiceCredential.objects.exists()


def test_a_server_that_takes_keys_only_says_so(server: KeyServer) -> None:
    server.tokens = server.passwords = False
    with pytest.raises(connecting.KeysOnly):
        credentials.connect_server(UserFactory(), "subsonic", server.base_url, NAME, PASSWORD)
    assert [sorted(set(said) & {"t", "p"}) for _, said in server.asked] == [["t"], ["p"]]  # 41, then 42
    with pytest.raises(NeedsReconnect):
        Subsonic(server.base_url, NAME, PASSWORD).playlists()


def test_a_server_that_takes_keys_still_takes_passwords(server: KeyServer) -> None:
    row = credentials.connect_server(UserFactory(), "subsonic", server.base_url, NAME, PASSWORD)
    assert (row.username, row.account_name) == (NAME, NAME)


def test_a_server_that_does_not_say_whose_a_key_is_is_named_by_its_address(
    server: KeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = connecting._asked
    monkeypatch.setattr(
        connecting, "_asked", lambda base, method, who: {} if method == "tokenInfo" else asked(base, method, who)
    )
    assert (
        credentials.connect_server(UserFactory(), "subsonic", server.base_url, "", KEY).account_name == server.base_url
    )
