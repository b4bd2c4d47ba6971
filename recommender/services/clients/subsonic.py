"""OpenSubsonic: the person's own music server (Navidrome, Gonic, Supysonic, Airsonic and their kin).

The protocol is https://opensubsonic.netlify.app/docs: version 1.16.1, JSON answers inside ``subsonic-response``, and
token authentication (``t = md5(password + salt)``). A server that keeps only hashes of passwords cannot check such a
token and says so (error 41, or 10 for the missing ``p``); it is then given the password hex-encoded, as the protocol
has it. Requests are sent as forms, so that neither ends up in an access log.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import httpx
from django.utils.translation import gettext_noop as later

from accounts.connections.subsonic import ASKER, WANTS_PASSWORD, proof
from core import own_servers
from core.upstream import Incoming
from recommender.services import http, parsing
from recommender.services.clients.own_server import (
    LARGEST_ERROR,
    LIBRARY,
    MOST_SONGS,
    PATIENCE,
    SONGS_A_PAGE,
    OwnServer,
    as_list,
    in_order,
    info_of,
)
from recommender.services.protocol import (
    FoundPlaylist,
    FoundTrack,
    Garbled,
    NeedsReconnect,
    Page,
    Query,
    RateLimited,
    Refused,
    ServiceError,
    Unreachable,
    Vanished,
)
from recommender.services.track_identity import same_artist

T = TypeVar("T")

NAME = "subsonic"
ALBUMS_A_PAGE = 20
ALIKE, MOST_ALBUMS = 5, 3
"""Artists of a like name that are looked at, and how many albums of theirs."""
COVER_SIZE = 300
ERRORS: dict[int, type[ServiceError]] = {
    10: NeedsReconnect,
    40: NeedsReconnect,
    41: NeedsReconnect,
    42: NeedsReconnect,
    43: NeedsReconnect,
    44: NeedsReconnect,
    50: Refused,
    60: Refused,
    70: Vanished,
}
"""The protocol's error codes. From 10 to 44 the way in is no good: a parameter of it missing, wrong name or password,
no tokens, API keys only, two ways at once, wrong API key. Then: not authorised, trial over, not found."""

INFO = info_of(
    NAME,
    "OpenSubsonic",
    later("Your own server (Navidrome, Gonic, Supysonic ...): whole tracks play here, at no cost and without limits."),
)


class Subsonic(OwnServer):
    """A ``MusicService`` for one account on one server. ``base_url`` is the server's address without ``/rest``;
    without ``username`` the ``secret`` is an API key (OpenSubsonic's ``apiKeyAuthentication``)."""

    info = INFO
    everything = "Everything on my server"

    def __init__(self, base_url: str, username: str, secret: str, *, patience: float = PATIENCE) -> None:
        super().__init__(base_url, patience)
        self._username, self._secret = username, secret
        self._plain = False

    # --- reading

    def search(self, query: Query) -> Sequence[FoundTrack]:
        return self._songs(self._words(query), query.limit, 0)

    def by_artist(self, name: str, limit: int) -> Sequence[FoundTrack]:
        """What a search for songs finds; on servers that search titles only, the first albums of the artist."""
        if found := [one for one in self._songs(name, limit, 0) if same_artist(name, one.artist)]:
            return found
        answer = self._ask("search3", query=name, artistCount=ALIKE, albumCount=0, songCount=0)
        for artist in as_list(parsing.within(answer, "searchResult3", "artist")):
            if same_artist(name, parsing.text(parsing.within(artist, "name"))):
                theirs = self._ask("getArtist", id=parsing.identifier(parsing.within(artist, "id")))
                albums = as_list(parsing.within(theirs, "artist", "album"))[:MOST_ALBUMS]
                return [song for album in albums for song in self._album(album)[0]][:limit]
        return ()

    def playlists(self, cursor: str | None = None) -> Page[FoundPlaylist]:
        """The server's playlists and, first, everything that is on it."""
        del cursor  # the protocol lists them all at once
        listed = parsing.within(self._ask("getPlaylists"), "playlists", "playlist") or []
        found, dropped = parsing.sorted_out(as_list(listed), _playlist)
        return Page(items=(self._all_of_it(), *found), total=len(found) + 1, dropped=dropped)

    def playlist_tracks(self, playlist_id: str, cursor: str | None = None) -> Page[FoundTrack]:
        if playlist_id == LIBRARY:
            return self._library(cursor or "songs:0")
        answer = self._ask("getPlaylist", id=playlist_id)
        found, dropped = parsing.sorted_out(as_list(parsing.within(answer, "playlist", "entry")), self._track)
        return Page(items=found, total=len(found), dropped=dropped)

    def saved(self, cursor: str | None = None) -> Page[FoundTrack]:
        del cursor
        starred = parsing.within(self._ask("getStarred2"), "starred2", "song")
        found, dropped = parsing.sorted_out(as_list(starred), self._track)
        return Page(items=found, total=len(found), dropped=dropped)

    def _library(self, cursor: str) -> Page[FoundTrack]:
        """All songs: by a search for nothing, which OpenSubsonic servers answer with everything; a server that answers
        it with nothing is walked album by album."""
        way, _, place = cursor.partition(":")
        start = int(place)
        if way == "songs":
            songs = self._songs("", SONGS_A_PAGE, start)
            if songs or start:
                more = f"songs:{start + SONGS_A_PAGE}" if len(songs) == SONGS_A_PAGE and start < MOST_SONGS else None
                return Page(items=tuple(songs), cursor=more)
        answer = self._ask("getAlbumList2", type="alphabeticalByName", size=ALBUMS_A_PAGE, offset=start)
        albums = as_list(parsing.within(answer, "albumList2", "album"))
        found: list[FoundTrack] = []
        dropped: list[str] = []
        for album in albums:
            some, reasons = self._album(album)
            found, dropped = [*found, *some], [*dropped, *reasons]
        more = f"albums:{start + ALBUMS_A_PAGE}" if len(albums) == ALBUMS_A_PAGE and start < MOST_SONGS else None
        return Page(items=tuple(found), cursor=more, dropped=tuple(dropped))

    def _album(self, album: Any) -> tuple[tuple[FoundTrack, ...], tuple[str, ...]]:
        """A listed album's songs, and why others of it cannot be used."""
        answer = self._ask("getAlbum", id=parsing.identifier(parsing.within(album, "id")))
        return parsing.sorted_out(as_list(parsing.within(answer, "album", "song")), self._track)

    def _songs(self, words: str, count: int, offset: int) -> Sequence[FoundTrack]:
        answer = self._ask("search3", query=words, songCount=count, songOffset=offset, artistCount=0, albumCount=0)
        return parsing.sorted_out(as_list(parsing.within(answer, "searchResult3", "song")), self._track)[0]

    # --- writing

    def create_playlist(self, title: str, description: str = "", songs: Sequence[str] = ()) -> FoundPlaylist:
        """Servers before 1.14 answer with nothing: the new playlist is then the one that was not there before."""
        del songs  # it makes empty ones
        before = {one.external_id for one in self.playlists().items}
        answer = self._ask("createPlaylist", name=title)
        made = _playlist(answer.get("playlist"))
        if isinstance(made, str):
            new = [one for one in self.playlists().items if one.external_id not in before and one.title == title]
            if not new:
                raise Garbled(NAME)
            made = new[-1]
        if description:
            with contextlib.suppress(ServiceError):  # the playlist is made: its comment must not undo that
                self._ask("updatePlaylist", playlistId=made.external_id, comment=description)
        return made

    def add_tracks(self, playlist_id: str, external_ids: Sequence[str]) -> None:
        self._ask("updatePlaylist", playlistId=playlist_id, songIdToAdd=list(external_ids))

    def put_in_order(self, playlist_id: str, external_ids: Sequence[str]) -> None:
        """By giving the whole list again, in one request."""
        page = self.playlist_tracks(playlist_id)
        there = [one.external_id for one in page.items]
        wanted = in_order(there, external_ids, str)
        if wanted == there:
            return
        if page.dropped:
            raise Refused(NAME, "This playlist holds something that would be lost by changing it.")
        self._ask("createPlaylist", playlistId=playlist_id, songId=wanted)

    # --- sound and covers

    def stream(self, external_id: str, headers: dict[str, str] | None = None) -> Incoming:
        what = {"id": external_id, "format": "raw"}
        return Incoming(self._proven(lambda: self._opened("/rest/stream.view", headers, params=self._form(what))))

    def _said_instead(self, response: httpx.Response) -> None:
        try:
            content = own_servers.read_whole(response, LARGEST_ERROR, PATIENCE)
        except own_servers.TooLarge as error:
            raise Garbled(NAME) from error
        except (own_servers.TooSlow, httpx.HTTPError) as error:
            raise Unreachable(NAME) from error
        self._understood(httpx.Response(response.status_code, content=content))

    def artwork(self, external_id: str) -> bytes:
        return self._proven(lambda: self._cover(external_id))

    def _cover(self, external_id: str) -> bytes:
        what = {"id": external_id, "size": str(COVER_SIZE)}
        content = self._image("POST", "/rest/getCoverArt.view", data=self._form(what))
        if content.lstrip()[:1] in (b"{", b"<"):  # an error, with the status of a success
            self._understood(httpx.Response(200, content=content))
            raise Vanished(NAME)
        return content

    # --- asking

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The inside of the answer."""
        path = f"/rest/{method}.view"
        return self._proven(lambda: self._understood(self._whole("POST", path, data=self._form(parameters))))

    def _proven(self, ask: Callable[[], T]) -> T:
        """A read or write is sent once; only a refused way of proving the password is tried the other way, which the
        server refused before doing anything."""
        try:
            return ask()
        except _WantsPassword:
            self._plain = True
            return ask()

    def _form(self, parameters: dict[str, Any]) -> dict[str, Any]:
        return {**self._proof(), **ASKER, **parameters}

    def _proof(self) -> dict[str, str]:
        return proof(self._username, self._secret, plain=self._plain)

    def _understood(self, response: httpx.Response) -> dict[str, Any]:
        status = response.status_code
        try:
            answer = parsing.within(json.loads(response.content), "subsonic-response")
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            if status == 429:
                raise RateLimited(NAME, retry_after=http.retry_after(response.headers))
            raise Unreachable(NAME) if status >= 500 or status == 408 else Garbled(NAME)
        if answer.get("status") == "ok":
            return answer
        code = parsing.whole(parsing.within(answer, "error", "code"))
        if code in WANTS_PASSWORD and self._username and not self._plain:
            raise _WantsPassword
        raise ERRORS.get(code or 0, Refused)(NAME)

    def _track(self, song: Any) -> FoundTrack | str:
        external_id = parsing.identifier(parsing.within(song, "id"))
        title = parsing.text(parsing.within(song, "title"))
        if not external_id or not title or song.get("isDir") is True or song.get("isVideo") is True:
            return "not a song"
        codes = song.get("isrc")
        return FoundTrack(
            service=NAME,
            external_id=external_id,
            title=title,
            artist=parsing.text(song.get("displayArtist")) or parsing.text(song.get("artist")),
            album=parsing.text(song.get("album")),
            duration=parsing.seconds(song.get("duration")),
            isrc=parsing.isrc(codes[0] if isinstance(codes, list) and codes else codes),
            year=parsing.year(song.get("year")),
            genre=parsing.text(song.get("genre"), 120),
            playable=True,
        )


class _WantsPassword(Exception):
    """The server cannot check a token."""


def _playlist(entry: Any) -> FoundPlaylist | str:
    external_id = parsing.identifier(parsing.within(entry, "id"))
    title = parsing.text(parsing.within(entry, "name"))
    if not external_id or not title:
        return "a playlist without a name"
    count = parsing.whole(entry.get("songCount"))
    changed = parsing.text(entry.get("changed"))
    return FoundPlaylist(
        service=NAME,
        external_id=external_id,
        title=title,
        description=parsing.text(entry.get("comment")),
        count=count,
        snapshot=f"{changed} {count} {entry.get('duration')}" if changed else "",
    )
