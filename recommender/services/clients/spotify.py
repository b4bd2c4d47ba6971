"""Spotify's Web API as it is since 2026 for an app in development mode, through spotipy with our own session.

spotipy by itself retries writes and sleeps as long as Spotify says; our session never retries. Two requests are written
out here because spotipy's own differ from Spotify's description: who one is (it asks ``me/``) and adding tracks (it
sends a bare list). Paging is by offset, never by the addresses that the answers name.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import spotipy
from django.utils.translation import gettext_noop as later

from recommender.services import http, parsing
from recommender.services.protocol import (
    Adapter,
    Capabilities,
    FoundPlaylist,
    FoundTrack,
    Garbled,
    Page,
    Play,
    Query,
    QuotaSpent,
    Refused,
    ServiceError,
    ServiceInfo,
    Vanished,
)
from recommender.services.requests_session import PoliteSession

Made = TypeVar("Made")

NAME = "spotify"
API = "https://api.spotify.com/v1"
PAGE = 50
MOST_FOUND = 10
"""The largest ``limit`` of a search since February 2026."""
LARGEST_COVER = 256 * 1024
"""Bytes of the Base64 text."""

INFO = ServiceInfo(
    name=NAME,
    title="Spotify",
    can=Capabilities(
        search=True,
        by_isrc=True,
        playlists=True,
        saved=True,
        top=True,
        recent=True,
        create=True,
        cover=True,
        mixing=False,
    ),
    keep_days=30,
    credit="Titles and artists come from Spotify; each links to Spotify.",
    note=later(
        "Needs an app of your own with Premium; Spotify lets such an app serve five listed people, and opens only "
        "playlists that are yours or made together with you."
    ),
)


def _parse_error(status: int, answer: Any) -> ServiceError | None:
    if parsing.within(answer, "error", "reason") == "QUOTA_EXCEEDED":
        return QuotaSpent(NAME)
    if status == 403:
        return Refused(
            NAME,
            "Spotify refused this.",
            hint="Its app may not list you as a user, its owner may have no Premium, the permission may not cover "
            "this, or the playlist belongs to somebody else.",
        )
    return None


class Spotify(Adapter):
    info = INFO
    batch = 100

    def __init__(self, token: str, *, patience: float = http.PATIENCE) -> None:
        self.api = spotipy.Spotify(auth=token, requests_session=PoliteSession(NAME, patience, _parse_error))
        self.api.prefix = f"{http.endpoint(NAME, API)}/"
        self._own_id: str | None = None

    def search(self, query: Query) -> Sequence[FoundTrack]:
        words = f"isrc:{query.isrc}" if query.isrc else query.words
        answer = self.api.search(words, type="track", limit=min(max(query.limit, 1), MOST_FOUND))
        found, _ = parsing.sorted_out(parsing.rows(NAME, answer, "tracks", "items"), track)
        return found

    def playlists(self, cursor: str | None = None) -> Page[FoundPlaylist]:
        own = self._me()
        return self._page(self.api.current_user_playlists, cursor, lambda entry: _playlist(entry, own))

    def playlist_tracks(self, playlist_id: str, cursor: str | None = None) -> Page[FoundTrack]:
        items = partial(self.api.playlist_items, _base62(playlist_id), additional_types=("track",))
        return self._page(items, cursor, lambda entry: track(_item(entry)))

    def saved(self, cursor: str | None = None) -> Page[FoundTrack]:
        return self._page(self.api.current_user_saved_tracks, cursor, lambda entry: track(_item(entry)))

    def top(self) -> Sequence[FoundTrack]:
        answer = self.api.current_user_top_tracks(limit=PAGE, time_range="medium_term")
        return parsing.sorted_out(parsing.rows(NAME, answer, "items"), track)[0]

    def recent(self, after: datetime | None = None) -> Sequence[Play]:
        """The last plays, at most 50: Spotify knows no more."""
        answer = self.api.current_user_recently_played(PAGE, after=int(after.timestamp() * 1000) if after else None)
        return parsing.sorted_out(parsing.rows(NAME, answer, "items"), _play)[0]

    def create_playlist(self, title: str, description: str = "", songs: Sequence[str] = ()) -> FoundPlaylist:
        del songs  # it makes empty ones
        answer = self.api.current_user_playlist_create(title, public=False, description=description)
        made = _playlist(answer, own=None)
        if isinstance(made, str):
            raise Garbled(NAME)
        return made

    def add_tracks(self, playlist_id: str, external_ids: Sequence[str]) -> None:
        uris = [f"spotify:track:{_base62(one)}" for one in external_ids[: self.batch]]
        self.api._post(f"playlists/{_base62(playlist_id)}/items", payload={"uris": uris})

    def set_cover(self, playlist_id: str, jpeg: bytes) -> None:
        encoded = base64.b64encode(jpeg).decode()
        if len(encoded) > LARGEST_COVER:
            raise Refused(NAME, "The picture is too large for Spotify.", hint="Spotify takes up to about 190 KB.")
        self.api.playlist_upload_cover_image(_base62(playlist_id), encoded)

    def _me(self) -> str:
        """The id that this person's playlists name as their owner (not the account id that links are kept by)."""
        if self._own_id is None:
            self._own_id = parsing.identifier(parsing.within(self.api._get("me"), "id"))
        return self._own_id

    def _page(self, ask: Callable[..., Any], cursor: str | None, make: Callable[[Any], Made | str]) -> Page[Made]:
        offset = int(cursor) if cursor and cursor.isdecimal() else 0
        answer = ask(limit=PAGE, offset=offset)
        entries = parsing.rows(NAME, answer, "items")
        made, dropped = parsing.sorted_out(entries, make)
        total = parsing.whole(parsing.within(answer, "total"))
        after = offset + len(entries)
        more = bool(entries) and (after < total if total is not None else bool(parsing.within(answer, "next")))
        return Page(items=made, cursor=str(after) if more else None, total=total, dropped=dropped)


