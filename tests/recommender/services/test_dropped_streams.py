"""A sound that is asked for and dropped gives its connection back, whenever and wherever the garbage is collected."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Iterator

import pytest
from django.http import HttpRequest
from django.test import RequestFactory

from core import upstream
from core.range_response import passed_on
from recommender.services import http
from recommender.services.clients.archive import Archive
from tests.recommender.services.protocol_server import ProtocolServer
from tests.recommender.services.service_apis import ArchiveApi, LibraryApi
from tests.site.site_copy import eventually

pytestmark = pytest.mark.django_db  # a closed answer makes Django look at the connections of its thread

Serve = Callable[[LibraryApi], ProtocolServer]
SONG = "item1/01%20song.mp3"
SOUND = b"ID3" + bytes(400_000)


@pytest.fixture
def archive(serve: Serve) -> ProtocolServer:
    return serve(ArchiveApi(sound=SOUND))


@pytest.fixture(autouse=True)
def own_pool() -> Iterator[None]:
    http.client.cache_clear()
    yield
    http.client.cache_clear()


def pool() -> object:
    return http.client()._transport._pool  # type: ignore[attr-defined]


def collected_inside_the_pool(drop: Callable[[], None]) -> None:
    """Drop something and collect the garbage while this thread is inside the pool, as an unlucky thread is."""

    def unlucky() -> None:
        with pool()._optional_thread_lock:  # type: ignore[attr-defined]
            drop()
            gc.collect()
        done.set()

    done = threading.Event()
    threading.Thread(target=unlucky, daemon=True).start()
    assert done.wait(60), "the thread waits for a lock that it holds itself"


def in_a_circle(thing: object) -> list[object]:
    """Garbage that only the collector finds."""
    circle: list[object] = [thing]
    circle.append(circle)
    return circle


@pytest.mark.parametrize("read", [False, True], ids=["not begun", "half read"])
def test_a_forgotten_stream_is_closed_by_somebody_who_holds_nothing(archive: ProtocolServer, read: bool) -> None:
    sound = Archive().stream(SONG)
    held = in_a_circle(sound)
    if read:
        assert sound.piece()
    del sound
    collected_inside_the_pool(held.clear)
    assert eventually(lambda: not pool()._requests)  # type: ignore[attr-defined]
    with Archive().stream(SONG) as again:
        assert b"".join(again.pieces()) == SOUND


def asked(method: str = "get") -> HttpRequest:
    return getattr(RequestFactory(), method)("/tracks/1/stream/", headers={"Range": "bytes=0-299999"})


@pytest.mark.parametrize("begun", [False, True], ids=["not begun", "half read"])
def test_an_answer_that_its_asker_dropped_gives_the_connection_back(archive: ProtocolServer, begun: bool) -> None:
    response = passed_on(asked(), lambda headers: Archive().stream(SONG, headers))
    if begun:
        content = response._iterator  # type: ignore[attr-defined]
        assert asyncio.run(anext(content))
        del content
    held = in_a_circle(response)
    del response
    collected_inside_the_pool(held.clear)
    assert eventually(lambda: not pool()._requests)  # type: ignore[attr-defined]


@pytest.mark.parametrize("begun", [False, True], ids=["not begun", "half read"])
def test_closing_the_answer_is_enough(archive: ProtocolServer, begun: bool) -> None:
    response = passed_on(asked(), lambda headers: Archive().stream(SONG, headers))
    if begun:
        assert asyncio.run(anext(response._iterator))  # type: ignore[attr-defined]
    response.close()
    assert not pool()._requests  # type: ignore[attr-defined]
    assert not upstream._open


def test_an_answer_without_a_body_holds_nothing(archive: ProtocolServer) -> None:
    passed_on(asked("head"), lambda headers: Archive().stream(SONG, headers))
    assert not pool()._requests  # type: ignore[attr-defined]


def test_a_whole_answer_is_what_was_sent(archive: ProtocolServer) -> None:
    async def read() -> bytes:
        return b"".join([piece async for piece in response])  # type: ignore[attr-defined]

    response = passed_on(asked(), lambda headers: Archive().stream(SONG, headers))
    assert asyncio.run(read()) == SOUND[:300_000]
    assert not pool()._requests  # type: ignore[attr-defined]
