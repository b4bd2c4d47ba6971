"""One box over everything: all at once, each named when it fails, nobody's own tracks shown to another."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import AsyncClient, Client

from recommender.search import federated as search
from recommender.search.federated import HERE, Answer
from recommender.search.merge import Filters, folded, sections
from recommender.services.clients.deezer import INFO as DEEZER
from recommender.services.clients.spotify import INFO as SPOTIFY
from recommender.services.protocol import Adapter, FoundTrack, Query
from recommender.services.registry import Offer
from tests.factories import PlaylistFactory, PlaylistItemFactory, TrackFactory, TrackLinkFactory, UserFactory
from tests.recommender.services.protocol_server import ProtocolServer, Reply
from tests.recommender.services.service_apis import (
    ArchiveApi,
    DeezerApi,
    ITunesApi,
    LibraryApi,
    MusicBrainzApi,
    SpotifyApi,
)

Serve = Callable[[LibraryApi], ProtocolServer]
KEYLESS = (DeezerApi, ITunesApi, MusicBrainzApi, ArchiveApi)
BLUE = Query(words="blue")
pytestmark = pytest.mark.django_db


class Waiting(Adapter):
    """Answers when ``meets`` is through."""

    info = DEEZER

    def __init__(self, meets: Callable[[], object] = lambda: None) -> None:
        self.meets = meets

    def search(self, query: Query) -> Sequence[FoundTrack]:
        self.meets()
        return (FoundTrack(service="deezer", external_id="1", title=query.words),)


class Broken(Adapter):
    info = SPOTIFY

    def search(self, query: Query) -> Sequence[FoundTrack]:
        raise ZeroDivisionError


@pytest.fixture
def servers(serve: Serve, settings: LazySettings) -> dict[str, ProtocolServer]:
    """Every keyless service, at its local server."""
    return {kind.name: serve(kind()) for kind in KEYLESS}  # type: ignore[attr-defined]


def found(service: str, title: str, artist: str = "Mara Lindt", **more: Any) -> FoundTrack:
    return FoundTrack(
        **{"service": service, "external_id": f"{service}-{title}", "title": title, "artist": artist} | more
    )


def answer(service: str, *tracks: FoundTrack) -> Answer:
    return Answer(service=service, title=service, tracks=tracks)


# --- the fan-out


def test_all_are_asked_at_once_and_the_late_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "DEADLINE", 20.0)
    monkeypatch.setattr(search, "DEADLINES", {SPOTIFY.name: 0.1})
    monkeypatch.setattr(search, "GRACE", 0.1)
    together, asked_enough = threading.Barrier(4, timeout=20), threading.Event()
    punctual, late = Waiting(together.wait), Waiting(lambda: asked_enough.wait(20))
    told = search.all_answers([Offer(SPOTIFY, lambda _: late)] + [Offer(DEEZER, lambda _: punctual)] * 4, BLUE)
    asked_enough.set()
    assert sorted(bool(one.error) for one in told) == [False] * 4 + [True]
    assert [(one.service, one.code) for one in told if one.error] == [("spotify", "service_unreachable")]


def test_an_adapter_that_breaks_is_an_answer_too() -> None:
    offers = [Offer(SPOTIFY, lambda _: Broken()), Offer(DEEZER, lambda _: Waiting())]
    told = {one.service: one for one in search.all_answers(offers, Query(words="blue"))}
    assert told["spotify"].code == "service_garbled"
    assert len(told["deezer"].tracks) == 1


# --- putting together


def test_the_same_recording_stands_once_with_every_place_it_is_known_from() -> None:
    hits = folded(
        [
            found("deezer", "Blue Harbour", duration=201, preview_url="https://x.dzcdn.net/1.mp3"),
            found("itunes", "Blue Harbour", duration=200),
            found("archive", "Blue Harbour", duration=202, stream_url="https://archive.org/1.mp3"),
            found("itunes", "Blue Harbour (Live)", duration=230),
            found("deezer", "Blue Harbour", "Jon Vale", duration=180),
        ],
        "blue harbour mara",
    )
    assert [[one.service for one in hit.tracks] for hit in hits] == [
        ["archive", "deezer", "itunes"],
        ["itunes"],
        ["deezer"],
    ]
    assert hits[0].sound == "https://archive.org/1.mp3"


def test_spotify_stands_in_a_section_of_its_own_with_its_credit() -> None:
    told = [answer("spotify", found("spotify", "Blue Harbour")), answer("deezer", found("deezer", "Blue Harbour"))]
    mixed, apart = sections(told, "blue", Filters())
    assert [one.service for hit in mixed.hits for one in hit.tracks] == ["deezer"]
    assert apart.service == "spotify"
    assert [one.service for hit in apart.hits for one in hit.tracks] == ["spotify"]
    assert apart.credits == (SPOTIFY.credit,)


@pytest.mark.parametrize(
    ("filters", "titles"),
    [
        (Filters(services=frozenset({"itunes"})), {"b"}),
        (Filters(shortest=100), {"a"}),
        (Filters(longest=100), {"b"}),
        (Filters(year_min=2000), {"a"}),
        (Filters(year_max=1999), {"b"}),
        (Filters(playable=True), {"a"}),
        (Filters(), {"a", "b", "c"}),
    ],
)
def test_filters_are_kept_and_what_is_not_told_counts_against(filters: Filters, titles: set[str]) -> None:
    told = answer(
        "x",
        found("deezer", "a", "A", duration=200, year=2005, preview_url="https://x.dzcdn.net/1.mp3"),
        found("itunes", "b", "B", duration=90, year=1990),
        found("deezer", "c", "C"),
    )
    assert {hit.shown.title for part in sections([told], "", filters) for hit in part.hits} == titles


# --- here


def test_the_catalogue_and_ones_own_tracks_are_found_and_no_strangers() -> None:
    person = UserFactory()
    shared = TrackFactory(title="Blue Harbour", artist="Mara Lindt")
    own = TrackFactory(title="Blue Harbour at home", owner=person, source="files")
    TrackFactory(title="Blue Harbour secret", owner=UserFactory(), source="files")
    assert {one.external_id for one in search.here(person, Query(words="blue harbour")).tracks} == {
        str(shared.pk),
        str(own.pk),
    }
    assert {one.external_id for one in search.here(None, Query(words="blue harbour")).tracks} == {str(shared.pk)}


def test_a_track_imported_from_spotify_stays_in_spotifys_section() -> None:
    person = UserFactory()
    own = TrackFactory(title="Blue Harbour", owner=person, source="service")
    TrackLinkFactory(track=own, service="spotify", external_id="abc", url="https://open.spotify.com/track/abc")
    (part,) = sections([search.here(person, Query(words="blue harbour"))], "blue harbour", Filters())
    assert part.service == "spotify"


# --- the page


def test_the_page_without_script_shows_everything_after_the_deadline(
    client: Client, servers: dict[str, ProtocolServer]
) -> None:
    TrackFactory(title="Blue Harbour", artist="Mara Lindt", duration=201)
    servers["itunes"].trouble = Reply({}, 500)
    page = client.get("/search/", {"q": "Blue Harbour", "all": "1"})
    text = page.content.decode()
    assert page.status_code == 200
    assert text.count('class="track"') == 1, "one recording, once"
    assert "https://www.deezer.com/track/1" in text
    assert "https://archive.org/details/item1" in text
    assert "iTunes: The service could not be reached in time." in text
    assert "data-events" not in text
    assert DEEZER.credit in text
    assert "https://archive.org" in page["Content-Security-Policy"]


def test_the_page_with_script_is_there_at_once_and_asks_nobody(
    client: Client, servers: dict[str, ProtocolServer]
) -> None:
    TrackFactory(title="Blue Harbour", artist="Mara Lindt")
    text = client.get("/search/", {"q": "Blue Harbour"}).content.decode()
    assert 'data-events="/search/events/?q=Blue+Harbour"' in text
    assert "Mara Lindt" in text
    assert all(one.asked == [] for one in servers.values())


@pytest.mark.django_db(transaction=True)
async def test_results_come_as_each_service_answers(
    servers: dict[str, ProtocolServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "DEADLINE", 20.0)
    monkeypatch.setattr(search, "DEADLINES", {})
    others_are_there = threading.Event()

    def last(_asked: object) -> Reply:
        return Reply({"response": {"docs": []}}, 200 if others_are_there.wait(20) else 500)

    servers["archive"].trouble = last
    response = await AsyncClient().get("/search/events/", {"q": "Blue Harbour"})
    assert response.status_code == 200
    events = []
    async for part in response.streaming_content:  # type: ignore[attr-defined]
        kind, data = re.match(r"event: (\w+)\ndata: (.*)\n\n", part.decode()).groups()  # type: ignore[union-attr]
        events.append((kind, json.loads(data)))
        if events[-1][1]["waiting"] == ["Internet Archive"]:
            others_are_there.set()
    assert [kind for kind, _ in events] == ["results", "results", "results", "done"]
    assert others_are_there.is_set(), "they came before the slow one"
    assert "Blue Harbour" in events[2][1]["html"]
    assert events[-2][1]["waiting"] == ["Internet Archive"]
    assert events[-1][1]["waiting"] == []


def test_a_hostile_title_is_text(client: Client, serve: Serve, settings: LazySettings) -> None:
    from tests.recommender.services.service_apis import Song

    settings.KEYLESS_SERVICES = ["deezer"]
    serve(DeezerApi(songs=[Song(1, '<script>alert(1)</script>"onerror="x', "blue")]))
    text = client.get("/search/", {"q": "blue", "all": "1"}).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;" in text


@pytest.mark.parametrize("asked", [{"q": "x" * 300}, {"q": "a", "year_min": "soon"}, {"q": "a", "service": "nothing"}])
def test_a_search_that_makes_no_sense_is_refused_with_a_sentence(client: Client, asked: dict[str, str]) -> None:
    assert client.get("/search/", asked).status_code == 400


def test_in_which_of_ones_lists_a_track_stands_is_told_to_its_owner_only(
    client: Client, servers: dict[str, ProtocolServer]
) -> None:
    person = UserFactory()
    track = TrackFactory(title="Blue Harbour", artist="Mara Lindt")
    PlaylistItemFactory(playlist=PlaylistFactory(owner=person, title="Evening by the sea"), track=track)
    assert "Evening by the sea" not in client.get("/search/", {"q": "Blue Harbour"}).content.decode()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    assert "Evening by the sea" in client.get("/search/", {"q": "Blue Harbour"}).content.decode()


def test_programs_get_the_same(client: Client, servers: dict[str, ProtocolServer]) -> None:
    client.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    servers["deezer"].trouble = Reply({}, 500)
    told = client.get("/api/v1/search/", {"q": "Blue Harbour"}).json()
    assert {one["service"]: bool(one["error"]) for one in told["services"]} == {
        HERE: False,
        "deezer": True,
        "itunes": False,
        "musicbrainz": False,
        "archive": False,
    }
    (track,) = told["sections"][0]["tracks"]
    assert {one["service"] for one in track["known_from"]} == {"itunes", "musicbrainz", "archive"}
    assert track["isrc"] == "DEAA12000001"


def test_a_code_is_looked_up_where_codes_are_known(client: Client, servers: dict[str, ProtocolServer]) -> None:
    text = client.get("/search/", {"q": "DE-AA1-20-00001", "all": "1"}).content.decode()
    assert text.count('class="track"') == 1
    assert servers["itunes"].asked == []


def test_spotify_is_searched_by_code_too(serve: Serve) -> None:
    serve(api := SpotifyApi())
    (one,) = api.service().search(Query(isrc="JPAA12000002"))
    assert one.title == "残酷な夜の歌"
