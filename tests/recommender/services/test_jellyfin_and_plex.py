"""Jellyfin and Plex, against local servers that speak their protocols: what works, what goes wrong, what is a lie."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from recommender.services.clients import own_server
from recommender.services.clients.own_server import LIBRARY
from recommender.services.protocol import (
    Garbled,
    NeedsReconnect,
    NotOffered,
    Query,
    Refused,
    ServiceError,
    Unreachable,
    Vanished,
)
from tests.recommender.services.own_server_apis import JPEG, SOUND, JellyfinApi, OwnServerApi, PlexApi
from tests.recommender.services.protocol_server import ProtocolServer, Reply, Request
from tests.recommender.services.service_apis import SONGS, LibraryApi, many
from tests.recommender.services.test_contract import FAULTS, JUNK, everything, places, spoiled

pytestmark = pytest.mark.django_db  # a closed answer makes Django look at the connections of its thread
Serve = Callable[[LibraryApi], ProtocolServer]
BOTH = pytest.mark.parametrize("kind", [JellyfinApi, PlexApi], ids=lambda kind: kind.name)


def ids(songs: Any) -> list[str]:
    return [one.external_id for one in songs]


# --- what works


@BOTH
def test_songs_of_every_script_are_found_by_title_and_by_artist(kind: type[OwnServerApi], serve: Serve) -> None:
    serve(api := kind())
    service = api.service()
    for song in SONGS:
        (found,) = service.search(Query(words=song.title))
        assert (found.service, found.external_id, found.title) == (kind.name, api.id(song), song.title)
        assert (found.duration, found.year, found.album) == (song.seconds, song.year, "Album")
        assert song.artist.split(" & ")[0] in found.artist
        assert api.id(song) in ids(service.search(Query(words=song.artist)))
    assert service.search(Query(words="nothing of the kind")) == ()
    with pytest.raises(NotOffered):
        service.search(Query(isrc="DEAA12000001"))


@BOTH
def test_a_large_library_and_long_lists_are_read_whole(
    kind: type[OwnServerApi], serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"recommender.services.clients.{kind.name}.SONGS_A_PAGE", 50)
    songs = many(230)
    listed = [*songs, songs[0], songs[0]]
    lists = {"a" * 32: listed, **{f"{n:032x}": many(n) for n in range(60)}}
    api = kind(songs=songs, lists=lists, likes=songs[:120], gone={7, 33})
    serve(api)
    service = api.service()
    library, _ = everything(lambda cursor: service.playlist_tracks(LIBRARY, cursor))
    assert sorted(ids(library)) == sorted(api.id(one) for one in songs if one.number not in api.gone)
    items, _ = everything(lambda cursor: service.playlist_tracks("a" * 32, cursor))
    assert ids(items) == [api.id(one) for one in listed if one.number not in api.gone]
    found, _ = everything(service.playlists)
    assert [one.external_id for one in found] == [LIBRARY, *lists]  # and none of films
    assert [one.count for one in found[2:]] == list(range(60))
    if service.info.can.saved:
        likes, _ = everything(service.saved)
        assert len(likes) == 118


@BOTH
def test_songs_of_the_same_name_are_told_apart(kind: type[OwnServerApi], serve: Serve) -> None:
    same = [*many(2), *(type(SONGS[0])(n, "Intro", "The Same") for n in (11, 12, 13))]
    serve(api := kind(songs=same))
    assert ids(api.service().search(Query(words="intro"))) == [api.id(one) for one in same[2:]]


@BOTH
def test_a_song_plays_in_ranges_and_shows_its_albums_cover(kind: type[OwnServerApi], serve: Serve) -> None:
    served = serve(api := kind())
    service = api.service()
    song = api.id(SONGS[1])
    with service.stream(song) as whole:
        assert (whole.status_code, whole.headers["Content-Type"]) == (200, "audio/flac")
        assert b"".join(whole.pieces()) == SOUND
    with service.stream(song, {"Range": "bytes=100-199"}) as part:
        assert (part.status_code, b"".join(part.pieces())) == (206, SOUND[100:200])
    with service.stream(song, {"Range": f"bytes={len(SOUND)}-"}) as beyond:
        assert beyond.status_code == 416
    assert service.artwork(song) == JPEG
    assert not [one for one in served.asked if "ken" in f"{one.path} {one.params}".lower()], "in an address"
    assert "ken" not in repr(service)


@BOTH
def test_a_list_is_made_filled_and_read_back_in_order(kind: type[OwnServerApi], serve: Serve) -> None:
    serve(api := kind(gone={1}))
    service = api.service()
    wanted = [api.id(one) for one in SONGS]
    made = service.create_playlist("Golden & “hour” / 夜", "from a photo", wanted)
    there = ids(service.playlist_tracks(made.external_id).items)
    assert made.title == "Golden & “hour” / 夜"
    assert there in ([], [wanted[1]])  # Plex makes none without a song: the first that it has
    service.add_tracks(made.external_id, [one for one in wanted[1:] if one not in there][::-1])
    listed = ids(service.playlist_tracks(made.external_id).items)
    assert listed == [*there, *[one for one in wanted[1:] if one not in there][::-1]]
    with pytest.raises(Vanished):  # one of a batch is gone: nothing is added
        service.add_tracks(made.external_id, wanted[:2])
    assert ids(service.playlist_tracks(made.external_id).items) == listed
    if kind is PlexApi:
        service.set_cover(made.external_id, JPEG)
        assert (api.pictures[made.external_id], api.about[made.external_id]) == (JPEG, "from a photo")
    else:
        with pytest.raises(Refused):  # for administrators
            service.set_cover(made.external_id, JPEG)


@BOTH
def test_a_list_is_put_in_order_by_moving_what_stands_wrong(kind: type[OwnServerApi], serve: Serve) -> None:
    served = serve(api := kind(lists={"mine": [SONGS[n] for n in (4, 0, 3, 1, 2)]}))
    wanted = [api.id(SONGS[n]) for n in (0, 1, 2, 3)]
    api.service().put_in_order("mine", wanted)
    assert ids(api.service().playlist_tracks("mine").items) == [*wanted, api.id(SONGS[4])]  # not ours: behind
    assert sum("ove" in one.path for one in served.asked) == 4
    served.asked.clear()
    api.service().put_in_order("mine", [*wanted, "not there"])
    assert [one.method for one in served.asked] == ["GET"]


# --- what goes wrong


@BOTH
def test_what_vanished_is_told(kind: type[OwnServerApi], serve: Serve) -> None:
    serve(api := kind(gone={1}))
    service, gone = api.service(), api.id(SONGS[0])
    for ask in (
        lambda: service.stream(gone),
        lambda: service.artwork(gone),
        lambda: service.playlist_tracks("b" * 32),
        lambda: service.add_tracks("mine", [gone]),
    ):
        with pytest.raises(Vanished):
            ask()
    if kind is PlexApi:
        with pytest.raises(Refused):
            service.create_playlist("x", songs=[gone])


@BOTH
def test_a_song_that_vanishes_between_looking_and_adding_is_not_counted(kind: type[OwnServerApi], serve: Serve) -> None:
    """Plex says how many it took; of Jellyfin, the list is read again by whoever fills it."""
    served = serve(api := kind())

    def vanishes(asked: Request) -> Reply | None:
        if asked.method in ("PUT", "POST"):
            api.gone = {1}
        return None

    served.trouble = vanishes
    if kind is PlexApi:
        with pytest.raises(Refused):
            api.service().add_tracks("mine", [api.id(SONGS[0])])
    else:
        api.service().add_tracks("mine", [api.id(SONGS[0])])
        assert api.id(SONGS[0]) not in ids(api.service().playlist_tracks("mine").items)


@BOTH
def test_whatever_goes_wrong_is_told_apart(kind: type[OwnServerApi], serve: Serve) -> None:
    served = serve(api := kind())
    for fault, (reply, expected) in FAULTS.items():
        served.trouble = reply
        served.asked.clear()
        broken = fault == "cut short"  # a connection that broke; nothing was wrong with the words
        with pytest.raises(Unreachable if broken else expected) as caught:
            api.service().search(Query(words="harbour"))
        told = caught.value
        assert told.service == kind.name
        assert "secret" not in f"{told.message} {told.hint}", fault
        assert told.retry_after == (7 if "seconds" in fault else None), fault
        assert len(served.asked) == 1, fault
        with pytest.raises(ServiceError):
            api.service().stream(api.id(SONGS[0]))
        with pytest.raises(ServiceError):
            api.service().create_playlist("x")
        assert [one.method for one in served.asked[2:]] == ["POST"], "a write is sent once"


@BOTH
def test_a_revoked_token_asks_to_connect_again(kind: type[OwnServerApi], serve: Serve) -> None:
    serve(api := kind())
    service = api.service()
    service._secret = "another"
    for ask in (service.playlists, lambda: service.stream(api.id(SONGS[0])), lambda: service.add_tracks("mine", ["1"])):
        with pytest.raises(NeedsReconnect):
            ask()


@BOTH
@pytest.mark.parametrize("slow", [Reply({}, delay=5), Reply({"x": "y" * 200}, drip=0.05)], ids=["silent", "dripping"])
def test_a_slow_answer_is_given_up(
    kind: type[OwnServerApi], slow: Reply, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_server, "LONGEST_ANSWER", 0.3)
    serve(api := kind()).trouble = slow
    started = time.monotonic()
    with pytest.raises(Unreachable):
        api.service(patience=0.3).search(Query(words="harbour"))
    assert time.monotonic() - started < 3


@BOTH
def test_nobody_there_is_unreachable(kind: type[OwnServerApi]) -> None:
    with pytest.raises(Unreachable):
        kind().service().playlists()


# --- lies


@BOTH
def test_a_library_without_an_end_ends(kind: type[OwnServerApi], serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server says that there is always more, and gives the same page each time."""
    monkeypatch.setattr(own_server, "MOST_SONGS", 20)
    served = serve(api := kind(songs=many(10)))

    def more(asked: Request) -> Reply:
        told = json.dumps(api.reply(asked).json)
        start = asked.one("StartIndex") or asked.one("X-Plex-Container-Start")
        if start and start != "0":
            asked.params["StartIndex"] = asked.params["X-Plex-Container-Start"] = ["0"]
            told = json.dumps(api.reply(asked).json)
        answer = json.loads(told)
        for inside in (answer, answer.get("MediaContainer", {})):
            for name in ("TotalRecordCount", "totalSize"):
                if name in inside:
                    inside[name] = 10**9
        return Reply(answer)

    served.trouble = more
    items, _ = everything(lambda cursor: api.service().playlist_tracks(LIBRARY, cursor))
    assert 10 <= len(items) <= 60


