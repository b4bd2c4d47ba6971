"""Where tracks that have no sound here can be heard for half a minute, seen and bought: Deezer and iTunes are asked,
which need no account.

A track is asked for by its ISRC where it is known, else by title and artist, and what comes back counts only where it
is the same recording (``track_identity``). What may be kept is kept, by track, for everybody: ids, addresses, when they
end. Sound is never fetched: a page plays a preview straight from its service.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from accounts.models import User
from core.errors import NotFound
from recommender.library.service_streams import playing_here, published
from recommender.models import StoreListing, Track
from recommender.services import track_identity
from recommender.services.clients import deezer, itunes
from recommender.services.page_sources import image_sources, lies_at, sound_sources
from recommender.services.protocol import FoundTrack, MusicService, Query, ServiceError, ServiceInfo, Vanished
from recommender.services.publishers import INCOMPETECH
from recommender.services.registry import INFOS, Offer, open_services

log = logging.getLogger("dylumo.services")

MOST_ASKED = {deezer.NAME: 20, itunes.NAME: 5}
"""The services, in the order in which they are asked, and how many questions one list may cost each. The second is
asked only for what the first cannot play: it takes twenty a minute from this whole copy."""
PATIENCE = 3.0
"""Seconds that one answer may take."""
LONGEST = 20.0
"""Seconds that all questions to one service for one list may take."""
CANDIDATES = 8
NOT_THERE_DAYS = 3
"""How long a service that does not have a track is not asked for it again."""
USUAL_PREVIEW = {deezer.NAME: timedelta(minutes=10), itunes.NAME: timedelta(days=7)}
"""How long a preview's address is believed where it does not say itself when it ends."""
ABOUT_TO_END = timedelta(seconds=10)
AGAIN_AFTER = timedelta(minutes=2)
"""How often a preview that does not play may be asked for again."""


class NoPreview(NotFound):
    code = "no_preview"
    message = "There is no preview of this track."
    hint = "Its links lead to where it can be heard."


@dataclass(frozen=True, kw_only=True)
class Progress:
    """One service's word on one track: ``found`` is the track's id when it has it. ``failure``: why nothing more of it
    is to be expected for this list."""

    service: str
    found: int | None = None
    failure: ServiceError | None = None


def stores() -> list[Offer]:
    """The services that are asked, in order; none where the owner wants none."""
    used = {offer.info.name: offer for offer in open_services()}
    return [used[name] for name in MOST_ASKED if name in used]


def heard_from() -> list[ServiceInfo]:
    """Whose hosts a page may load sound and covers from: the services without an account, whose finds may still play
    when a page is left, and publishers whose music is in the catalogue."""
    infos = [offer.info for offer in open_services()]
    return [*infos, INCOMPETECH] if published().exists() else infos


def without_sound(person: User | None, track_ids: Sequence[int]) -> list[Track]:
    """The tracks that nothing here plays, in this order. Left out is what may not stand beside another service's finds
    (Spotify's music)."""
    apart = [name for name, info in INFOS.items() if not info.can.mixing]
    tracks = (
        Track.objects.visible_to(person)
        .filter(pk__in=track_ids)
        .exclude(pk__in=playing_here(person))
        .exclude(pk__in=published())
        .exclude(pk__in=Track.objects.filter(source=Track.Source.SERVICE, links__service__in=apart))
        .in_bulk()
    )
    return [tracks[pk] for pk in track_ids if pk in tracks]


def find(person: User | None, track_ids: Sequence[int]) -> Iterator[Progress]:
    """Ask for what nothing is known of, one question at a time, and keep each answer as it comes. Who was asked lately
    is not asked again. Raises nothing for a service's troubles: they are told as progress."""
    tracks = without_sound(person, track_ids)
    names = [offer.info.name for offer in stores()]
    known = StoreListing.objects.fresh().filter(track__in=tracks, service__in=names)
    asked = {(one.track_id, one.service) for one in known}
    heard = {one.track_id for one in known if one.preview_url}
    for offer in stores():
        name, give_up = offer.info.name, time.monotonic() + LONGEST
        unasked = [track for track in tracks if track.pk not in heard and (track.pk, name) not in asked]
        for track in unasked[: MOST_ASKED[name]]:
            if time.monotonic() > give_up:
                break
            try:
                listing = _keep(track, name, _search(offer.open(PATIENCE), track))
            except ServiceError as error:
                yield Progress(service=name, failure=error)
                break
            if listing.preview_url:
                heard.add(track.pk)
            yield Progress(service=name, found=track.pk if listing.external_id else None)


