"""A server that is slow, or says far too much, costs whoever connected it and nobody else."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from accounts.connections import music_server, subsonic
from accounts.connections.errors import Unreachable
from core import range_response
from core.range_response import TooManySounds, passed_on
from recommender.services import http
from recommender.services.clients import own_server
from recommender.services.clients.archive import Archive
from recommender.services.clients.subsonic import Subsonic
from recommender.services.protocol import Garbled
from tests.recommender.services.protocol_server import FakeApi, ProtocolServer, Reply, Request, serving
from tests.recommender.services.service_apis import ArchiveApi, LibraryApi

pytestmark = pytest.mark.django_db  # a closed answer makes Django look at the connections of its thread

Serve = Callable[[LibraryApi], ProtocolServer]
SONG = "item1/01%20song.mp3"


@pytest.fixture(autouse=True)
def nobody_else_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(range_response.listening, "now", Counter())


@pytest.fixture
def archive(serve: Serve) -> ProtocolServer:
    http.client.cache_clear()
    return serve(ArchiveApi(sound=b"ID3" + bytes(400_000)))


def asked() -> HttpRequest:
    return RequestFactory().get("/tracks/1/stream/")


def played(listener: object = None) -> object:
    return passed_on(asked(), lambda headers: Archive().stream(SONG, headers), listener)


async def whole(response: object) -> bytes:
    return b"".join([piece async for piece in response])  # type: ignore[attr-defined]


def test_one_person_plays_only_so_many_at_once_and_others_still_play(
    archive: ProtocolServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(range_response.listening, "most_of_one", 2)
    monkeypatch.setattr(range_response.listening, "most", 4)
    first, second = played(1), played(1)
    with pytest.raises(TooManySounds):
        played(1)
    others = [played(2), played(3)]
    with pytest.raises(TooManySounds):
        played(4)
    for one in (first, second, *others):
        one.close()  # type: ignore[attr-defined]
    again = played(1)
    assert len(asyncio.run(whole(again))) == 400_003
    assert not range_response.listening.now


def test_what_could_not_be_opened_is_not_counted(archive: ProtocolServer) -> None:
    archive.api.sound = b""  # type: ignore[attr-defined]
    for _ in range(range_response.MOST_OF_ONE + 1):
        with pytest.raises(Exception, match="no longer has this"):
            played(1)
    assert not range_response.listening.now


def test_slow_servers_are_waited_for_apart_from_everything_else(
    archive: ProtocolServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files and everything else that is read aside share one pool of threads, which a few servers could fill."""
    threads = set[str]()
    piece = range_response._Passed._piece

    def noted(passed: range_response._Passed) -> bytes:
        import threading

        threads.add(threading.current_thread().name.partition("_")[0])
        return piece(passed)

    monkeypatch.setattr(range_response._Passed, "_piece", noted)
    asyncio.run(whole(played()))
    assert threads == {"streams"}


def test_a_sound_that_drips_is_ended(archive: ProtocolServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(range_response, "PATIENCE", 0.0)
    monkeypatch.setattr(range_response, "LEAST_RATE", 2**40)
    archive.trouble = lambda asked: (
        Reply(data=bytes(2**20), headers={"Content-Type": "audio/mpeg"}, drip=0.01)
        if "download" in asked.path
        else None
    )
    assert 0 < len(asyncio.run(whole(played()))) < 2**20
    assert not range_response.listening.now


class Talkative(FakeApi):
    """Answers everything with JSON that never says anything."""

    said = b'{"x": "' + b" " * (48 * 2**20) + b'"}'
    drip = 0.0

    def reply(self, asked: Request) -> Reply:
        return Reply(data=self.said, headers={"Content-Type": "application/json"}, drip=self.drip)


@pytest.fixture
def talkative() -> Iterator[ProtocolServer]:
    with serving(Talkative()) as serve:
        yield serve


@pytest.mark.parametrize("ask", [lambda api: api.stream("1"), lambda api: api.playlists()], ids=["a sound", "a list"])
def test_an_answer_is_read_up_to_a_limit(ask: Callable[[Subsonic], object], talkative: ProtocolServer) -> None:
    api = Subsonic(talkative.url, "ann", "secret")
    own_server.client()  # made before anything is measured
    tracemalloc.start()
    try:
        with pytest.raises(Garbled):
            ask(api)
        assert tracemalloc.get_traced_memory()[1] < 45 * 2**20
    finally:
        tracemalloc.stop()


def test_an_answer_that_drips_is_not_waited_for(talkative: ProtocolServer, monkeypatch: pytest.MonkeyPatch) -> None:
    talkative.api.drip = 0.01  # type: ignore[attr-defined]
    monkeypatch.setattr(own_server, "LONGEST_ANSWER", 0.0)
    monkeypatch.setattr(music_server, "SECONDS", 0.0)
    with pytest.raises(Unreachable):
        Subsonic(talkative.url, "ann", "secret").playlists()
    with pytest.raises(Unreachable):
        subsonic._asked(talkative.url, "ping", {})
