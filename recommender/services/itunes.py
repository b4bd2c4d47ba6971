"""Apple's iTunes Search: links into its store without a key. Its previews may only advertise it: not played here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recommender.services import fields, wire
from recommender.services.base import (
    Adapter,
    Capabilities,
    FoundTrack,
    Query,
    RateLimited,
    ServiceError,
    ServiceInfo,
)
from recommender.services.politeness import DAY

NAME = "itunes"
API = "https://itunes.apple.com"
COUNTRY = "US"
KEEP = 7 * DAY

INFO = ServiceInfo(
    name=NAME,
    title="iTunes",
    can=Capabilities(search=True),
    needs_account=False,
    keep_days=30,
    credit="Found in the iTunes Store; each track links to it.",
    note="Finds tracks in Apple's store and links to them, about twenty searches a minute for everybody here.",
)


def _told(status: int, _answer: Any) -> ServiceError | None:
    return RateLimited(NAME) if status == 403 else None  # it says 403 without a word when asked too often


class ITunes(Adapter):
    info = INFO

    def __init__(self, *, patience: float = wire.PATIENCE) -> None:
        self.door = wire.Door(service=NAME, base=wire.endpoint(NAME, API), patience=patience, told=_told)

    def search(self, query: Query) -> Sequence[FoundTrack]:
        asked: wire.Params = {
            "term": query.words,
            "media": "music",
            "entity": "song",
            "country": COUNTRY,
            "limit": min(max(query.limit, 1), 200),
        }
        entries = fields.rows(NAME, self.door.get("/search", asked, keep=KEEP), "results")
        return fields.sorted_out(entries, track)[0]


def track(entry: Any) -> FoundTrack | str:
    identifier, title = (
        fields.identifier(fields.within(entry, "trackId")),
        fields.text(fields.within(entry, "trackName")),
    )
    if not identifier or not title:
        return "without a title or an id"
    return FoundTrack(
        service=NAME,
        external_id=identifier,
        title=title,
        artist=fields.text(entry.get("artistName")),
        album=fields.text(entry.get("collectionName")),
        duration=fields.seconds(entry.get("trackTimeMillis"), per_second=1000),
        year=fields.year(entry.get("releaseDate")),
        explicit={"explicit": True, "notExplicit": False}.get(str(entry.get("trackExplicitness"))),
        genre=fields.text(entry.get("primaryGenreName"), 120),
        url=fields.link(entry.get("trackViewUrl")),
        artwork_url=fields.link(entry.get("artworkUrl100")),
    )