def listed(track_ids: Collection[int]) -> dict[int, list[StoreListing]]:
    """By track, what the services list, the one whose preview is played first."""
    rows: dict[int, list[StoreListing]] = {}
    places = {name: place for place, name in enumerate(MOST_ASKED)}
    used = {offer.info.name for offer in stores()}
    found = StoreListing.objects.found().filter(track_id__in=track_ids, service__in=used)
    for one in sorted(found, key=lambda one: (not one.preview_url, places[one.service])):
        rows.setdefault(one.track_id, []).append(one)
    return rows


def preview_address(track: Track, *, again: bool = False) -> str:
    """Where the track's preview can be played now. One that has ended is asked for anew by the service's own id, and so
    is one that did not play (``again``). Raises NoPreview, ServiceError."""
    trouble: ServiceError | None = None
    for listing in listed([track.pk]).get(track.pk, []):
        if not listing.preview_url or listing.preview_until is None:
            continue
        now = timezone.now()
        stale = listing.preview_until < now + ABOUT_TO_END or (again and listing.asked < now - AGAIN_AFTER)
        try:
            current = _renewed(track, listing) if stale else listing
        except ServiceError as error:
            trouble = error
            continue
        if current.preview_url:
            return current.preview_url
    raise trouble or NoPreview


def forget_expired() -> int:
    """Delete what may not be kept any longer; how many."""
    return StoreListing.objects.filter(expires__lte=timezone.now()).delete()[0]


def _renewed(track: Track, listing: StoreListing) -> StoreListing:
    offer = next(offer for offer in stores() if offer.info.name == listing.service)
    try:
        told: FoundTrack | None = offer.open(PATIENCE).lookup(listing.external_id)
    except Vanished:
        told = None
    return _keep(track, listing.service, _same(track, [told]) if told else None)


def _search(service: MusicService, track: Track) -> tuple[FoundTrack, float] | None:
    """The recording as the service tells of it, and how sure it is the same; by its code where the service knows it."""
    if track.isrc and service.info.can.by_isrc and (same := _same(track, service.search(Query(isrc=track.isrc)))):
        return same
    words = f"{track.artist} {track.title}".strip()
    return _same(track, service.search(Query(words=words, limit=CANDIDATES)))


def _same(track: Track, found: Sequence[FoundTrack]) -> tuple[FoundTrack, float] | None:
    """The same recording among those found, rather one that can be heard."""
    asked = FoundTrack(
        service="",
        external_id=str(track.pk),
        title=track.title,
        artist=track.artist,
        duration=track.duration,
        isrc=track.isrc,
    )
    for candidates in ([one for one in found if one.preview_url], found):
        if best := track_identity.match(asked, candidates):
            place, verdict = best
            return candidates[place], verdict.confidence
    return None


def keep(track: Track, found: FoundTrack) -> None:
    """What a service's search told of where the track can be heard: it need not be asked again. Nothing is kept of a
    service that is no store."""
    if found.service in MOST_ASKED:
        _keep(track, found.service, (found, 1.0))


def _keep(track: Track, service: str, same: tuple[FoundTrack, float] | None) -> StoreListing:
    """What the service said, as a row. An address that is not of the service's own hosts is left out."""
    now, info = timezone.now(), INFOS[service]
    facts: dict[str, object] = {
        "external_id": "",
        "url": "",
        "cover_url": "",
        "preview_url": "",
        "preview_until": None,
        "confidence": 0.0,
        "asked": now,
        "expires": now + timedelta(days=NOT_THERE_DAYS),
    }
    if same:
        found, confidence = same
        preview = found.preview_url if lies_at(found.preview_url, sound_sources(info)) else ""
        facts |= {
            "external_id": found.external_id,
            "url": found.url if found.url.startswith("https://") else "",
            "cover_url": found.artwork_url if lies_at(found.artwork_url, image_sources(info)) else "",
            "preview_url": preview,
            "preview_until": _until(found, now) if preview else None,
            "confidence": confidence,
            "expires": now + timedelta(days=info.keep_days or NOT_THERE_DAYS),
        }
    listing, _ = StoreListing.objects.update_or_create(track=track, service=service, defaults=facts)
    return listing


def _until(found: FoundTrack, now: datetime) -> datetime:
    usual = now + USUAL_PREVIEW[found.service]
    return datetime.fromtimestamp(found.preview_until, UTC) if found.preview_until else usual
