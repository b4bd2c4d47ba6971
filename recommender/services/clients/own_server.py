"""What the clients of people's own music servers share: one guarded way to ask a server whose address a person typed.

Each speaks its own protocol on top of it. A server is called only where this copy may call (``core.own_servers``), no
redirect is followed, answers are bounded in size and time, and the way in travels in headers or forms. (Only sound of
OpenSubsonic is asked for with it in the address: ranges are for GET, and its protocol knows no header.)
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, ClassVar, TypeVar

import httpx

from core import own_servers
from recommender.services import http, parsing
from recommender.services.protocol import (
    MEGABYTE,
    Adapter,
    Capabilities,
    FoundPlaylist,
    FoundTrack,
    Garbled,
    NotOffered,
    Page,
    Query,
    ServiceInfo,
    Unreachable,
    Vanished,
)

T = TypeVar("T")

PATIENCE = 20.0
LARGEST_ANSWER, LARGEST_ERROR, LARGEST_COVER = 32 * MEGABYTE, MEGABYTE, 4 * MEGABYTE
LONGEST_ANSWER = 60.0
"""Seconds a whole answer may take to come; a page of a large library is some megabytes."""
SONGS_A_PAGE = 500
MOST_SONGS = 500_000
"""Where a listing ends, whatever its server says is still to come."""
LIBRARY = "library"
"""The id of the playlist that stands for all music on the server; no server makes such an id."""
NO_SOUND = ("application/json", "application/xml", "text/")
"""What an error comes as, with the status of a success."""


def info_of(name: str, title: str, note: str, *, saved: bool = True, cover: bool = False) -> ServiceInfo:
    """What every own server is to us: it is the person's, and so are the terms."""
    can = Capabilities(
        search=True,
        playlists=True,
        saved=saved,
        create=True,
        order=True,
        cover=cover,
        streams=True,
        artwork=True,
        analysis=True,
        learning=True,
        mixing=True,
    )
    return ServiceInfo(name=name, title=title, can=can, largest_song=300 * MEGABYTE, note=note)


@cache
def client() -> httpx.Client:
    return own_servers.client(PATIENCE)


