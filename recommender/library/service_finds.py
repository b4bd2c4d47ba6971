"""Songs that are not in the library, asked of music services, and kept as the person's own.

Asked are the person's own servers first, then ListenBrainz (by style), then the stores that need no account. A song
counts only where its credit names the artist who was asked for (or its genre the style), so that a service that answers
with others brings nothing. What is kept is what its terms allow and for as long (``ServiceTrack``, ``StoreListing``);
of its sound nothing. What a song is like is what the editor knows of it, of its artist, or else of the genre that the
service names.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import User
from recommender.library import store_listings
from recommender.library.genres import genres_of
from recommender.library.importers import editor_songs
from recommender.library.importers.service_library import credential_of, expiry, service_fields
from recommender.library.jobs import runner
from recommender.library.matching.lookup import find_in_catalogue
from recommender.library.matching.service_tracks import make_own_tracks
from recommender.models import Annotation, AudioProfile, LibraryJob, PlaylistItem, ServiceTrack, Track
from recommender.services import track_identity
from recommender.services.protocol import FoundTrack, MusicService, Query, ServiceError, ServiceInfo, Vanished
from recommender.services.registry import INFOS, Offer, for_person, linked
from recommender.services.track_identity import Kind, same_artist

log = logging.getLogger("dylumo.services")

MOST_ASKS, MOST_QUESTIONS = 4, 6
"""How much one search may ask for, and how many questions it may put to all services together."""
PATIENCE = 3.0
"""Seconds that one answer may take."""
LONGEST = 12.0
"""Seconds after which no further question is asked."""
AT_ONCE = 25
"""Songs that a question asks for."""
RENEWED_BEFORE, RENEWED_AT_ONCE = timedelta(days=7), 40
"""How long before its end what stands in a list is asked for again, and how many songs of a store at a time."""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """What is asked for: songs by an ``artist``, one ``title`` of theirs, what a service calls a ``style``, or what
    people ``tag`` with one."""

    artist: str = ""
    title: str = ""
    style: str = ""
    tag: str = ""

    def suits(self, info: ServiceInfo) -> bool:
        return info.can.radio if self.tag else info.can.search

    def of(self, service: MusicService) -> Sequence[FoundTrack]:
        """What the service answers that is what was asked for. Raises ServiceError."""
        if self.tag:
            told = service.tagged(self.tag, AT_ONCE)
        elif self.artist and not self.title:
            told = service.by_artist(self.artist, AT_ONCE)
        else:
            words = " ".join(filter(None, [self.artist, self.title, self.style]))
            told = service.search(Query(words=words, limit=AT_ONCE))
        return [one for one in told if one.playable is not False and self._is(one)]

    def _is(self, found: FoundTrack) -> bool:
        if self.artist:
            return same_artist(self.artist, found.artist)
        return f" {track_identity.words(self.style or self.tag)} " in f" {track_identity.words(found.genre)} "


@dataclass(frozen=True, kw_only=True)
class Search:
    """``found``: one recording once; ``answered``: the services that did; ``failed``: those that did not, with why."""

    found: tuple[FoundTrack, ...] = ()
    answered: tuple[str, ...] = ()
    failed: Mapping[str, ServiceError] = field(default_factory=dict)


def askable(person: User | None, asks: Sequence[Ask]) -> list[Offer]:
    """The services that can be asked for one of these, in the order in which they are."""
    offers = [*(offer for offer in for_person(person) if _joins(offer.info)), *store_listings.stores()]
    return [offer for offer in offers if any(ask.suits(offer.info) for ask in asks)]


def searched_apart(person: User | None) -> list[ServiceInfo]:
    """The connected services whose finds must not stand among others, or not be kept: the search page asks them."""
    return [info for info in linked(person) if info.can.search and not _joins(info)]


def _joins(info: ServiceInfo) -> bool:
    """Own servers, and those who know songs by their tags: what they tell may be kept and stand in one list."""
    own = info.needs_account and info.can.search and info.can.streams
    return (own or info.can.radio) and info.can.learning and info.can.mixing


def search(offers: Sequence[Offer], asks: Sequence[Ask], wanted: int) -> Search:
    """Ask for each until there are ``wanted`` and something is known of them. Raises nothing for a service's troubles;
    one that failed is not asked again."""
    found: list[FoundTrack] = []
    answered: dict[str, None] = {}
    failed: dict[str, ServiceError] = {}
    give_up, questions = time.monotonic() + LONGEST, 0
    for ask in asks[:MOST_ASKS]:
        theirs: list[FoundTrack] = []
        for offer in (one for one in offers if ask.suits(one.info)):
            if len(theirs) >= wanted and _judged(theirs):
                break
            if offer.info.name in failed or questions >= MOST_QUESTIONS or time.monotonic() > give_up:
                continue
            questions += 1
            try:
                told = ask.of(offer.open(PATIENCE))
            except ServiceError as error:
                failed[offer.info.name] = error
                continue
            answered[offer.info.name] = None
            theirs = _folded([*theirs, *told])
        found += theirs
    return Search(found=tuple(_folded(found)), answered=tuple(answered), failed=failed)


def _judged(found: Sequence[FoundTrack]) -> bool:
    """Whether it can be told what some of these are like."""
    return any(editor_songs.known_of(one.title, one.artist, one.genre) for one in found)


def _folded(found: Sequence[FoundTrack]) -> list[FoundTrack]:
    """One recording once, as the first told of it, with the genre of whoever names one."""
    kept: list[FoundTrack] = []
    for one in found:
        same = next((at for at, held in enumerate(kept) if track_identity.compare(held, one).kind is Kind.SAME), None)
        if same is None:
            kept.append(one)
        elif not kept[same].genre:
            kept[same] = replace(kept[same], genre=one.genre)
    return kept


def keep(person: User, found: Sequence[FoundTrack]) -> dict[int, FoundTrack]:
    """The library's tracks for these, by id in their order; what is not there becomes the person's own."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=person.pk)  # the same song asked for twice at once
        apart = [name for name, info in INFOS.items() if not info.can.mixing]
        among = Track.objects.exclude(
            pk__in=Track.objects.filter(source=Track.Source.SERVICE, links__service__in=apart).values("pk")
        )
        known = {place: track.pk for place, track in find_in_catalogue(found, person, among=among).items()}
        new = [place for place in range(len(found)) if place not in known]
        for service in dict.fromkeys(found[place].service for place in new):
            told = [place for place in new if found[place].service == service]
            known |= zip(told, _made(person, INFOS[service], [found[place] for place in told]), strict=True)
    for service in {found[place].service for place in new}:
        if INFOS[service].can.analysis:
            runner.start(LibraryJob.Kind.FEATURES, service, person)
    return {known[place]: one for place, one in enumerate(found)}


