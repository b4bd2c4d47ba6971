"""A music service of the tests' own, at the network edge: it counts what is asked of it and fails when told to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from recommender.services.protocol import (
    Capabilities,
    FoundPlaylist,
    FoundTrack,
    Page,
    Play,
    Query,
    ServiceInfo,
    Vanished,
)


class Killed(BaseException):
    """The worker dies here: nothing that catches errors catches it."""


def song(number: int, **told: object) -> FoundTrack:
    facts = {
        "service": "fake",
        "external_id": f"s{number}",
        "title": f"Song {number}",
        "artist": f"Artist {number % 7}",
        "duration": 180.0 + number % 60,
    }
    return FoundTrack(**{**facts, **told})  # type: ignore[arg-type]


@dataclass
class FakeService:
    lists: dict[str, list[FoundTrack]] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    snapshots: dict[str, str] = field(default_factory=dict)
    starred: list[FoundTrack] = field(default_factory=list)
    plays: list[Play] = field(default_factory=list)
    page: int = 100
    batch: int = 10
    keep_days: int | None = None
    learning: bool = False
    asked: Counter[str] = field(default_factory=Counter)
    refused: set[str] = field(default_factory=set)
    trouble: Callable[[str, int, str], None] = lambda _what, _time, _when: None
    """Called as ``(request, how many of all kinds so far, "before" or "after")``; may raise."""

    @property
    def info(self) -> ServiceInfo:
        can = Capabilities(
            search=True, playlists=True, saved=True, recent=True, create=True, learning=self.learning, cover=True
        )
        return ServiceInfo(name="fake", title="Fake", can=can, keep_days=self.keep_days)

    def _ask(self, what: str) -> None:
        self.asked[what] += 1
        self.trouble(what, self.asked.total(), "before")

    def _answered(self, what: str) -> None:
        self.trouble(what, self.asked.total(), "after")

    def search(self, query: Query) -> Sequence[FoundTrack]:
        self._ask("search")
        every = {one.external_id: one for songs in (*self.lists.values(), self.starred) for one in songs}
        words = query.words.lower()
        return [one for one in every.values() if one.title.lower() in words][: query.limit]

    def playlists(self, cursor: str | None = None) -> Page[FoundPlaylist]:
        self._ask("playlists")
        found = [
            FoundPlaylist(
                service="fake",
                external_id=name,
                title=self.titles.get(name, name),
                count=len(songs),
                snapshot=self.snapshots.get(name, ""),
            )
            for name, songs in self.lists.items()
        ]
        start = int(cursor or 0)
        more = str(start + 5) if start + 5 < len(found) else None
        return Page(items=tuple(found[start : start + 5]), cursor=more)

    def _paged(self, songs: list[FoundTrack], cursor: str | None) -> Page[FoundTrack]:
        start = int(cursor or 0)
        more = str(start + self.page) if start + self.page < len(songs) else None
        return Page(items=tuple(songs[start : start + self.page]), cursor=more, total=len(songs))

    def playlist_tracks(self, playlist_id: str, cursor: str | None = None) -> Page[FoundTrack]:
        self._ask("tracks")
        if playlist_id not in self.lists:
            raise Vanished("fake")
        return self._paged(self.lists[playlist_id], cursor)

    def saved(self, cursor: str | None = None) -> Page[FoundTrack]:
        self._ask("saved")
        return self._paged(self.starred, cursor)

    def top(self) -> Sequence[FoundTrack]:
        return []

    def recent(self, after: datetime | None = None) -> Sequence[Play]:
        self._ask("recent")
        return [play for play in self.plays if after is None or play.at > after]

    def create_playlist(self, title: str, description: str = "", songs: Sequence[str] = ()) -> FoundPlaylist:
        self._ask("create")
        name = f"made{self.asked['create']}"
        self.lists[name], self.titles[name] = [], title
        self._answered("create")
        return FoundPlaylist(service="fake", external_id=name, title=title)

    def add_tracks(self, playlist_id: str, external_ids: Sequence[str]) -> None:
        self._ask("add")
        if self.refused & set(external_ids):
            raise Vanished("fake")
        every = {one.external_id: one for songs in (*self.lists.values(), self.starred) for one in songs}
        self.lists[playlist_id] += [every[one] for one in external_ids]
        self._answered("add")

    def set_cover(self, playlist_id: str, jpeg: bytes) -> None:
        self._ask("cover")
