"""What every music service looks like from inside: one protocol, the values that cross it, and what can go wrong.

An adapter speaks one service's real protocol and nothing else: it never retries, never waits longer than its
``patience``, and remembers nothing but public answers, for as long as the service's terms allow (``politeness``).
Retrying and storing belong to its callers (``search``, the jobs).
Units: ``duration`` is seconds, ``year`` a calendar year, ``isrc`` twelve capitals and digits or empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from accounts.connections.errors import NeedsReconnect, NotLinked, ServiceError, Unreachable

if TYPE_CHECKING:
    from core.upstream import Incoming

# Errors about permissions arise in accounts; adapters and their callers find the whole family here.
__all__ = [
    "Capabilities",
    "FoundPlaylist",
    "FoundTrack",
    "Garbled",
    "MusicService",
    "NeedsReconnect",
    "NotLinked",
    "NotOffered",
    "Page",
    "Play",
    "Query",
    "QuotaSpent",
    "RateLimited",
    "Refused",
    "ServiceError",
    "ServiceInfo",
    "Unreachable",
    "Vanished",
]

T = TypeVar("T")
MEGABYTE = 2**20


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What a service can do for us, as it really is (``facts/music-services.md``); pages show only what is True.

    ``search`` tracks by words · ``radio`` tracks by a style, as people tag them · ``by_isrc`` find a recording by its
    ISRC · ``playlists``/``saved``/``top``/``recent`` read the person's own · ``create`` make playlists and fill them ·
    ``order`` put what they hold in order · ``cover`` set a playlist's picture · ``streams`` whole tracks may be played
    in our page · ``artwork`` covers are passed on by this site · ``previews`` short clips may be played in our page ·
    ``analysis`` its audio may be analysed · ``learning`` its metadata may be learned from (embeddings, profiles,
    prompts) · ``mixing`` its results may stand in one list with another service's.
    """

    search: bool = False
    radio: bool = False
    by_isrc: bool = False
    playlists: bool = False
    saved: bool = False
    top: bool = False
    recent: bool = False
    create: bool = False
    order: bool = False
    cover: bool = False
    streams: bool = False
    artwork: bool = False
    previews: bool = False
    analysis: bool = False
    learning: bool = False
    mixing: bool = True


@dataclass(frozen=True, kw_only=True)
class ServiceInfo:
    """A service's name, what it can do and what binds us. ``keep_days``: how long what it told may be kept without
    asking again (None: no limit); ``largest_song``: how many bytes of one song are fetched to hear it; ``credit``: the
    words its terms ask for beside its results; ``note``: its limits and cost for a person, in one sentence; ``media``:
    where a page may load its sound from, ``images`` its covers, as sources of a content security policy."""

    name: str
    title: str
    can: Capabilities
    needs_account: bool = True
    keep_days: int | None = None
    largest_song: int = 80 * MEGABYTE
    credit: str = ""
    note: str = ""
    media: tuple[str, ...] = ()
    images: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FoundTrack:
    """A recording as one service tells of it. ``external_id`` is that service's; ``url`` opens it there.

    ``playable``: False when the service says it cannot be played; None when it does not say. ``preview_url`` and
    ``stream_url`` are set only where the terms let us play them in our page. ``preview_until``: seconds since 1970 when
    the preview's address stops working; 0 when the service does not say.
    """

    service: str
    external_id: str
    title: str
    artist: str = ""
    album: str = ""
    duration: float = 0.0
    isrc: str = ""
    year: int | None = None
    explicit: bool | None = None
    genre: str = ""
    url: str = ""
    preview_url: str = ""
    preview_until: float = 0.0
    stream_url: str = ""
    artwork_url: str = ""
    playable: bool | None = None


@dataclass(frozen=True, kw_only=True)
class FoundPlaylist:
    """A playlist as one service tells of it. ``snapshot``: a value that changes when its content does (snapshot id,
    etag, change date), or empty. ``readable``: its items may be asked for (own or collaborative)."""

    service: str
    external_id: str
    title: str
    description: str = ""
    count: int | None = None
    snapshot: str = ""
    url: str = ""
    readable: bool = True


@dataclass(frozen=True, kw_only=True)
class Play:
    """One listening event."""

    track: FoundTrack
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Query:
    """A search: words, or an ISRC where the service can (``by_isrc``)."""

    words: str = ""
    isrc: str = ""
    limit: int = 10


@dataclass(frozen=True, kw_only=True)
class Page(Generic[T]):
    """One page of a listing. ``cursor`` asks for the next one, None at the end; ``total`` where the service tells."""

    items: tuple[T, ...] = ()
    cursor: str | None = None
    total: int | None = None
    dropped: tuple[str, ...] = field(default=())
    """Entries that could not be used (vanished, no title, not music), each as a short reason."""


