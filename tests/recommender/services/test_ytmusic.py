"""YouTube Music without a key: off by default, read through a page that promises nothing."""

from __future__ import annotations

import json
import locale
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from hypothesis import given
from hypothesis import strategies as st

from recommender.services import registry
from recommender.services.clients.ytmusic import YTMusic, track
from recommender.services.protocol import Garbled, Query, RateLimited, ServiceError, Unreachable
from tests.recommender.services.protocol_server import FakeApi, ProtocolServer, Reply, Request, serving

SONG = {"title": "Blue Harbour", "artists": ("Mara Lindt", "UCx"), "album": "An Album", "id": "vid00000001"}


class YTMusicApi(FakeApi):
    """The site's front page and its search, as the web client asks them."""

    def reply(self, asked: Request) -> Reply:
        if asked.method == "GET":
            page = 'ytcfg.set({"VISITOR_DATA": "abc"});'
            return Reply(data=page.encode(), headers={"Content-Type": "text/html"})
        assert asked.path == "/youtubei/v1/search"
        assert asked.json["query"]
        return Reply(answer([SONG]))


def runs(*parts: tuple[str, dict[str, Any] | None]) -> dict[str, Any]:
    texts = [{"text": text, **({"navigationEndpoint": there} if there else {})} for text, there in parts]
    return {"musicResponsiveListItemFlexColumnRenderer": {"text": {"runs": texts}}}


def browse(identifier: str) -> dict[str, Any]:
    return {"browseEndpoint": {"browseId": identifier}}


def answer(songs: list[dict[str, Any]]) -> dict[str, Any]:
    """A page of found songs, in the site's own nesting."""
    shown = []
    for song in songs:
        name, there = song["artists"]
        watch = {"watchEndpoint": {"videoId": song["id"]}}
        play = {"musicPlayButtonRenderer": {"playNavigationEndpoint": watch}}
        columns = [
            runs((song["title"], watch)),
            runs(
                (name, browse(there)),
                (" • ", None),
                (song["album"], browse("MPREb_1")),
                (" • ", None),
                ("3:21", None),
            ),
        ]
        overlay = {"musicItemThumbnailOverlayRenderer": {"content": play}}
        shown.append({"musicResponsiveListItemRenderer": {"flexColumns": columns, "overlay": overlay}})
    shelf = {"musicShelfRenderer": {"title": {"runs": [{"text": "Songs"}]}, "contents": shown}}
    tab = {"tabRenderer": {"content": {"sectionListRenderer": {"contents": [shelf]}}}}
    return {"contents": {"tabbedSearchResultsRenderer": {"tabs": [tab]}}}


@pytest.fixture
def served(settings: LazySettings) -> Iterator[ProtocolServer]:
    with serving(YTMusicApi()) as running:
        settings.SERVICE_ENDPOINTS = {"ytmusic": running.url}
        yield running


def test_a_song_is_found_and_the_process_keeps_its_locale(served: ProtocolServer) -> None:
    before = locale.setlocale(locale.LC_ALL)
    (found,) = YTMusic(patience=5.0).search(Query(words="blue harbour"))
    assert (found.title, found.artist, found.duration) == ("Blue Harbour", "Mara Lindt", 201)
    assert found.url == "https://music.youtube.com/watch?v=vid00000001"
    assert locale.setlocale(locale.LC_ALL) == before


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (Reply({}, 429), RateLimited),
        (Reply({}, 500), Unreachable),
        (Reply({"contents": {}}), Garbled),
        (Reply(data=b"{", headers={"Content-Type": "application/json"}), Garbled),
    ],
)
def test_what_goes_wrong_has_a_name(served: ProtocolServer, trouble: Reply, expected: type[ServiceError]) -> None:
    served.trouble = lambda asked: trouble if asked.method == "POST" else None
    with pytest.raises(expected):
        YTMusic(patience=5.0).search(Query(words="blue harbour"))
    assert sum(asked.method == "POST" for asked in served.asked) == 1


def test_nobody_is_asked_unless_the_owner_turned_it_on(settings: LazySettings) -> None:
    settings.KEYLESS_SERVICES = ["ytmusic", "deezer"]
    assert [offer.info.name for offer in registry.open_services()] == ["deezer"]
    settings.YTMUSIC = True
    assert [offer.info.name for offer in registry.open_services()] == ["deezer", "ytmusic"]


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["videoId", "title", "artists"]), inner)
    ),
    max_leaves=8,
)


@given(JSON)
def test_a_strange_entry_is_a_track_or_a_reason(entry: Any) -> None:
    made = track(json.loads(json.dumps(entry)))
    assert isinstance(made, str) or (made.title and made.external_id)
