"""OpenSubsonic: the person's own music server (Navidrome, Gonic, Supysonic, Airsonic and their kin).

The protocol is https://opensubsonic.netlify.app/docs: version 1.16.1, JSON answers inside ``subsonic-response``, and
token authentication (``t = md5(password + salt)``). A server that keeps only hashes of passwords cannot check such a
token and says so (error 41, or 10 for the missing ``p``); it is then given the password hex-encoded, as the protocol
has it. Requests are sent as forms, so that neither ends up in an access log.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import secrets
import time
from collections.abc import Sequence
from functools import cache
from typing import Any

import httpx
from django.utils.translation import gettext_noop as later

from core import own_servers
from core.upstream import Incoming
from recommender.services import parsing
from recommender.services.protocol import (
    MEGABYTE,
    Adapter,
    Capabilities,
    FoundPlaylist,
    FoundTrack,
    Garbled,
    NeedsReconnect,
    NotOffered,
    Page,
    Query,
    RateLimited,
    Refused,
    ServiceError,
    ServiceInfo,
    Unreachable,
    Vanished,
)

NAME = "subsonic"
VERSION = "1.16.1"
CLIENT = "Dylumo"
PATIENCE = 20.0
LARGEST_ANSWER, LARGEST_ERROR = 32 * 2**20, 2**20
LONGEST_ANSWER = 60.0
"""Seconds a whole answer may take to come; a page of a large library is some megabytes."""
SONGS_A_PAGE = 500
ALBUMS_A_PAGE = 20
LIBRARY = "library"
"""The id of the playlist that stands for all music on the server; no server makes such an id."""
WANTS_PASSWORD = {10, 41}
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

INFO = ServiceInfo(
    name=NAME,
    title="Own music server",
    can=Capabilities(
        search=True, playlists=True, saved=True, create=True, streams=True, analysis=True, learning=True, mixing=True
    ),
    largest_song=300 * MEGABYTE,
    note=later(
        "Your own server (Navidrome, Gonic, Supysonic ...): whole tracks play here, at no cost and without limits."
    ),
)


@cache
def _client() -> httpx.Client:
    return own_servers.client(PATIENCE)


class Subsonic(Adapter):
    """A ``MusicService`` for one account on one server. ``base_url`` is the server's address without ``/rest``;
    without ``username`` the ``secret`` is an API key (OpenSubsonic's ``apiKeyAuthentication``)."""

    info = INFO
    batch = 100

    def __init__(self, base_url: str, username: str, secret: str, *, patience: float = PATIENCE) -> None:
        self._base, self._username, self._secret = base_url.rstrip("/"), username, secret
        self._timeout = httpx.Timeout(patience, connect=min(patience, 5.0))
        self._plain = False

    def __repr__(self) -> str:
        return f"Subsonic({self._base!r})"

    # --- reading

    def ping(self) -> None:
        """Whether the server is there and knows the account. Raises ServiceError."""
        self._ask("ping")

    def search(self, query: Query) -> Sequence[FoundTrack]:
        if not query.words:
            raise NotOffered(NAME, "Own servers cannot be searched by recording code.")
        return self._songs(query.words, query.limit, 0)

    def playlists(self, cursor: str | None = None) -> Page[FoundPlaylist]:
        """The server's playlists and, first, everything that is on it."""
        del cursor  # the protocol lists them all at once
        listed = parsing.within(self._ask("getPlaylists"), "playlists", "playlist") or []
        found, dropped = parsing.sorted_out(_as_list(listed), _playlist)
        everything = FoundPlaylist(service=NAME, external_id=LIBRARY, title="Everything on my server")
        return Page(items=(everything, *found), total=len(found) + 1, dropped=dropped)

    def playlist_tracks(self, playlist_id: str, cursor: str | None = None) -> Page[FoundTrack]:
        if playlist_id == LIBRARY:
            return self._library(cursor or "songs:0")
        answer = self._ask("getPlaylist", id=playlist_id)
        found, dropped = parsing.sorted_out(_as_list(parsing.within(answer, "playlist", "entry")), self._track)
        return Page(items=found, total=len(found), dropped=dropped)

    def saved(self, cursor: str | None = None) -> Page[FoundTrack]:
        del cursor
        starred = parsing.within(self._ask("getStarred2"), "starred2", "song")
        found, dropped = parsing.sorted_out(_as_list(starred), self._track)
        return Page(items=found, total=len(found), dropped=dropped)

    def _library(self, cursor: str) -> Page[FoundTrack]:
        """All songs: by a search for nothing, which OpenSubsonic servers answer with everything; a server that answers
        it with nothing is walked album by album."""
        way, _, place = cursor.partition(":")
        start = int(place)
        if way == "songs":
            songs = self._songs("", SONGS_A_PAGE, start)
            if songs or start:
                more = f"songs:{start + SONGS_A_PAGE}" if len(songs) == SONGS_A_PAGE else None
                return Page(items=tuple(songs), cursor=more)
        answer = self._ask("getAlbumList2", type="alphabeticalByName", size=ALBUMS_A_PAGE, offset=start)
        albums = _as_list(parsing.within(answer, "albumList2", "album"))
        found: list[FoundTrack] = []
        dropped: list[str] = []
        for album in albums:
            songs_of = parsing.within(self._ask("getAlbum", id=parsing.identifier(album.get("id"))), "album", "song")
            some, reasons = parsing.sorted_out(_as_list(songs_of), self._track)
            found, dropped = [*found, *some], [*dropped, *reasons]
        more = f"albums:{start + ALBUMS_A_PAGE}" if len(albums) == ALBUMS_A_PAGE else None
        return Page(items=tuple(found), cursor=more, dropped=tuple(dropped))

    def _songs(self, words: str, count: int, offset: int) -> Sequence[FoundTrack]:
        answer = self._ask("search3", query=words, songCount=count, songOffset=offset, artistCount=0, albumCount=0)
        return parsing.sorted_out(_as_list(parsing.within(answer, "searchResult3", "song")), self._track)[0]

    # --- writing

    def create_playlist(self, title: str, description: str = "") -> FoundPlaylist:
        """Servers before 1.14 answer with nothing: the new playlist is then the one that was not there before."""
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

    # --- sound

    def stream(self, external_id: str, headers: dict[str, str] | None = None) -> Incoming:
        """The untranscoded sound of a song, not yet read; status 200, 206 or 416. ``headers``: a Range to pass on.

        By GET, because ranges are defined for nothing else. Raises ServiceError.
        """
        try:
            return Incoming(self._sound(external_id, headers))
        except _WantsPassword:
            self._plain = True
            return Incoming(self._sound(external_id, headers))

    def _sound(self, external_id: str, headers: dict[str, str] | None) -> httpx.Response:
        request = _client().build_request(
            "GET", self._address("stream"), params=self._form({"id": external_id, "format": "raw"}), headers=headers
        )
        try:
            response = _client().send(request, stream=True)
            if response.headers.get("Content-Type", "").partition(";")[0].strip() in ("application/json", "text/xml"):
                self._understood(_read_whole(response, LARGEST_ERROR, PATIENCE))
                raise Garbled(NAME)
        except httpx.HTTPError as error:
            raise Unreachable(NAME) from error
        if response.status_code not in (200, 206, 416):
            response.close()
            raise Unreachable(NAME) if response.status_code >= 500 else Refused(NAME)
        return response

    # --- asking

    def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The inside of the answer. A read or write is sent once; only a refused way of proving the password is tried
        the other way, which the server refused before doing anything."""
        try:
            response = self._post(method, parameters)
            return self._understood(response)
        except _WantsPassword:
            if self._plain:
                raise NeedsReconnect(NAME) from None
        self._plain = True
        try:
            return self._understood(self._post(method, parameters))
        except _WantsPassword as error:
            raise NeedsReconnect(NAME) from error

    def _post(self, method: str, parameters: dict[str, Any]) -> httpx.Response:
        try:
            with _client().stream(
                "POST", self._address(method), data=self._form(parameters), timeout=self._timeout
            ) as response:
                return _read_whole(response, LARGEST_ANSWER, LONGEST_ANSWER)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(NAME) from error

    def _address(self, method: str) -> str:
        return f"{self._base}/rest/{method}.view"

    def _form(self, parameters: dict[str, Any]) -> dict[str, Any]:
        return {**self._proof(), "v": VERSION, "c": CLIENT, "f": "json", **parameters}

    def _proof(self) -> dict[str, str]:
        if not self._username:
            return {"apiKey": self._secret}
        if self._plain:
            return {"u": self._username, "p": f"enc:{self._secret.encode().hex()}"}
        salt = secrets.token_hex(8)
        return {"u": self._username, "t": hashlib.md5((self._secret + salt).encode()).hexdigest(), "s": salt}

    def _understood(self, response: httpx.Response) -> dict[str, Any]:
        status = response.status_code
        try:
            answer = parsing.within(json.loads(response.content), "subsonic-response")
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            if status == 429:
                wait = response.headers.get("Retry-After", "")
                raise RateLimited(NAME, retry_after=float(wait) if wait.isdigit() else None)
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


def _read_whole(response: httpx.Response, most: int, seconds: float) -> httpx.Response:
    """The answer in memory, at most so many bytes of it and no longer than that."""
    content, give_up = bytearray(), time.monotonic() + seconds
    try:
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > most:
                raise Garbled(NAME)
            if time.monotonic() > give_up:
                raise Unreachable(NAME)
    finally:
        response.close()
    return httpx.Response(response.status_code, headers=_kept_headers(response), content=bytes(content))


def _kept_headers(response: httpx.Response) -> dict[str, str]:
    """Without those that speak of how the answer was packed: it is unpacked by now."""
    return {name: value for name, value in response.headers.items() if name.lower() == "retry-after"}


def _as_list(value: Any) -> list[Any]:
    """Some servers give a single thing where several may stand."""
    return value if isinstance(value, list) else [value] if isinstance(value, dict) else []


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
