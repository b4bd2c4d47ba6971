"""Deezer's open catalogue: search and ISRC without a key. Its errors come with the status of a success."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_noop as later

from recommender.services import http, parsing
from recommender.services.protocol import (
    Adapter,
    Capabilities,
    FoundTrack,
    Garbled,
    Query,
    RateLimited,
    Refused,
    ServiceError,
    ServiceInfo,
    Unreachable,
    Vanished,
)
from recommender.services.track_identity import same_artist

NAME = "deezer"
API = "https://api.deezer.com"
KEEP = 600
"""Seconds: the addresses of previews stop working soon after."""
ALIKE = 5
"""Artists of a like name that are looked at."""
ERRORS: dict[Any, type[ServiceError]] = {4: RateLimited, 700: Unreachable, 800: Vanished}
"""Codes of its error object: quota, busy, no data."""

INFO = ServiceInfo(
    name=NAME,
    title="Deezer",
    can=Capabilities(search=True, by_isrc=True, previews=True),
    needs_account=False,
    keep_days=30,
    credit="Previews of 30 seconds by Deezer; each track links to Deezer.",
    note=later("Finds tracks and plays short previews; Deezer opens no playlists to new apps."),
    media=("https://*.dzcdn.net",),
    images=("https://*.dzcdn.net",),
)


def _parse_error(status: int, answer: Any) -> ServiceError | None:
    error = parsing.within(answer, "error") if status == 200 else None
    return ERRORS.get(parsing.whole(parsing.within(error, "code")), Refused)(NAME) if error else None


class Deezer(Adapter):
    info = INFO

    def __init__(self, *, patience: float = http.PATIENCE) -> None:
        self.api = http.ServiceClient(
            service=NAME, base=http.endpoint(NAME, API), patience=patience, parse_error=_parse_error
        )

    def search(self, query: Query) -> Sequence[FoundTrack]:
        if query.isrc:
            try:
                entries = [self.api.get(f"/track/isrc:{http.part(query.isrc)}", keep=KEEP)]
            except Vanished:
                return ()
        else:
            asked: http.Params = {"q": query.words, "limit": min(max(query.limit, 1), 100)}
            entries = parsing.rows(NAME, self.api.get("/search", asked, keep=KEEP), "data")
        return parsing.sorted_out(entries, track)[0]

    def by_artist(self, name: str, limit: int) -> Sequence[FoundTrack]:
        """Two questions: who goes by that name, and the tracks of theirs that are played most."""
        artists = parsing.rows(NAME, self.api.get("/search/artist", {"q": name, "limit": ALIKE}, keep=KEEP), "data")
        for entry in artists:
            identifier = parsing.identifier(parsing.within(entry, "id"))
            if identifier and same_artist(name, parsing.text(parsing.within(entry, "name"))):
                asked: http.Params = {"limit": min(max(limit, 1), 100)}
                top = self.api.get(f"/artist/{http.part(identifier)}/top", asked, keep=KEEP)
                return parsing.sorted_out(parsing.rows(NAME, top, "data"), track)[0]
        return ()

    def lookup(self, external_id: str) -> FoundTrack:
        found = track(self.api.get(f"/track/{http.part(external_id)}"))
        if isinstance(found, str):
            raise Garbled(NAME)
        return found


def track(entry: Any) -> FoundTrack | str:
    identifier, title = parsing.identifier(parsing.within(entry, "id")), parsing.text(parsing.within(entry, "title"))
    if not identifier or not title:
        return "without a title or an id"
    preview = parsing.link(entry.get("preview"))
    return FoundTrack(
        service=NAME,
        external_id=identifier,
        title=title,
        artist=parsing.text(parsing.within(entry, "artist", "name")),
        album=parsing.text(parsing.within(entry, "album", "title")),
        duration=parsing.seconds(entry.get("duration")),
        isrc=parsing.isrc(entry.get("isrc")),
        year=parsing.year(entry.get("release_date")),
        explicit=parsing.yes(entry.get("explicit_lyrics")),
        url=parsing.link(entry.get("link")),
        preview_url=preview,
        preview_until=ends(preview),
        artwork_url=parsing.link(parsing.within(entry, "album", "cover_medium")),
        playable=parsing.yes(entry.get("readable")),
    )


def ends(preview: str) -> float:
    """Seconds since 1970 when a preview's address stops working, as the address itself says (``exp=``); 0 without."""
    found = re.search(r"[?&~=]exp=(\d{9,11})(?!\d)", preview)
    return float(found[1]) if found else 0.0
