"""Plex: the person's own media server.

The protocol is https://developer.plex.tv/pms: answers as JSON inside ``MediaContainer``, the way in as
``X-Plex-Token``, listings by ``X-Plex-Container-Start`` and ``X-Plex-Container-Size``. A song is known by its
``ratingKey``; playlists take it as an address that names the server.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_noop as later

from accounts.connections.plex import MUSIC
from core.range_response import SOUND_TYPES
from core.upstream import Incoming
from recommender.services import http, parsing
from recommender.services.clients.own_server import (
    LIBRARY,
    PATIENCE,
    SONGS_A_PAGE,
    PagedServer,
    as_list,
    info_of,
    place_of,
)
from recommender.services.protocol import (
    FoundPlaylist,
    FoundTrack,
    Garbled,
    Page,
    Query,
    Refused,
    ServiceError,
    Vanished,
)

NAME = "plex"
TRACK = 10
"""The number that asks for songs."""
COVER_SIZE = 300
_PART = re.compile(r"/library/parts/[\w./%~-]+", re.ASCII)
_THUMB = re.compile(r"/library/metadata/[\w./-]+", re.ASCII)

INFO = info_of(
    NAME,
    "Plex",
    later("Your own Plex server: whole tracks play here, at no cost and without limits."),
    saved=False,
    cover=True,
)


class Plex(PagedServer):
    """``secret``: the token of the account whose music it is."""

    info = INFO
    everything = "Everything on my Plex server"
    entry_id = "playlistItemID"

    def __init__(self, base_url: str, secret: str, *, patience: float = PATIENCE) -> None:
        super().__init__(base_url, patience)
        self._secret = secret

    def _headers(self) -> dict[str, str]:
        about = {"X-Plex-Product": "Dylumo", "X-Plex-Client-Identifier": "dylumo", "Accept": "application/json"}
        return {**about, "X-Plex-Token": self._secret}

    # --- reading

    def search(self, query: Query) -> Sequence[FoundTrack]:
        """By title; where no song is called so, the songs of an artist who is."""
        told = self._ask("/hubs/search", {"query": self._words(query), "limit": query.limit})
        hubs = {hub.get("type"): as_list(hub.get("Metadata")) for hub in as_list(told.get("Hub")) if _is_dict(hub)}
        songs = hubs.get("track", [])
        artist = parsing.identifier(parsing.within(hubs.get(MUSIC, []), 0, "ratingKey"))
        if not songs and artist:
            songs = self._rows(f"/library/metadata/{http.part(artist)}/allLeaves", 0, query.limit)[0]
        return parsing.sorted_out(songs, self._track)[0][: query.limit]

    def playlists(self, cursor: str | None = None) -> Page[FoundPlaylist]:
        """The playlists of music and, first, everything that is on the server."""
        start = place_of(cursor)
        return self._lists(start, *self._rows("/playlists", start, SONGS_A_PAGE, playlistType="audio"), _playlist)

    def playlist_tracks(self, playlist_id: str, cursor: str | None = None) -> Page[FoundTrack]:
        if playlist_id == LIBRARY:
            return self._library(cursor)
        start = place_of(cursor)
        return self._listing(start, *self._playlist_rows(playlist_id, start))

    def _playlist_rows(self, playlist_id: str, start: int) -> tuple[list[Any], int | None]:
        return self._rows(f"/playlists/{http.part(playlist_id)}/items", start, SONGS_A_PAGE)

    def _library(self, cursor: str | None) -> Page[FoundTrack]:
        """All songs, library by library; the cursor names the library and the place in it."""
        told = self._ask("/library/sections")
        libraries = [
            key
            for one in as_list(told.get("Directory"))
            if parsing.within(one, "type") == MUSIC and (key := parsing.identifier(one.get("key")))
        ]
        current, _, place = (cursor or f"{next(iter(libraries), '')}:0").rpartition(":")
        if current not in libraries:
            return Page()
        start = place_of(place)
        rows, total = self._rows(f"/library/sections/{http.part(current)}/all", start, SONGS_A_PAGE, type=TRACK)
        page = self._listing(start, rows, total, place=f"{current}:")
        left = libraries[libraries.index(current) + 1 :]
        if page.cursor is None and left:
            return Page(items=page.items, cursor=f"{left[0]}:0", dropped=page.dropped)
        return page

    def _rows(self, path: str, start: int, count: int, **asked: str | int) -> tuple[list[Any], int]:
        """A page of a listing, and how many there are in all."""
        told = self._ask(path, {"X-Plex-Container-Start": start, "X-Plex-Container-Size": count, **asked})
        rows = as_list(told.get("Metadata"))
        return rows, parsing.whole(told.get("totalSize")) or start + len(rows)

    def _ask(self, path: str, asked: Mapping[str, str | int] | None = None, method: str = "GET") -> dict[str, Any]:
        """The inside of the answer."""
        told = parsing.within(self._json(method, path, params=asked), "MediaContainer")
        if not isinstance(told, dict):
            raise Garbled(NAME)
        return told

    def _known(self, external_ids: Sequence[str]) -> list[dict[str, Any]]:
        """What the server says of these songs; those that are gone are left out."""
        try:
            told = self._ask(f"/library/metadata/{','.join(map(http.part, external_ids))}")
        except Vanished:
            return []
        return [one for one in as_list(told.get("Metadata")) if _is_dict(one)]

    # --- writing

    def create_playlist(self, title: str, description: str = "", songs: Sequence[str] = ()) -> FoundPlaylist:
        """With its first song: not every server makes an empty one."""
        asked: dict[str, str | int] = {"type": "audio", "title": title, "smart": 0}
        if songs:
            there = {parsing.identifier(one.get("ratingKey")) for one in self._known(songs[: self.batch])}
            first = next((one for one in songs if one in there), None)
            if first is None:
                raise Refused(NAME, "The server has none of these songs any more.", hint="Import your library again.")
            asked["uri"] = self._address_of([first])
        made = _playlist(parsing.within(self._ask("/playlists", asked, "POST"), "Metadata", 0))
        if isinstance(made, str):
            raise Garbled(NAME)
        if description:
            with contextlib.suppress(ServiceError):  # the playlist is made: its summary must not undo that
                self._json("PUT", f"/playlists/{http.part(made.external_id)}", params={"summary": description})
        return made

    def add_tracks(self, playlist_id: str, external_ids: Sequence[str]) -> None:
        there, _ = parsing.sorted_out(self._known(external_ids), self._track)
        self._must_have(external_ids, there)
        path = f"/playlists/{http.part(playlist_id)}/items"
        told = self._ask(path, {"uri": self._address_of(external_ids)}, "PUT")
        if parsing.whole(told.get("leafCountAdded")) == 0:
            raise Refused(NAME)

    def _move(self, playlist_id: str, entry: str, place: int, after: str) -> None:
        del place
        path = f"/playlists/{http.part(playlist_id)}/items/{http.part(entry)}/move"
        self._json("PUT", path, params={"after": after} if after else None)

    def _address_of(self, external_ids: Sequence[str]) -> str:
        """How a playlist is told of songs: by the server's own name and their keys."""
        machine = parsing.identifier(self._ask("/identity").get("machineIdentifier"))
        if not machine:
            raise Garbled(NAME)
        return f"server://{machine}/com.plexapp.plugins.library/library/metadata/{','.join(external_ids)}"

    def set_cover(self, playlist_id: str, jpeg: bytes) -> None:
        path = f"/library/metadata/{http.part(playlist_id)}/posters"
        self._json("POST", path, content=jpeg, headers={"Content-Type": "image/jpeg"})

    # --- sound and covers

    def stream(self, external_id: str, headers: dict[str, str] | None = None) -> Incoming:
        """The song's file: the first part of its first version."""
        song = self._song(external_id)
        part = parsing.within(as_list(song.get("Media")), 0, "Part", 0)
        path = parsing.within(part, "key")
        if not isinstance(path, str) or not _PART.fullmatch(path):
            raise Vanished(NAME)
        response = self._opened(path, headers)
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
        named = SOUND_TYPES.get(f".{parsing.text(part.get('container'))}") or SOUND_TYPES.get(path[path.rfind(".") :])
        if kind in ("", "application/octet-stream") and named:
            response.headers["Content-Type"] = named
        return Incoming(response)

    def artwork(self, external_id: str) -> bytes:
        """The song's own picture, else its album's."""
        song = self._song(external_id)
        shown = [one for name in ("thumb", "parentThumb") if isinstance(one := song.get(name), str)]
        path = next((one for one in shown if _THUMB.fullmatch(one)), None)
        if path is None:
            raise Vanished(NAME)
        size = {"width": COVER_SIZE, "height": COVER_SIZE, "minSize": 1, "upscale": 0}
        return self._image("GET", "/photo/:/transcode", params={"url": path, **size})

    def _song(self, external_id: str) -> dict[str, Any]:
        songs = self._known([external_id])
        if not songs:
            raise Vanished(NAME)
        return songs[0]

    def _track(self, song: Any) -> FoundTrack | str:
        external_id = parsing.identifier(parsing.within(song, "ratingKey"))
        title = parsing.text(parsing.within(song, "title"))
        if not external_id or not title or song.get("type") != "track":
            return "not a song"
        return FoundTrack(
            service=NAME,
            external_id=external_id,
            title=title,
            artist=parsing.text(song.get("originalTitle")) or parsing.text(song.get("grandparentTitle")),
            album=parsing.text(song.get("parentTitle")),
            duration=parsing.seconds(song.get("duration"), per_second=1000.0),
            year=parsing.year(song.get("parentYear")) or parsing.year(song.get("year")),
            genre=parsing.text(parsing.within(song, "Genre", 0, "tag"), 120),
            playable=True,
        )


def _is_dict(value: Any) -> bool:
    return isinstance(value, dict)


def _playlist(entry: Any) -> FoundPlaylist | str:
    external_id = parsing.identifier(parsing.within(entry, "ratingKey"))
    title = parsing.text(parsing.within(entry, "title"))
    if not external_id or not title:
        return "a playlist without a name"
    count, changed = parsing.whole(entry.get("leafCount")), parsing.whole(entry.get("updatedAt"))
    return FoundPlaylist(
        service=NAME,
        external_id=external_id,
        title=title,
        description=parsing.text(entry.get("summary")),
        count=count,
        snapshot=f"{changed} {count} {entry.get('duration')}" if changed else "",
    )
