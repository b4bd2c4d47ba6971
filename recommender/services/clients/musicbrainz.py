"""MusicBrainz: recordings by words, by ISRC and by its own id (MBID). One request a second for this whole copy."""

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
)
from recommender.services.rate_limit import DAY

NAME = "musicbrainz"
API = "https://musicbrainz.org/ws/2"
KEEP = 30 * DAY

INFO = ServiceInfo(
    name=NAME,
    title="MusicBrainz",
    can=Capabilities(search=True, by_isrc=True, learning=True),
    needs_account=False,
    credit="Names from MusicBrainz, the open music encyclopedia (CC0).",
    note=later("Knows names, dates and codes of recordings, but has no sound; it answers one question a second."),
)


def _parse_error(status: int, _answer: Any) -> ServiceError | None:
    return RateLimited(NAME) if status == 503 else None  # its way of saying "too many"


class MusicBrainz(Adapter):
    info = INFO

    def __init__(self, *, patience: float = http.PATIENCE) -> None:
        self.api = http.ServiceClient(
            service=NAME, base=http.endpoint(NAME, API), patience=patience, parse_error=_parse_error
        )

    def search(self, query: Query) -> Sequence[FoundTrack]:
        """By words as people type them (``dismax``), or by ISRC."""
        words = f"isrc:{query.isrc}" if query.isrc else query.words
        asked: http.Params = {"query": words, "fmt": "json", "limit": min(max(query.limit, 1), 100)}
        asked = asked if query.isrc else {**asked, "dismax": "true"}
        entries = parsing.rows(NAME, self.api.get("/recording", asked, keep=KEEP), "recordings")
        return parsing.sorted_out(entries, recording)[0]


def recording(entry: Any) -> FoundTrack | str:
    identifier, title = parsing.identifier(parsing.within(entry, "id")), parsing.text(parsing.within(entry, "title"))
    if not identifier or not title:
        return "without a title or an id"
    note = parsing.text(entry.get("disambiguation"), 100)
    return FoundTrack(
        service=NAME,
        external_id=identifier,
        title=f"{title} ({note})" if note else title,
        artist=_credited(entry.get("artist-credit")),
        album=parsing.text(parsing.within(entry, "releases", 0, "title")),
        duration=parsing.seconds(entry.get("length"), per_second=1000),
        isrc=parsing.isrc(parsing.within(entry, "isrcs", 0)),
        year=parsing.year(entry.get("first-release-date")),
        url=f"https://musicbrainz.org/recording/{http.part(identifier)}",
    )


def _credited(credit: Any) -> str:
    """The artists as the release prints them, with the words between their names."""
    people = credit if isinstance(credit, list) else []
    parts = [(parsing.within(one, "name"), parsing.within(one, "joinphrase")) for one in people]
    return parsing.text(
        "".join(f"{name}{join if isinstance(join, str) else ''}" for name, join in parts if isinstance(name, str))
    )
