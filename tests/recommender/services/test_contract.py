"""The same cases against every adapter: what a service can do works, and whatever it does wrong is told apart."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from recommender.services.protocol import (
    FoundTrack,
    Garbled,
    NeedsReconnect,
    NotOffered,
    Page,
    Query,
    RateLimited,
    Refused,
    ServiceError,
    Unreachable,
    Vanished,
)
from tests.recommender.services.protocol_server import ProtocolServer, Reply, Request
from tests.recommender.services.service_apis import (
    ACTS,
    SONGS,
    ArchiveApi,
    DeezerApi,
    ITunesApi,
    LibraryApi,
    MusicBrainzApi,
    SoundCloudApi,
    SpotifyApi,
    YouTubeApi,
    many,
)

Serve = Callable[[LibraryApi], ProtocolServer]
ALL = pytest.mark.parametrize("kind", ACTS, ids=lambda kind: kind.name)
WITH_LIBRARY = pytest.mark.parametrize("kind", [SpotifyApi, YouTubeApi, SoundCloudApi], ids=lambda kind: kind.name)


def ask(api: LibraryApi, patience: float = 5.0) -> Any:
    """What every service can be asked for: a search, or plays where it has none."""
    service = api.service(patience)
    return service.search(Query(words="harbour")) if service.info.can.search else service.recent()


def everything(page: Callable[[str | None], Page[Any]]) -> tuple[list[Any], list[str]]:
    items, dropped, cursor, seen = [], [], None, set()
    while True:
        one = page(cursor)
        items += one.items
        dropped += one.dropped
        cursor = one.cursor
        if cursor is None:
            return items, dropped
        assert cursor not in seen, "the same page again"
        seen.add(cursor)


# --- what works


@ALL
def test_songs_of_every_script_are_found_with_what_is_known_of_them(kind: type[LibraryApi], serve: Serve) -> None:
    serve(api := kind())
    service = api.service()
    for song in SONGS:
        if service.info.can.search:
            found = service.search(Query(words=song.artist.split(" & ")[0].split("//")[0]))
        else:
            found = [play.track for play in service.recent()]
        mine = next(one for one in found if one.title == song.title)
        assert mine.service == kind.name
        assert mine.duration == song.seconds
        assert song.artist.split(" & ")[0] in mine.artist
        assert mine.url.startswith("https://")


@ALL
def test_no_more_is_given_than_was_asked_for(kind: type[LibraryApi], serve: Serve) -> None:
    serve(api := kind(songs=many(60)))
    if api.service().info.can.search:
        assert len(api.service().search(Query(words="song", limit=3))) == 3


@ALL
def test_what_a_service_cannot_do_is_said_before_it_is_asked(kind: type[LibraryApi], serve: Serve) -> None:
    served = serve(api := kind())
    service = api.service()
    calls = {
        "playlists": service.playlists,
        "saved": service.saved,
        "top": service.top,
        "recent": service.recent,
        "create": lambda: service.create_playlist("x"),
        "cover": lambda: service.set_cover("mine", b"x"),
    }
    for name, call in calls.items():
        if not getattr(service.info.can, name):
            with pytest.raises(NotOffered):
                call()
    assert served.asked == []


@WITH_LIBRARY
def test_a_long_list_is_read_whole_in_order_with_doubles_and_without_what_vanished(
    kind: type[LibraryApi], serve: Serve
) -> None:
    songs = many(420)
    listed = [*songs, songs[0], songs[0]]
    api = kind(songs=songs, lists={"mine": listed}, gone={7, 333} if kind is not SoundCloudApi else set())
    serve(api)
    items, dropped = everything(lambda cursor: api.service().playlist_tracks("mine", cursor))
    expected = [one for one in listed if one.number not in api.gone]
    assert [one.external_id for one in items] == [api.id(one) for one in expected]
    assert [one.title for one in items] == [one.title for one in expected]
    assert dropped == ["no longer there"] * len(api.gone)


@WITH_LIBRARY
def test_many_lists_and_likes_are_read_whole(kind: type[LibraryApi], serve: Serve) -> None:
    api = kind(songs=many(230), likes=many(230), lists={f"list{n}": many(n) for n in range(130)})
    serve(api)
    lists, _ = everything(api.service().playlists)
    assert [one.count for one in lists] == list(range(130))
    assert len({one.snapshot for one in lists}) > 1
    likes, _ = everything(api.service().saved)
    assert [one.title for one in likes] == [one.title for one in api.likes]


@WITH_LIBRARY
def test_a_list_is_made_filled_and_read_back(kind: type[LibraryApi], serve: Serve) -> None:
    serve(api := kind())
    service = api.service()
    made = service.create_playlist("Golden hour", "from a photo")
    assert made.title == "Golden hour"
    wanted = [api.id(one) for one in SONGS[:4]]
    for start in range(0, len(wanted), service.batch):
        service.add_tracks(made.external_id, wanted[start : start + service.batch])
    service.add_tracks(made.external_id, [api.id(SONGS[4])])
    items, _ = everything(lambda cursor: service.playlist_tracks(made.external_id, cursor))
    assert [one.external_id for one in items] == [*wanted, api.id(SONGS[4])]


@WITH_LIBRARY
def test_a_write_that_fails_is_sent_once(kind: type[LibraryApi], serve: Serve) -> None:
    served = serve(api := kind())
    served.trouble = Reply({"error": "x"}, 502)
    with pytest.raises(Unreachable):
        api.service().create_playlist("x")
    assert [one.method for one in served.asked] == ["POST"]


@WITH_LIBRARY
def test_an_unknown_list_is_vanished(kind: type[LibraryApi], serve: Serve) -> None:
    serve(api := kind())
    with pytest.raises(Vanished):
        api.service().playlist_tracks("nowhere")


@pytest.mark.slow
def test_a_library_of_ten_thousand_is_read_in_seconds(serve: Serve) -> None:
    songs = many(10_000)
    api = SpotifyApi(songs=songs, lists={"mine": songs})
    served = serve(api)
    served.spec = None  # the description is held against in every other test; here the time counts
    started = time.process_time()  # of this process: a busy machine must not decide
    service = api.service()
    items, _ = everything(lambda cursor: service.playlist_tracks("mine", cursor))
    assert len(items) == 10_000
    assert time.process_time() - started < 30


# --- what goes wrong


FAULTS: dict[str, tuple[Reply, type[ServiceError]]] = {
    "401": (Reply({"error": {"message": "secret words"}}, 401), NeedsReconnect),
    "403": (Reply({"error": {"status": 403, "message": "no"}}, 403), Refused),
    "404": (Reply({"error": "x"}, 404), Vanished),
    "400": (Reply(["x"], 400), Refused),
    "429": (Reply({"error": "x"}, 429), RateLimited),
    "429 with seconds": (Reply({"error": "x"}, 429, headers={"Retry-After": "7"}), RateLimited),
    "429 in words": (Reply(data=b"slow down", status=429, headers={"Content-Type": "text/plain"}), RateLimited),
    "500": (Reply(data=b"<html>oops</html>", status=500), Unreachable),
    "502 empty": (Reply(data=b"", status=502), Unreachable),
    "redirect": (Reply(status=302, headers={"Location": "http://127.0.0.1:1/"}), Garbled),
    "html": (Reply(data=b"<html><title>Log in</title></html>", headers={"Content-Type": "text/html"}), Garbled),
    "not quite json": (Reply(data=b'{"items": ['), Garbled),
    "empty": (Reply(data=b""), Garbled),
    "another shape": (Reply([1, 2]), Garbled),
    "null": (Reply(None), Garbled),
    "too deep": (Reply(data=b"[" * 100_000), Garbled),
    "not utf-8": (Reply(data=b'{"items": "\xff\xfe"}'), Garbled),
    "cut short": (Reply({"items": [], "data": ["x" * 500]}, cut=100), Garbled),
}
OTHERWISE: dict[tuple[type[LibraryApi], str], type[ServiceError]] = {
    (ITunesApi, "403"): RateLimited,
    (ArchiveApi, "404"): ServiceError,
}


@ALL
def test_whatever_goes_wrong_is_told_apart_and_says_nothing_of_the_services_words(
    kind: type[LibraryApi], serve: Serve
) -> None:
    served = serve(api := kind())
    for fault, (reply, kind_of_failure) in FAULTS.items():
        expected = OTHERWISE.get((kind, fault), kind_of_failure)
        served.trouble = reply
        served.asked.clear()
        with pytest.raises(ServiceError) as caught:
            ask(api)
        told = caught.value
        assert isinstance(told, expected), (fault, told)
        assert told.service == kind.name
        assert "secret" not in f"{told.message} {told.hint}", fault
        assert told.retry_after == (7 if "seconds" in fault else None), fault
        assert len(served.asked) == 1, fault
        _forget_rest()


@ALL
def test_a_service_that_asked_for_a_rest_is_left_alone(kind: type[LibraryApi], serve: Serve) -> None:
    served = serve(api := kind())
    served.trouble = Reply({}, 429, headers={"Retry-After": "3600"})
    for _ in range(3):
        with pytest.raises(RateLimited) as caught:
            ask(api)
        assert caught.value.retry_after == pytest.approx(3600, abs=5)
    assert len(served.asked) == 1


def test_musicbrainz_says_503_for_too_many(serve: Serve) -> None:
    serve(api := MusicBrainzApi()).trouble = Reply({"error": "rate"}, 503)
    with pytest.raises(RateLimited):
        ask(api)


@pytest.mark.parametrize("kind", [SpotifyApi, DeezerApi], ids=["a library's session", "our own client"])
@pytest.mark.parametrize("slow", [Reply({}, delay=5), Reply({"x": "y" * 200}, drip=0.05)], ids=["silent", "dripping"])
def test_a_slow_answer_is_given_up_in_time(kind: type[LibraryApi], slow: Reply, serve: Serve) -> None:
    serve(api := kind()).trouble = slow
    started = time.monotonic()
    with pytest.raises(Unreachable):
        ask(api, patience=0.3)
    assert time.monotonic() - started < 4, "before it would have come"


@ALL
def test_nobody_there_is_unreachable(kind: type[LibraryApi], settings: Any) -> None:
    settings.SERVICE_ENDPOINTS = {kind.name: "http://127.0.0.1:9"}
    with pytest.raises(Unreachable):
        ask(kind())


# --- lies


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["", "javascript:alert(1)", "\x00\x1b", "\ud800", "9" * 400, -1, 1e308, [], {}, [None], {"id": {}}]
    ),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] + [place for key, one in inner for place in places(one, (*path, key))]


def spoiled(value: Any, path: tuple[Any, ...], junk: Any) -> Any:
    if not path:
        return junk
    changed = copy.deepcopy(value)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = junk
    return changed


@ALL
@effort(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_lie_anywhere_in_an_answer_is_dropped_or_garbled(
    kind: type[LibraryApi], serve: Serve, data: st.DataObject
) -> None:
    from django.core.cache import cache as store

    store.clear()
    api = kind()
    served = data.draw(st.just(_served(kind, serve, api)))

    def lie(asked: Request) -> Reply:
        told = api.reply(asked).json
        junk = data.draw(JUNK)
        place = data.draw(st.sampled_from(places(told)))
        return Reply(data=json.dumps(spoiled(told, place, junk)).encode())

    served.trouble = lie
    try:
        found = ask(api)
    except ServiceError:
        return
    finally:
        served.trouble = None
        _forget_rest()
    for one in found:
        track = one if isinstance(one, FoundTrack) else one.track
        assert track.title.strip()
        for text in (track.title, track.artist, track.album, track.external_id):
            assert "\x00" not in text
            text.encode()
        assert all(not url or url.startswith(("https://", "http://")) for url in (track.url, track.artwork_url))
        assert 0 <= track.duration <= 24 * 3600
        assert track.year is None or 1860 <= track.year <= 2100


_servers: dict[Any, ProtocolServer] = {}


def _served(kind: Any, serve: Serve, api: LibraryApi) -> ProtocolServer:
    """One server for all the examples of a test."""
    if (kind, id(serve)) not in _servers:
        _servers[kind, id(serve)] = serve(api)
        _servers[kind, id(serve)].spec = None
    return _servers[kind, id(serve)]


def _forget_rest() -> None:
    from django.conf import settings

    from recommender.services import rate_limit

    for key in rate_limit.connection(settings.REDIS_URL).scan_iter("polite:rest:*"):
        rate_limit.connection(settings.REDIS_URL).delete(key)