def _base62(identifier: str) -> str:
    """Spotify's ids are letters and digits: nothing else may become part of a path."""
    if not (identifier.isascii() and identifier.isalnum()):
        raise Vanished(NAME)
    return identifier


def _item(entry: Any) -> Any:
    """The track of a playlist's or the library's entry: named ``item`` since 2026, ``track`` before and in places."""
    return parsing.within(entry, "item") or parsing.within(entry, "track")


def track(entry: Any) -> FoundTrack | str:
    title, identifier = parsing.text(parsing.within(entry, "name")), parsing.identifier(parsing.within(entry, "id"))
    if not isinstance(entry, dict):
        return "no longer there"
    if entry.get("is_local") is True:
        return "a local file"
    if entry.get("type", "track") != "track":
        return "not music"
    if not title or not identifier:
        return "without a title or an id"
    return FoundTrack(
        service=NAME,
        external_id=identifier,
        title=title,
        artist=parsing.names(entry.get("artists")),
        album=parsing.text(parsing.within(entry, "album", "name")),
        duration=parsing.seconds(entry.get("duration_ms"), per_second=1000),
        isrc=parsing.isrc(parsing.within(entry, "external_ids", "isrc")),
        year=parsing.year(parsing.within(entry, "album", "release_date")),
        explicit=parsing.yes(entry.get("explicit")),
        url=parsing.link(parsing.within(entry, "external_urls", "spotify")),
        artwork_url=parsing.link(parsing.within(entry, "album", "images", 0, "url")),
        playable=parsing.yes(entry.get("is_playable")),
    )


def _play(entry: Any) -> Play | str:
    found, at = track(_item(entry)), parsing.moment(parsing.within(entry, "played_at"))
    if isinstance(found, str):
        return found
    return Play(track=found, at=at) if at else "without a time"


def _playlist(entry: Any, own: str | None) -> FoundPlaylist | str:
    """``own``: the person's id there; None for a playlist that they just made."""
    identifier = parsing.identifier(parsing.within(entry, "id"))
    if not identifier:
        return "without an id"
    owner = parsing.within(entry, "owner", "id")
    count = parsing.within(entry, "items", "total")
    return FoundPlaylist(
        service=NAME,
        external_id=identifier,
        title=parsing.text(entry.get("name")) or "Untitled",
        description=parsing.text(entry.get("description"), 1000),
        count=parsing.whole(count if count is not None else parsing.within(entry, "tracks", "total")),
        snapshot=parsing.identifier(entry.get("snapshot_id")),
        url=parsing.link(parsing.within(entry, "external_urls", "spotify")),
        readable=own is None or owner == own or entry.get("collaborative") is True,
    )