@BOTH
def test_sound_that_is_none_and_a_cover_without_end_are_garbled(kind: type[OwnServerApi], serve: Serve) -> None:
    served = serve(api := kind())

    def lies(asked: Request) -> Reply | None:
        if "/Audio/" in asked.path or "/parts/" in asked.path:
            return Reply(data=b"<html>Log in</html>", headers={"Content-Type": "text/html; charset=utf-8"})
        if "/Images/" in asked.path or "transcode" in asked.path:
            return Reply(data=JPEG + bytes(own_server.LARGEST_COVER))
        return None

    served.trouble = lies
    for ask in (api.service().stream, api.service().artwork):
        with pytest.raises(Garbled):
            ask(api.id(SONGS[0]))


@pytest.mark.parametrize("path", ["http://169.254.169.254/", "@evil.example/", "/playlists/1", "//evil/x", 7, None])
def test_plex_cannot_send_its_asker_elsewhere(path: Any, serve: Serve) -> None:
    served = serve(api := PlexApi())

    def lies(asked: Request) -> Reply | None:
        if not asked.path.startswith("/library/metadata/"):
            return None
        song = api.song(SONGS[0]) | {"thumb": path, "parentThumb": path}
        song["Media"] = [{"Part": [{"key": path}]}]
        return api.told(Metadata=[song])

    served.trouble = lies
    for ask in (api.service().stream, api.service().artwork):
        with pytest.raises(Vanished):
            ask("1")
    assert {one.path for one in served.asked} == {"/library/metadata/1"}