def _made(person: User, service: ServiceInfo, found: Sequence[FoundTrack]) -> list[int]:
    """Tracks for these recordings of one service, each with what is known of it."""
    now, credential = timezone.now(), credential_of(person, service.name)
    mine = ServiceTrack.objects.filter(owner=person, service=service.name)
    rows = {row.external_id: row for row in mine.filter(external_id__in=[one.external_id for one in found])}
    for one in found:
        if one.external_id not in rows:
            rows[one.external_id] = ServiceTrack(
                owner=person,
                credential=credential,
                service=service.name,
                external_id=one.external_id,
                match=ServiceTrack.Match.NONE,
                fetched_at=now,
                expires=expiry(service, now),
                **service_fields(one),
            )
    make_own_tracks(person, service, [row for row in rows.values() if row.track_id is None])
    for row in rows.values():
        row.save()
    tracks = Track.objects.in_bulk([row.track_id for row in rows.values()])
    for one in found:
        _describe(tracks[rows[one.external_id].track_id], one)
    editor_songs.annotate(Track.objects.filter(pk__in=tracks))
    return [rows[one.external_id].track_id for one in found]


PROVENANCE = {Annotation.Provenance.GENRE: AudioProfile.Provenance.ADVISORY}
"""Where a profile comes from that is no judgement of the editor's."""


def _describe(track: Track, found: FoundTrack) -> None:
    """What its row says, and a profile of what is known of the song, its artist or its genre."""
    known = editor_songs.known_of(found.title, found.artist, found.genre)
    track.explicit = found.explicit
    if known:
        track.genre = track.genre or ", ".join(known.styles)[:120]
        track.language = track.language or known.language
        valence, arousal = known.affect() or (None, None)
        AudioProfile.objects.get_or_create(
            track=track,
            defaults={
                "valence": valence,
                "arousal": arousal,
                "genres": genres_of(track.genre),
                "provenance": PROVENANCE.get(known.provenance, AudioProfile.Provenance.EDITOR),
                "confidence": known.confidence,
            },
        )
    track.save(update_fields=["explicit", "genre", "language"])
    store_listings.keep(track, found)


# --- as long as it may be kept


def renew() -> int:
    """Ask the stores again for what stands in lists, before it must be forgotten; how many songs may stay. What a store
    no longer has is forgotten at once."""
    renewed, now = 0, timezone.now()
    for offer in store_listings.stores():
        told = ServiceTrack.objects.filter(service=offer.info.name, expires__gt=now, expires__lt=now + RENEWED_BEFORE)
        listed = told.filter(Exists(PlaylistItem.objects.filter(track=OuterRef("track")))).select_related("track")
        try:
            service = offer.open(PATIENCE)
            for row in listed.order_by("expires")[:RENEWED_AT_ONCE]:
                renewed += _renewed(row, service)
        except ServiceError as error:
            log.info("%s renews nothing now: %s", offer.info.name, error.code)
    return renewed


def _renewed(row: ServiceTrack, service: MusicService) -> bool:
    now = timezone.now()
    try:
        found = service.lookup(row.external_id)
    except Vanished:
        ServiceTrack.objects.filter(pk=row.pk).update(expires=now)
        return False
    told = {**service_fields(found), "fetched_at": now, "expires": expiry(service.info, now)}
    ServiceTrack.objects.filter(pk=row.pk).update(**told)
    if row.track:
        store_listings.keep(row.track, found)
    return True
