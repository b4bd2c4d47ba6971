"""Which services there are, and a person's own client of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from accounts.connections.access_tokens import Access
from accounts.models import ServiceCredential, User
from recommender.services import http
from recommender.services.clients import (
    archive,
    deezer,
    itunes,
    jellyfin,
    listenbrainz,
    musicbrainz,
    plex,
    soundcloud,
    spotify,
    subsonic,
    youtube,
    ytmusic,
)
from recommender.services.protocol import MusicService, NotLinked, ServiceInfo
from recommender.services.token_refresh import Renewing

OPEN: dict[str, tuple[ServiceInfo, Callable[[float], MusicService]]] = {
    deezer.NAME: (deezer.INFO, lambda patience: deezer.Deezer(patience=patience)),
    itunes.NAME: (itunes.INFO, lambda patience: itunes.ITunes(patience=patience)),
    musicbrainz.NAME: (musicbrainz.INFO, lambda patience: musicbrainz.MusicBrainz(patience=patience)),
    archive.NAME: (archive.INFO, lambda patience: archive.Archive(patience=patience)),
    listenbrainz.NAME: (listenbrainz.INFO, lambda patience: listenbrainz.ListenBrainz("", patience=patience)),
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
    subsonic.NAME: (
        subsonic.INFO,
        lambda access, patience: subsonic.Subsonic(access.base_url, access.username, access.token, patience=patience),
    ),
    jellyfin.NAME: (
        jellyfin.INFO,
        lambda access, patience: jellyfin.Jellyfin(access.base_url, access.username, access.token, patience=patience),
    ),
    plex.NAME: (plex.INFO, lambda access, patience: plex.Plex(access.base_url, access.token, patience=patience)),
}
"""Services that a person connects."""
INFOS: dict[str, ServiceInfo] = {
    **{name: info for name, (info, _) in OPEN.items()},
    **{name: info for name, (info, _) in LINKED.items()},
}


@dataclass(frozen=True)
class Offer:
    """A service that somebody may use. ``open`` takes the patience in seconds and gives their client of it; it asks for
    a token where one is needed. Raises ServiceError."""

    info: ServiceInfo
    open: Callable[[float], MusicService]


def open_services() -> list[Offer]:
    """The services without an account that this copy uses."""
    names = [name for name in settings.KEYLESS_SERVICES if name in OPEN and name != ytmusic.NAME]
    if settings.YTMUSIC:
        names.append(ytmusic.NAME)
    return [Offer(*OPEN[name]) for name in dict.fromkeys(names)]


def for_person(person: User | None) -> list[Offer]:
    """What the person connected, then what needs no account. A connection that has ended is among them: opening it
    says so."""
    linked = ServiceCredential.objects.filter(owner=person).order_by("service").values_list("service", flat=True)
    return [_own(person, name) for name in dict.fromkeys(linked) if person and name in LINKED] + open_services()


def linked(person: User | None) -> list[ServiceInfo]:
    """The services that the person connected and that can be used now."""
    usable = ServiceCredential.objects.filter(owner=person, status__in=ServiceCredential.USABLE)
    names = set(usable.values_list("service", flat=True)) if person else set()
    return [info for name, (info, _) in LINKED.items() if name in names]


def service_for(person: User, name: str, patience: float = http.PATIENCE) -> MusicService:
    """The person's client of one service. Raises NotLinked when they did not connect it and need to, NeedsReconnect."""
    if name in LINKED:
        return _own(person, name).open(patience)
    for offer in open_services():
        if offer.info.name == name:
            return offer.open(patience)
    raise NotLinked(name)


def _own(person: User, name: str) -> Offer:
    info, make = LINKED[name]
    return Offer(info, lambda patience: Renewing(person, name, lambda access: make(access, patience)))
