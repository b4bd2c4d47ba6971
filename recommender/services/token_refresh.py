"""A person's client of a service whose token may be refused while it still looks good.

A read that is refused (401) is asked once more with a renewed token. A write is never sent twice: once the token is
renewed, it fails as out of reach, so that the job behind it looks first what came of it. A permission that cannot be
renewed is noted, and the person is asked to connect again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from accounts.connections.access_tokens import Access, access_for, report_refused
from accounts.models import User
from core.upstream import Incoming
from recommender.services.protocol import (
    FoundPlaylist,
    FoundTrack,
    MusicService,
    NeedsReconnect,
    Page,
    Play,
    Query,
    Unreachable,
)

T = TypeVar("T")


class Renewing:
    """A ``MusicService`` around another one. ``make`` gives that service for an access."""

    def __init__(self, person: User, name: str, make: Callable[[Access], MusicService]) -> None:
        self._person, self._name, self._make = person, name, make
        self._open()

    def _open(self) -> None:
        self._access = access_for(self._person, self._name)
        self._service = self._make(self._access)
        self.info, self.batch = self._service.info, self._service.batch

    def _read(self, ask: Callable[[MusicService], T]) -> T:
        try:
            return ask(self._service)
        except NeedsReconnect:
            report_refused(self._access)
            self._open()
        try:
            return ask(self._service)
        except NeedsReconnect:
            report_refused(self._access)
            raise

    def _write(self, ask: Callable[[MusicService], T]) -> T:
        try:
            return ask(self._service)
        except NeedsReconnect as refused:
            report_refused(self._access)
            self._open()
            raise Unreachable(self._name, retry_after=1.0) from refused

    def search(self, query: Query) -> Sequence[FoundTrack]:
        return self._read(lambda service: service.search(query))

    def by_artist(self, name: str, limit: int) -> Sequence[FoundTrack]:
        return self._read(lambda service: service.by_artist(name, limit))

    def tagged(self, style: str, limit: int) -> Sequence[FoundTrack]:
        return self._read(lambda service: service.tagged(style, limit))

    def lookup(self, external_id: str) -> FoundTrack:
        return self._read(lambda service: service.lookup(external_id))

    def playlists(self, cursor: str | None = None) -> Page[FoundPlaylist]:
        return self._read(lambda service: service.playlists(cursor))

    def playlist_tracks(self, playlist_id: str, cursor: str | None = None) -> Page[FoundTrack]:
        return self._read(lambda service: service.playlist_tracks(playlist_id, cursor))

    def saved(self, cursor: str | None = None) -> Page[FoundTrack]:
        return self._read(lambda service: service.saved(cursor))

    def top(self) -> Sequence[FoundTrack]:
        return self._read(lambda service: service.top())

    def recent(self, after: datetime | None = None) -> Sequence[Play]:
        return self._read(lambda service: service.recent(after))

    def create_playlist(self, title: str, description: str = "", songs: Sequence[str] = ()) -> FoundPlaylist:
        return self._write(lambda service: service.create_playlist(title, description, songs))

    def add_tracks(self, playlist_id: str, external_ids: Sequence[str]) -> None:
        self._write(lambda service: service.add_tracks(playlist_id, external_ids))

    def put_in_order(self, playlist_id: str, external_ids: Sequence[str]) -> None:
        self._write(lambda service: service.put_in_order(playlist_id, external_ids))

    def set_cover(self, playlist_id: str, jpeg: bytes) -> None:
        self._write(lambda service: service.set_cover(playlist_id, jpeg))

    def stream(self, external_id: str, headers: dict[str, str] | None = None) -> Incoming:
        return self._read(lambda service: service.stream(external_id, headers))

    def artwork(self, external_id: str) -> bytes:
        return self._read(lambda service: service.artwork(external_id))