class OwnServer(Adapter, ABC):
    """A ``MusicService`` for one account on one server, at ``base_url``."""

    everything: ClassVar[str]
    """The title of the playlist that stands for all music on the server."""
    batch = 100

    def __init__(self, base_url: str, patience: float) -> None:
        self._base, self._patience = base_url.rstrip("/"), patience
        self._timeout = httpx.Timeout(patience, connect=min(patience, 5.0))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._base!r})"

    def _headers(self) -> dict[str, str]:
        """What shows whose requests these are."""
        return {}

    def _words(self, query: Query) -> str:
        if not query.words:
            raise NotOffered(self.info.name, "Own servers cannot be searched by recording code.")
        return query.words

    def _all_of_it(self) -> FoundPlaylist:
        return FoundPlaylist(service=self.info.name, external_id=LIBRARY, title=self.everything)

    @abstractmethod
    def _track(self, song: Any) -> FoundTrack | str:
        """What a server tells of a song; a reason where it is none."""

    # --- asking

    def _whole(
        self, method: str, path: str, most: int = LARGEST_ANSWER, seconds: float | None = None, **what: Any
    ) -> httpx.Response:
        """The answer in memory, whatever its status. ``what``: parameters, form or body, as httpx names them. Sent
        once. Raises ServiceError."""
        headers = {**self._headers(), **what.pop("headers", {})}
        name = self.info.name
        try:
            with client().stream(
                method, f"{self._base}{path}", headers=headers, timeout=self._timeout, **what
            ) as response:
                content = own_servers.read_whole(response, most, LONGEST_ANSWER if seconds is None else seconds)
        except own_servers.TooLarge as error:
            raise Garbled(name) from error
        except (own_servers.TooSlow, httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unreachable(name) from error
        # Without the headers that speak of how the answer was packed: it is unpacked by now.
        kept = {one: value for one, value in response.headers.items() if one.lower() == "retry-after"}
        return httpx.Response(response.status_code, headers=kept, content=content)

    def _json(self, method: str, path: str, **what: Any) -> Any:
        """The answer as JSON, None when it is empty. Raises ServiceError."""
        response = self._whole(method, path, **what)
        if failure := http.failure_of(self.info.name, response.status_code, response.headers):
            raise failure
        try:
            return json.loads(response.content) if response.content.strip() else None
        except (ValueError, RecursionError) as error:
            raise Garbled(self.info.name) from error

    def _image(self, method: str, path: str, **what: Any) -> bytes:
        response = self._whole(method, path, LARGEST_COVER, self._patience, **what)
        if failure := http.failure_of(self.info.name, response.status_code, response.headers):
            raise failure
        return response.content

    def _opened(self, path: str, headers: dict[str, str] | None, **what: Any) -> httpx.Response:
        """Sound that is not read yet, with status 200, 206 or 416. ``headers``: a Range to pass on. By GET, because
        ranges are defined for nothing else. Raises ServiceError."""
        name = self.info.name
        request = client().build_request(
            "GET", f"{self._base}{path}", headers={**self._headers(), **(headers or {})}, **what
        )
        try:
            response = client().send(request, stream=True)
        except httpx.HTTPError as error:
            raise Unreachable(name) from error
        kind = response.headers.get("Content-Type", "").strip().lower()
        if response.status_code in (200, 206, 416) and not kind.startswith(NO_SOUND):
            return response
        if kind.startswith(NO_SOUND):
            self._said_instead(response)
        response.close()
        raise http.failure_of(name, response.status_code, response.headers) or Garbled(name)

    def _said_instead(self, response: httpx.Response) -> None:
        """An answer in words where sound was asked for; raises what it means, where the protocol says so."""

    def _must_have(self, external_ids: Sequence[str], there: Sequence[FoundTrack]) -> None:
        """Servers add what they know and pass over the rest in silence, so it is looked at before. Raises Vanished."""
        known = {one.external_id for one in there}
        if any(one not in known for one in external_ids):
            raise Vanished(self.info.name, "The server no longer has this song.")


class PagedServer(OwnServer):
    """One that lists by offsets, and in whose playlists songs are moved one by one."""

    entry_id: ClassVar[str]
    """What a song's place in a playlist is named by."""

    @abstractmethod
    def _playlist_rows(self, playlist_id: str, start: int) -> tuple[list[Any], int | None]:
        """A page of what a playlist holds, as the server tells it, and how much it is in all."""

    @abstractmethod
    def _move(self, playlist_id: str, entry: str, place: int, after: str) -> None:
        """Move an entry to a place, counted from 0, which is behind the entry ``after``."""

    # --- listings

    def _listing(self, start: int, songs: Sequence[Any], total: int | None, place: str = "") -> Page[FoundTrack]:
        """A page of a listing of songs. ``place``: what the cursor begins with."""
        found, dropped = parsing.sorted_out(songs, self._track)
        after = next_place(start, len(songs), total)
        return Page(items=found, cursor=f"{place}{after}" if after else None, total=total, dropped=dropped)

    def _lists(
        self, start: int, rows: Sequence[Any], total: int | None, make: Callable[[Any], FoundPlaylist | str]
    ) -> Page[FoundPlaylist]:
        """A page of the listing of playlists; before the first of them stands everything that is on the server."""
        found, dropped = parsing.sorted_out(rows, make)
        items = found if start else (self._all_of_it(), *found)
        return Page(items=items, cursor=next_place(start, len(rows), total), total=total, dropped=dropped)

    # --- order

    def put_in_order(self, playlist_id: str, external_ids: Sequence[str]) -> None:
        """By moving songs one by one, so that none is ever out of the list."""
        entries = self._entries(playlist_id)
        wanted = in_order(entries, external_ids, lambda entry: entry[1])
        for place, entry in enumerate(wanted):
            if entries[place] != entry:
                self._move(playlist_id, entry[0], place, wanted[place - 1][0] if place else "")
                entries.remove(entry)
                entries.insert(place, entry)

    def _entries(self, playlist_id: str) -> list[tuple[str, str]]:
        """What the playlist holds, as (the entry's own id, the song's; empty where it is none)."""
        entries: list[tuple[str, str]] = []
        while True:
            rows, total = self._playlist_rows(playlist_id, len(entries))
            for row in rows:
                entry, song = parsing.identifier(parsing.within(row, self.entry_id)), self._track(row)
                if not entry:
                    raise Garbled(self.info.name)
                entries.append((entry, song.external_id if isinstance(song, FoundTrack) else ""))
            if not rows or len(entries) >= min(total or 0, MOST_SONGS):
                return entries


def in_order(entries: Sequence[T], external_ids: Sequence[str], song_of: Callable[[T], str]) -> list[T]:
    """The entries with these songs first, in this order; the others after them, as they stood."""
    left = list(entries)
    first = []
    for external_id in external_ids:
        place = next((n for n, entry in enumerate(left) if song_of(entry) == external_id), None)
        if place is not None:
            first.append(left.pop(place))
    return first + left


def next_place(start: int, count: int, total: int | None) -> str | None:
    """The cursor behind a page of ``count`` at ``start``. The end is what the server says, as far as that can be: an
    empty page is one too, and so is a number no library has."""
    after = start + count
    return str(after) if count and total is not None and after < min(total, MOST_SONGS) else None


def place_of(cursor: str | None) -> int:
    """The offset that a cursor names."""
    return int(cursor) if cursor and cursor.isdecimal() else 0


def as_list(value: Any) -> list[Any]:
    """Some servers give a single thing where several may stand."""
    return value if isinstance(value, list) else [value] if isinstance(value, dict) else []