class MusicService(Protocol):
    """One person's client of one service (or anybody's, where no account is needed). Methods that the capabilities
    exclude raise ``NotOffered``; every other failure is a ``ServiceError``."""

    info: ServiceInfo

    def search(self, query: Query) -> Sequence[FoundTrack]: ...

    def by_artist(self, name: str, limit: int) -> Sequence[FoundTrack]:
        """The recordings of an artist that the service puts first. Others' may be among them: it only goes by words."""
        ...

    def tagged(self, style: str, limit: int) -> Sequence[FoundTrack]:
        """Recordings that people tag with a style (``radio``)."""
        ...

    def lookup(self, external_id: str) -> FoundTrack:
        """One recording by the service's own id, as it is told of now. Raises Vanished."""
        ...

    def playlists(self, cursor: str | None = None) -> Page[FoundPlaylist]: ...

    def playlist_tracks(self, playlist_id: str, cursor: str | None = None) -> Page[FoundTrack]: ...

    def saved(self, cursor: str | None = None) -> Page[FoundTrack]: ...

    def top(self) -> Sequence[FoundTrack]: ...

    def recent(self, after: datetime | None = None) -> Sequence[Play]: ...

    def create_playlist(self, title: str, description: str = "", songs: Sequence[str] = ()) -> FoundPlaylist:
        """Make a private playlist. One request, never repeated here. ``songs``: the ids that will be added to it; a
        service that makes no empty playlist begins with the first of them that it has."""
        ...

    def add_tracks(self, playlist_id: str, external_ids: Sequence[str]) -> None:
        """Append at most ``batch`` tracks, in order. One request, never repeated here."""
        ...

    def put_in_order(self, playlist_id: str, external_ids: Sequence[str]) -> None:
        """These songs, which the playlist holds, first and in this order; others after them, as they stood."""
        ...

    def set_cover(self, playlist_id: str, jpeg: bytes) -> None: ...

    def stream(self, external_id: str, headers: dict[str, str] | None = None) -> Incoming:
        """The whole sound of a track, not yet read; status 200, 206 or 416. ``headers``: a Range to pass on. Whoever
        asked closes it."""
        ...

    def artwork(self, external_id: str) -> bytes:
        """The cover of a track, as the service sends it: untrusted, of bounded size. Raises Vanished for none."""
        ...

    batch: int
    """How many tracks one ``add_tracks`` may carry."""


class NotOffered(ServiceError):
    code = "service_not_offered"
    status = 409
    message = "This service does not offer that."
    hint = "The connections page says what each service can do."
    permanent = True


class Refused(ServiceError):
    """The service knows us and says no (a missing scope, an account not on its list, a playlist of somebody else)."""

    code = "service_refused"
    status = 502
    message = "The service refused this."
    hint = "The connections page says what its permission covers."
    permanent = True


class Vanished(ServiceError):
    code = "service_not_found"
    status = 404
    message = "The service no longer has this."
    hint = "It may have been deleted there."
    permanent = True


class RateLimited(ServiceError):
    code = "service_rate_limited"
    status = 503
    message = "The service asks us to slow down."
    hint = "It is tried again by itself."


class QuotaSpent(ServiceError):
    code = "service_quota_spent"
    status = 503
    message = "This copy of Dylumo has used up what the service allows for now."
    hint = "It works again when the service's day begins anew; links and files work meanwhile."


class Garbled(ServiceError):
    code = "service_garbled"
    message = "The service answered with something that makes no sense."


class Adapter:
    """A ``MusicService`` that offers nothing: each adapter overrides what its service can do, as ``info`` says."""

    info: ServiceInfo
    batch: int = 1

    def _not_offered(self) -> NotOffered:
        return NotOffered(self.info.name, "{service} does not offer that.", told={"service": self.info.title})

    def search(self, query: Query) -> Sequence[FoundTrack]:
        raise self._not_offered()

    def by_artist(self, name: str, limit: int) -> Sequence[FoundTrack]:
        return self.search(Query(words=name, limit=limit))

    def tagged(self, style: str, limit: int) -> Sequence[FoundTrack]:
        raise self._not_offered()

    def lookup(self, external_id: str) -> FoundTrack:
        raise self._not_offered()

    def playlists(self, cursor: str | None = None) -> Page[FoundPlaylist]:
        raise self._not_offered()

    def playlist_tracks(self, playlist_id: str, cursor: str | None = None) -> Page[FoundTrack]:
        raise self._not_offered()

    def saved(self, cursor: str | None = None) -> Page[FoundTrack]:
        raise self._not_offered()

    def top(self) -> Sequence[FoundTrack]:
        raise self._not_offered()

    def recent(self, after: datetime | None = None) -> Sequence[Play]:
        raise self._not_offered()

    def create_playlist(self, title: str, description: str = "", songs: Sequence[str] = ()) -> FoundPlaylist:
        raise self._not_offered()

    def add_tracks(self, playlist_id: str, external_ids: Sequence[str]) -> None:
        raise self._not_offered()

    def put_in_order(self, playlist_id: str, external_ids: Sequence[str]) -> None:
        raise self._not_offered()

    def set_cover(self, playlist_id: str, jpeg: bytes) -> None:
        raise self._not_offered()

    def stream(self, external_id: str, headers: dict[str, str] | None = None) -> Incoming:
        raise self._not_offered()

    def artwork(self, external_id: str) -> bytes:
        raise self._not_offered()
