"""SoundCloud's public API: OAuth header, URNs for ids, and lists that are asked for part by part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.utils.translation import gettext_noop as later

from recommender.services import http, parsing
from recommender.services.protocol import (
    Adapter,
    Capabilities,
    FoundPlaylist,
    FoundTrack,
    Garbled,
    Page,
    Query,
    Refused,
    ServiceInfo,
)

NAME = "soundcloud"
API = "https://api.soundcloud.com"
PAGE = 200
MOST_TRACKS = 500
"""Of a playlist."""

INFO = ServiceInfo(
    name=NAME,
    title="SoundCloud",
    can=Capabilities(search=True, playlists=True, saved=True, create=True),
    keep_days=7,
    credit="Uploads on SoundCloud; each names its uploader and links to SoundCloud.",
    note=later("SoundCloud gives keys only to people with an Artist Pro subscription."),
)


class SoundCloud(Adapter):
    info = INFO
    batch = 100

    def __init__(self, token: str, *, patience: float = http.PATIENCE) -> None:
        self.api = http.ServiceClient(
            service=NAME,
            base=http.endpoint(NAME, API),
            patience=patience,
            headers={"Authorization": f"OAuth {token}"},
        )

    def search(self, query: Query) -> Sequence[FoundTrack]:
        asked: http.Params = {"q": query.words, "access": "playable,preview", "limit": min(max(query.limit, 1), PAGE)}
        return self._page("/tracks", None, track, asked).items

    def playlists(self, cursor: str | None = None) -> Page[FoundPlaylist]:
        return self._page("/me/playlists", cursor, _playlist, {"show_tracks": "false", "limit": PAGE})

    def playlist_tracks(self, playlist_id: str, cursor: str | None = None) -> Page[FoundTrack]:
        asked = {"access": "playable,preview,blocked"}
        return self._page(f"/playlists/{http.part(playlist_id)}/tracks", cursor, track, asked)

    def saved(self, cursor: str | None = None) -> Page[FoundTrack]:
        return self._page("/me/likes/tracks", cursor, track, {"limit": PAGE})

    def create_playlist(self, title: str, description: str = "", songs: Sequence[str] = ()) -> FoundPlaylist:
        del songs  # it makes empty ones
        about = {"title": title, "description": description, "sharing": "private", "tracks": []}
        made = _playlist(self.api.send("POST", "/playlists", {"playlist": about}))
        if isinstance(made, str):
            raise Garbled(NAME)
        return made

    def add_tracks(self, playlist_id: str, external_ids: Sequence[str]) -> None:
        """SoundCloud takes a playlist's whole list: what is there is read first and sent again with the new ones."""
        urns: list[str] = []
        cursor: str | None = None
        while len(urns) <= MOST_TRACKS:
            page = self.playlist_tracks(playlist_id, cursor)
            if page.dropped:
                raise Refused(NAME, "This playlist holds something that would be lost by changing it.")
            urns += [one.external_id for one in page.items]
            if (cursor := page.cursor) is None:
                break
        urns += external_ids[: self.batch]
        if len(urns) > MOST_TRACKS:
            raise Refused(
                NAME,
                "A SoundCloud playlist holds at most {most} tracks.",
                hint="Save a shorter list.",
                told={"most": MOST_TRACKS},
            )
        body = {"playlist": {"tracks": [{"urn": urn} for urn in urns]}}
        self.api.send("PUT", f"/playlists/{http.part(playlist_id)}", body)

    def _page(self, path: str, cursor: str | None, make: Any, asked: http.Params) -> Page[Any]:
        """``cursor`` is the query of the address that the last page named: only its query, never its host."""
        params = dict(parse_qsl(cursor)) if cursor else {**asked, "linked_partitioning": "true"}
        answer = self.api.get(path, params)
        made, dropped = parsing.sorted_out(parsing.rows(NAME, answer, "collection"), make)
        href = parsing.within(answer, "next_href")
        further = urlencode(parse_qsl(urlsplit(href).query)) if isinstance(href, str) and href.isascii() else ""
        return Page(items=made, cursor=further if further and further != cursor else None, dropped=dropped)


def track(entry: Any) -> FoundTrack | str:
    urn, title = parsing.identifier(parsing.within(entry, "urn")), parsing.text(parsing.within(entry, "title"))
    if not urn or not title:
        return "no longer there"
    access = entry.get("access")
    return FoundTrack(
        service=NAME,
        external_id=urn,
        title=title,
        artist=parsing.text(entry.get("metadata_artist")) or parsing.text(parsing.within(entry, "user", "username")),
        duration=parsing.seconds(entry.get("duration"), per_second=1000),
        isrc=parsing.isrc(entry.get("isrc")),
        year=parsing.year(entry.get("release_year")),
        genre=parsing.text(entry.get("genre"), 120),
        url=parsing.link(entry.get("permalink_url")),
        artwork_url=parsing.link(entry.get("artwork_url")),
        playable=access == "playable" if isinstance(access, str) else None,
    )


def _playlist(entry: Any) -> FoundPlaylist | str:
    urn = parsing.identifier(parsing.within(entry, "urn"))
    if not urn:
        return "without an id"
    return FoundPlaylist(
        service=NAME,
        external_id=urn,
        title=parsing.text(entry.get("title")) or "Untitled",
        description=parsing.text(entry.get("description"), 1000),
        count=parsing.whole(entry.get("track_count")),
        snapshot=parsing.text(entry.get("last_modified"), 200),
        url=parsing.link(entry.get("permalink_url")),
    )
