"""What a person keeps of what a search found: it becomes a track of their own, in a list of what they kept.

Only finds of services whose words may be learned from are kept (``Capabilities.learning``): the others' terms want
what they told forgotten again. Where the sound may be analysed, it is listened to at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from core.errors import BadInput, Conflict, NotFound
from recommender.library.importers.service_library import credential_of, forget_unused, service_fields
from recommender.library.jobs import runner
from recommender.library.matching.service_tracks import match_batch
from recommender.models import LibraryJob, ServiceEntry, ServicePlaylist, ServiceTrack
from recommender.services.protocol import FoundTrack, ServiceInfo
from recommender.services.registry import INFOS

KEPT = "kept from searches"
"""The external id of the list; no service's ids have spaces."""
MOST_KEPT = 2000
SALT = "found"
LASTS = 24 * 3600
"""Seconds for which a page that shows a find may be kept from."""


class Outdated(BadInput):
    code = "find_outdated"
    message = "This search is too old to keep something from it."
    hint = "Search again and keep it from there."


class Full(Conflict):
    code = "kept_enough"
    message = "This list holds its {most} tracks."
    hint = "Take some out of it first."
    told = {"most": MOST_KEPT}


def may_be_kept(found: FoundTrack) -> bool:
    info = INFOS.get(found.service)
    return info is not None and info.can.learning


def best_match(tracks: Iterable[FoundTrack]) -> FoundTrack | None:
    """Of one recording as several services tell of it, the one to keep: whose whole sound can be had, if any."""
    usable = [one for one in tracks if may_be_kept(one)]
    return min(usable, key=lambda one: not INFOS[one.service].can.analysis, default=None)


def kept_by(person: User | None, tracks: Sequence[FoundTrack]) -> dict[FoundTrack, UUID]:
    """Which of these the person has kept, and in which list."""
    entries = ServiceEntry.objects.filter(
        playlist__owner=person,
        playlist__kind=ServicePlaylist.Kind.KEPT,
        told__external_id__in=[one.external_id for one in tracks],
    )
    rows = entries.values_list("told__service", "told__external_id", "playlist") if person else ()
    known = {(service, external_id): playlist for service, external_id, playlist in rows}
    return {one: known[key] for one in tracks if (key := (one.service, one.external_id)) in known}


def sign(found: FoundTrack) -> str:
    """The find as a text that a page can hold and nobody can change."""
    told = {name: value for name, value in asdict(found).items() if value not in ("", None, 0.0)}
    return signing.dumps(told, salt=SALT, compress=True)


def signed(text: str) -> FoundTrack:
    """The find that ``sign`` wrote. Raises Outdated for anything else, and for one that is too old."""
    try:
        return FoundTrack(**signing.loads(text, salt=SALT, max_age=LASTS))
    except (signing.BadSignature, TypeError) as error:
        raise Outdated from error


def save(person: User, found: FoundTrack) -> ServicePlaylist:
    """Put the find into the person's list of what they kept from its service; again changes nothing. Raises NotFound
    for a service whose finds are not kept, Full."""
    if not may_be_kept(found):
        raise NotFound("What this service finds cannot be kept.", hint="Its link leads to it.")
    info = INFOS[found.service]
    with transaction.atomic():
        kept = _list(person, info)
        told, _ = ServiceTrack.objects.get_or_create(
            owner=person,
            service=info.name,
            external_id=found.external_id,
            defaults=service_fields(found) | {"credential": kept.credential},
        )
        if kept.entries.filter(told=told).exists():
            return kept
        if (count := kept.entries.count()) >= MOST_KEPT:
            raise Full
        last = kept.entries.aggregate(last=Max("position"))["last"]
        ServiceEntry.objects.create(playlist=kept, told=told, position=0 if last is None else last + 1)
        _count(kept, count + 1)
    while match_batch(person, info):
        pass
    if info.can.analysis:
        runner.start(LibraryJob.Kind.FEATURES, info.name, person)
    else:
        runner.start_vectors()
    return kept


@transaction.atomic
def unsave(person: User, entry_id: int) -> ServicePlaylist:
    """Take a track out of what was kept, and forget it where nothing else holds it. Raises NotFound."""
    mine = ServiceEntry.objects.select_related("playlist")
    entry = mine.filter(pk=entry_id, playlist__owner=person, playlist__kind=ServicePlaylist.Kind.KEPT).first()
    if entry is None:
        raise NotFound
    kept: ServicePlaylist = entry.playlist
    entry.delete()
    _count(kept, kept.entries.count())
    forget_unused(person, INFOS[kept.service])
    return kept


def _list(person: User, info: ServiceInfo) -> ServicePlaylist:
    """The list, locked: two finds kept at once stand in two places."""
    made, _ = ServicePlaylist.objects.get_or_create(
        owner=person,
        service=info.name,
        external_id=KEPT,
        defaults={
            "kind": ServicePlaylist.Kind.KEPT,
            "title": f"Kept from {info.title}",
            "credential": credential_of(person, info.name),
        },
    )
    locked: ServicePlaylist = ServicePlaylist.objects.select_for_update().get(pk=made.pk)
    return locked


def _count(kept: ServicePlaylist, count: int) -> None:
    kept.count, kept.fetched_at = count, timezone.now()
    kept.save(update_fields=["count", "fetched_at"])
