"""Which services there are, and a person's own door to each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings

from accounts.models import User
from recommender.services import (
    archive,
    deezer,
    itunes,
    listenbrainz,
    musicbrainz,
    soundcloud,
    spotify,
    wire,
    youtube,
    ytmusic,
)
from recommender.services.base import MusicService, NotLinked, ServiceInfo


class Access(Protocol):
    """What a connection opens a service with: a token, or a user name."""

    @property
    def service(self) -> str: ...
    @property
    def token(self) -> str: ...
    @property
    def username(self) -> str: ...


OPEN: dict[str, tuple[ServiceInfo, Callable[[float], MusicService]]] = {
    deezer.NAME: (deezer.INFO, lambda patience: deezer.Deezer(patience=patience)),
    itunes.NAME: (itunes.INFO, lambda patience: itunes.ITunes(patience=patience)),
    musicbrainz.NAME: (musicbrainz.INFO, lambda patience: musicbrainz.MusicBrainz(patience=patience)),
    archive.NAME: (archive.INFO, lambda patience: archive.Archive(patience=patience)),
    ytmusic.NAME: (ytmusic.INFO, lambda patience: ytmusic.YTMusic(patience=patience)),
}
"""Services that need no account."""
LINKED: dict[str, tuple[ServiceInfo, Callable[[Access, float], MusicService]]] = {
    spotify.NAME: (spotify.INFO, lambda access, patience: spotify.Spotify(access.token, patience=patience)),
    youtube.NAME: (youtube.INFO, lambda access, patience: youtube.YouTube(access.token, patience=patience)),
    soundcloud.NAME: (soundcloud.INFO, lambda access, patience: soundcloud.SoundCloud(access.token, patience=patience)),
    listenbrainz.NAME: (
        listenbrainz.INFO,
        lambda access, patience: listenbrainz.ListenBrainz(access.username, patience=patience),
    ),
}
"""Services that a person connects."""
INFOS: dict[str, ServiceInfo] = {
    **{name: info for name, (info, _) in OPEN.items()},
    **{name: info for name, (info, _) in LINKED.items()},
}


@dataclass(frozen=True)
class Offer:
    """A service that somebody may use. ``open`` takes the patience in seconds and gives their door to it; it asks for
    a token where one is needed. Raises ServiceError."""

    info: ServiceInfo
    open: Callable[[float], MusicService]


def open_services() -> list[Offer]:
    """The services without an account that this copy uses."""
    names = [name for name in settings.KEYLESS_SERVICES if name in OPEN and name != ytmusic.NAME]
    if settings.YTMUSIC:
        names.append(ytmusic.NAME)
    return [Offer(*OPEN[name]) for name in dict.fromkeys(names)]


def for_person(person: User | None) -> list[Offer]:  # noqa: ARG001
    """What the person may search: what needs no account."""
    return open_services()


def opened(access: Access, patience: float = wire.PATIENCE) -> MusicService:
    """The door that a connection opens. Raises NotLinked for a service that nobody connects."""
    if access.service not in LINKED:
        raise NotLinked(access.service)
    return LINKED[access.service][1](access, patience)
