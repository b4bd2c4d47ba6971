"""Deezer's open catalogue: search and ISRC without a key. Its errors come with the status of a success."""

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
    Refused,
    ServiceError,
    ServiceInfo,
    Unreachable,
    Vanished,
)

NAME = "deezer"
API = "https://api.deezer.com"
KEEP = 600
"""Seconds: the addresses of previews stop working soon after."""
ERRORS: dict[Any, type[ServiceError]] = {4: RateLimited, 700: Unreachable, 800: Vanished}
"""Codes of its error object: quota, busy, no data."""

INFO = ServiceInfo(
    name=NAME,
    title="Deezer",
    can=Capabilities(search=True, by_isrc=True, previews=True),
    needs_account=False,
    keep_days=30,
    credit="Previews of 30 seconds by Deezer; each track links to Deezer.",
    note="Finds tracks and plays short previews; Deezer opens no playlists to new apps.",
    media=("https://*.dzcdn.net",),
)


def _told(status: int, answer: Any) -> ServiceError | None:
    error = fields.within(answer, "error") if status == 200 else None
    return ERRORS.get(fields.whole(fields.within(error, "code")), Refused)(NAME) if error else None


class Deezer(Adapter):
    info = INFO

    def __init__(self, *, patience: float = wire.PATIENCE) -> None:
        self.door = wire.Door(service=NAME, base=wire.endpoint(NAME, API), patience=patience, told=_told)

    def search(self, query: Query) -> Sequence[FoundTrack]:
        if query.isrc:
            try:
                entries = [self.door.get(f"/track/isrc:{wire.part(query.isrc)}", keep=KEEP)]
            except Vanished:
                return ()
        else:
            asked: wire.Params = {"q": query.words, "limit": min(max(query.limit, 1), 100)}
            entries = fields.rows(NAME, self.door.get("/search", asked, keep=KEEP), "data")
        return fields.sorted_out(entries, track)[0]


def track(entry: Any) -> FoundTrack | str:
    identifier, title = fields.identifier(fields.within(entry, "id")), fields.text(fields.within(entry, "title"))
    if not identifier or not title:
        return "without a title or an id"
    preview = fields.link(entry.get("preview"))
    return FoundTrack(
        service=NAME,
        external_id=identifier,
        title=title,
        artist=fields.text(fields.within(entry, "artist", "name")),
        album=fields.text(fields.within(entry, "album", "title")),
        duration=fields.seconds(entry.get("duration")),
        isrc=fields.isrc(entry.get("isrc")),
        year=fields.year(entry.get("release_date")),
        explicit=fields.yes(entry.get("explicit_lyrics")),
        url=fields.link(entry.get("link")),
        preview_url=preview,
        artwork_url=fields.link(fields.within(entry, "album", "cover_medium")),
        playable=fields.yes(entry.get("readable")),
    )
