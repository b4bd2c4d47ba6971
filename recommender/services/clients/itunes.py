"""Apple's iTunes Search: links into its store, covers and previews without a key.

Its terms give previews and covers to those who promote the store: a page shows both beside the store's link only, and
nothing of them is kept here but where they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_noop as later

from recommender.services import http, parsing
from recommender.services.protocol import (
    Adapter,
    Capabilities,
    FoundTrack,
    Query,
    RateLimited,
    ServiceError,
    ServiceInfo,
    Vanished,
)
from recommender.services.rate_limit import DAY

NAME = "itunes"
API = "https://itunes.apple.com"
COUNTRY = "US"
KEEP = 7 * DAY

INFO = ServiceInfo(
    name=NAME,
    title="iTunes",
    can=Capabilities(search=True, previews=True),
    needs_account=False,
    keep_days=30,
    credit="Previews provided courtesy of iTunes; each track links to the iTunes Store.",
    note=later(
        "Finds tracks in Apple's store and plays short previews; about twenty searches a minute for everybody here."
    ),
    media=("https://audio-ssl.itunes.apple.com",),
    images=("https://*.mzstatic.com",),
)


def _parse_error(status: int, _answer: Any) -> ServiceError | None:
    return RateLimited(NAME) if status == 403 else None  # it says 403 without a word when asked too often


class ITunes(Adapter):
    info = INFO

    def __init__(self, *, patience: float = http.PATIENCE) -> None:
        self.api = http.ServiceClient(
            service=NAME, base=http.endpoint(NAME, API), patience=patience, parse_error=_parse_error
        )

    def search(self, query: Query) -> Sequence[FoundTrack]:
        return self._songs({"term": query.words}, query.limit)

    def by_artist(self, name: str, limit: int) -> Sequence[FoundTrack]:
        return self._songs({"term": name, "attribute": "artistTerm"}, limit)

    def _songs(self, words: http.Params, limit: int) -> Sequence[FoundTrack]:
        asked: http.Params = {
            **words,
            "media": "music",
            "entity": "song",
            "country": COUNTRY,
            "limit": min(max(limit, 1), 200),
        }
        entries = parsing.rows(NAME, self.api.get("/search", asked, keep=KEEP), "results")
        return parsing.sorted_out(entries, track)[0]

    def lookup(self, external_id: str) -> FoundTrack:
        asked: http.Params = {"id": external_id, "entity": "song", "country": COUNTRY}
        entries = parsing.rows(NAME, self.api.get("/lookup", asked), "results")
        for found in parsing.sorted_out(entries, track)[0]:
            if found.external_id == external_id:
                return found
        raise Vanished(NAME)


def track(entry: Any) -> FoundTrack | str:
    identifier, title = (
        parsing.identifier(parsing.within(entry, "trackId")),
        parsing.text(parsing.within(entry, "trackName")),
    )
    if not identifier or not title:
        return "without a title or an id"
    return FoundTrack(
        service=NAME,
        external_id=identifier,
        title=title,
        artist=parsing.text(entry.get("artistName")),
        album=parsing.text(entry.get("collectionName")),
        duration=parsing.seconds(entry.get("trackTimeMillis"), per_second=1000),
        year=parsing.year(entry.get("releaseDate")),
        explicit={"explicit": True, "notExplicit": False}.get(str(entry.get("trackExplicitness"))),
        genre=parsing.text(entry.get("primaryGenreName"), 120),
        url=parsing.link(entry.get("trackViewUrl")),
        preview_url=parsing.link(entry.get("previewUrl")),
        artwork_url=parsing.link(entry.get("artworkUrl100")),
    )