@BOTH
@effort(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_lie_anywhere_in_an_answer_is_dropped_or_garbled(
    kind: type[OwnServerApi], serve: Serve, data: st.DataObject
) -> None:
    api = kind()
    served = _servers.get((kind, id(serve))) or _servers.setdefault((kind, id(serve)), serve(api))

    def lie(asked: Request) -> Reply:
        told = api.reply(asked)
        if told.json is None:
            return told
        place = data.draw(st.sampled_from(places(told.json)))
        return Reply(data=json.dumps(spoiled(told.json, place, data.draw(JUNK))).encode(), status=told.status)

    served.trouble = lie
    service, song = api.service(), api.id(SONGS[0])
    asks: list[Callable[[], Any]] = [
        lambda: service.search(Query(words="harbour")),
        lambda: service.playlist_tracks(LIBRARY).items,
        lambda: service.playlists().items,
        lambda: service.artwork(song),
        lambda: service.create_playlist("x", "y", [song]),
        lambda: service.add_tracks("mine", [song]),
    ]
    try:
        found = data.draw(st.sampled_from(asks))()
    except ServiceError:
        return
    finally:
        served.trouble = None
    for one in found if isinstance(found, (list, tuple)) else ():
        assert one.title.strip() and one.external_id
        assert "\x00" not in f"{one.title}{one.external_id}"
        f"{one.title}{getattr(one, 'artist', '')}".encode()


_servers: dict[Any, ProtocolServer] = {}
