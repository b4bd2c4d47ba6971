"""What a service told of, recognised in the catalogue; what is not there becomes a track known by its words only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from accounts.models import User
from recommender.library.matching.lookup import find_in_catalogue
from recommender.models import ServiceTrack, Track, TrackLink
from recommender.services import track_identity
from recommender.services.protocol import FoundTrack, ServiceInfo

Match = ServiceTrack.Match
WORDS_ONLY = (Track.Source.SERVICE, Track.Source.SERVER, Track.Source.OPEN)
BATCH = 500


def match_batch(person: User, service: ServiceInfo, *, keep_words: bool = True) -> int:
    """Recognise the next ``BATCH`` recordings that were not looked up yet; how many there were.

    ``keep_words``: make a track of the person's own of what the catalogue does not have. In one transaction: a batch
    that is interrupted is done again as if it had never begun.
    """
    with transaction.atomic():
        told = list(
            ServiceTrack.objects.select_for_update()
            .filter(owner=person, service=service.name, match=Match.NEW)
            .order_by("pk")[:BATCH]
        )
        _recognise(person, told)
        if keep_words:
            make_own_tracks(person, service, [one for one in told if one.match == Match.NONE])
        _write(told)
    return len(told)


def _write(told: Sequence[ServiceTrack]) -> None:
    """One statement for the whole batch: an expression a row takes Django longer than the looking up."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE recommender_servicetrack t SET track_id = v.track, match = v.match, confidence = v.confidence
               FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::float8[]) v(id, track, match, confidence)
               WHERE t.id = v.id""",
            [
                [one.pk for one in told],
                [one.track_id for one in told],
                [str(one.match) for one in told],
                [one.confidence for one in told],
            ],
        )


def _recognise(person: User, told: Sequence[ServiceTrack]) -> None:
    """In the catalogue, the person's files, their own server and open sources; never in what another service merely
    told of."""
    found = [to_found_track(one) for one in told]
    known = find_in_catalogue(found, person, among=Track.objects.exclude(source=Track.Source.SERVICE))
    for place, one in enumerate(told):
        track = known.get(place)
        if track is None:
            one.match, one.track_id, one.confidence = Match.NONE, None, 0.0
            continue
        coded = bool(one.isrc) and one.isrc == track.isrc
        one.match, one.track_id = Match.ISRC if coded else Match.NAMES, track.pk
        one.confidence = track_identity.compare(found[place], to_found_track(track)).confidence


def to_found_track(row: ServiceTrack | Track) -> FoundTrack:
    """A row as the value that services and ``identity`` speak of."""
    return FoundTrack(
        service="",
        external_id=str(row.pk or 0),
        title=row.title,
        artist=row.artist,
        album=row.album,
        duration=row.duration,
        isrc=row.isrc,
        year=row.year,
    )


def source_of(service: ServiceInfo) -> Track.Source:
    """Those of services whose words may not be learned from are kept apart, so that none is ever embedded."""
    if not service.can.learning:
        return Track.Source.SERVICE
    return Track.Source.SERVER if service.needs_account else Track.Source.OPEN


def make_own_tracks(person: User, service: ServiceInfo, told: Sequence[ServiceTrack]) -> None:
    """A track of the person's own for each recording that the catalogue does not have; the rows are told of it."""
    known = dict(
        TrackLink.objects.filter(
            owner=person, service=service.name, external_id__in=[one.external_id for one in told]
        ).values_list("external_id", "track_id")
    )
    new = [one for one in told if one.external_id not in known]
    tracks = Track.objects.bulk_create(
        Track(owner=person, source=source_of(service), credential_id=one.credential_id, **_words(one)) for one in new
    )
    TrackLink.objects.bulk_create(
        TrackLink(track=track, owner=person, service=service.name, external_id=one.external_id, url=one.url)
        for one, track in zip(new, tracks, strict=True)
    )
    made = dict(zip((one.external_id for one in new), (track.pk for track in tracks), strict=True))
    for one in told:
        one.track_id = known.get(one.external_id) or made[one.external_id]


def _words(one: ServiceTrack) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("title", "artist", "album", "genre", "year", "duration", "isrc")}
