"""Jellyfin: the person's own media server.

The protocol is https://api.jellyfin.org (10.8 to 12): JSON, the way in as ``Authorization: MediaBrowser Token="..."``
(older ways are off in 12), listings with ``StartIndex``, ``Limit`` and ``TotalRecordCount``. ``userId`` goes with every
question: an API key is nobody's, and would see everybody's.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_noop as later

from accounts.connections.jellyfin import token_header
from core.upstream import Incoming
from recommender.services import http, parsing
from recommender.services.clients.own_server import (
    LIBRARY,
    PATIENCE,
    SONGS_A_PAGE,
    PagedServer,
    info_of,
    place_of,
)
from recommender.services.protocol import (
    FoundPlaylist,
    FoundTrack,
    Garbled,
    Page,
    Query,
    Vanished,
)

NAME = "jellyfin"
TICKS = 10_000_000
"""A second has so many."""
COVER_SIZE = 300
SONGS: dict[str, str | int] = {"IncludeItemTypes": "Audio", "Recursive": "true", "Fields": "Genres"}
ORDER = {"SortBy": "SortName,Album,DateCreated", "SortOrder": "Ascending"}
"""The same order for each page of a listing."""

INFO = info_of(
    NAME,
    "Jellyfin",
    later("Your own Jellyfin server: whole tracks play here, at no cost and without limits."),
    cover=True,
)


class Jellyfin(PagedServer):
    """``user_id``: whose music it is; ``secret``: their token, or an API key."""

    info = INFO
    everything = "Everything on my Jellyfin server"
    entry_id = "PlaylistItemId"

    def __init__(self, base_url: str, user_id: str, secret: str, *, patience: float = PATIENCE) -> None:
        super().__init__(base_url, patience)
        self._user_id, self._secret = user_id, secret

    def _headers(self) -> dict[str, str]:
        return token_header(self._secret)

    # --- reading

    def search(self, query: Query) -> Sequence[FoundTrack]:
        """By title; where no song is called so, the songs of an artist who is."""
        words = self._words(query)
        found = self._items(0, query.limit, SearchTerm=words).items
        if found:
            return found
        told = self._json("GET", "/Artists", params={"SearchTerm": words, "Limit": 1, "userId": self._user_id})
        artist = parsing.identifier(parsing.within(told, "Items", 0, "Id"))
        return self._items(0, query.limit, ArtistIds=artist).items if artist else ()

    def playlists(self, cursor: str | None = None) -> Page[FoundPlaylist]:
        """The playlists of music and, first, everything that is on the server."""
        start = place_of(cursor)
        asked = {"IncludeItemTypes": "Playlist", "Recursive": "true", "Fields": "ChildCount", **ORDER}
        return self._lists(start, *_rows(self._listed("/Items", start, SONGS_A_PAGE, **asked)), _playlist)

    def playlist_tracks(self, playlist_id: str, cursor: str | None = None) -> Page[FoundTrack]:
        start = place_of(cursor)
        if playlist_id == LIBRARY:
            return self._items(start, SONGS_A_PAGE)
        return self._listing(start, *self._playlist_rows(playlist_id, start))

    def _playlist_rows(self, playlist_id: str, start: int) -> tuple[list[Any], int | None]:
        path = f"/Playlists/{http.part(playlist_id)}/Items"
        return _rows(self._listed(path, start, SONGS_A_PAGE, Fields="Genres"))

    def saved(self, cursor: str | None = None) -> Page[FoundTrack]:
        """What is marked as a favourite."""
        return self._items(place_of(cursor), SONGS_A_PAGE, IsFavorite="true")

    def _items(self, start: int, count: int, **asked: str | int) -> Page[FoundTrack]:
        told = self._listed("/Items", start, count, **{**SONGS, **ORDER, **asked})
        return self._listing(start, *_rows(told))

    def _listed(self, path: str, start: int, count: int, **asked: str | int) -> Any:
        params = {"userId": self._user_id, "StartIndex": start, "Limit": count, **asked}
        return self._json("GET", path, params=params)

    # --- writing

    def create_playlist(self, title: str, description: str = "", songs: Sequence[str] = ()) -> FoundPlaylist:
        """Private where the server knows of that (10.9 and later). Only an administrator may describe a playlist."""
        del description, songs
        about = {"Name": title, "Ids": [], "UserId": self._user_id, "MediaType": "Audio", "IsPublic": False}
        made = parsing.identifier(parsing.within(self._json("POST", "/Playlists", json=about), "Id"))
        if not made:
            raise Garbled(NAME)
        return FoundPlaylist(service=NAME, external_id=made, title=title)

    def add_tracks(self, playlist_id: str, external_ids: Sequence[str]) -> None:
        ids = ",".join(external_ids)
        self._must_have(external_ids, self._items(0, len(external_ids), Ids=ids).items)
        path = f"/Playlists/{http.part(playlist_id)}/Items"
        self._json("POST", path, params={"Ids": ids, "userId": self._user_id})

    def _move(self, playlist_id: str, entry: str, place: int, after: str) -> None:
        """Which an API key may not do: it is nobody's."""
        del after
        self._json("POST", f"/Playlists/{http.part(playlist_id)}/Items/{http.part(entry)}/Move/{place}")

    def set_cover(self, playlist_id: str, jpeg: bytes) -> None:
        """Which Jellyfin lets administrators do only."""
        path = f"/Items/{http.part(playlist_id)}/Images/Primary"
        self._json("POST", path, content=base64.b64encode(jpeg), headers={"Content-Type": "image/jpeg"})

    # --- sound and covers

    def stream(self, external_id: str, headers: dict[str, str] | None = None) -> Incoming:
        path = f"/Audio/{http.part(external_id)}/stream"
        return Incoming(self._opened(path, headers, params={"static": "true", "userId": self._user_id}))

    def artwork(self, external_id: str) -> bytes:
        """The song's own picture, else its album's."""
        told = self._listed("/Items", 0, 1, Ids=external_id, EnableImageTypes="Primary")
        song = parsing.within(told, "Items", 0)
        own, album = parsing.within(song, "ImageTags", "Primary"), parsing.within(song, "AlbumPrimaryImageTag")
        shown = parsing.identifier(parsing.within(song, "Id" if own else "AlbumId")) if own or album else ""
        if not shown:
            raise Vanished(NAME)
        size = {"fillWidth": COVER_SIZE, "fillHeight": COVER_SIZE}
        return self._image("GET", f"/Items/{http.part(shown)}/Images/Primary", params=size)

    def _track(self, song: Any) -> FoundTrack | str:
        external_id = parsing.identifier(parsing.within(song, "Id"))
        title = parsing.text(parsing.within(song, "Name"))
        if not external_id or not title or song.get("Type") != "Audio":
            return "not a song"
        artists = song.get("Artists")
        named = [name for one in (artists if isinstance(artists, list) else []) if (name := parsing.text(one))]
        return FoundTrack(
            service=NAME,
            external_id=external_id,
            title=title,
            artist=parsing.text(", ".join(named)) or parsing.text(song.get("AlbumArtist")),
            album=parsing.text(song.get("Album")),
            duration=parsing.seconds(song.get("RunTimeTicks"), per_second=TICKS),
            year=parsing.year(song.get("ProductionYear")),
            genre=parsing.text(parsing.within(song, "Genres", 0), 120),
            playable=True,
        )


def _rows(told: Any) -> tuple[list[Any], int | None]:
    """A page of a listing, and how much there is in all."""
    return parsing.rows(NAME, told, "Items"), parsing.whole(told.get("TotalRecordCount"))


def _playlist(entry: Any) -> FoundPlaylist | str:
    external_id = parsing.identifier(parsing.within(entry, "Id"))
    title = parsing.text(parsing.within(entry, "Name"))
    if not external_id or not title:
        return "a playlist without a name"
    if entry.get("MediaType") == "Video":
        return "a playlist of videos"
    return FoundPlaylist(
        service=NAME, external_id=external_id, title=title, count=parsing.whole(entry.get("ChildCount"))
    )
