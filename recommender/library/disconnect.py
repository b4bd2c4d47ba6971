"""What goes when a person's music of a service goes, and what is said about it: beforehand, and where it was.

The services' terms want what they told deleted, so a track that is known from one of them alone goes, and its place in
lists with it. A list that loses tracks keeps a note of how many and why (``Playlist.lost``), without a word of theirs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later
from django.utils.translation import ngettext

from accounts.connections import credentials
from accounts.models import ServiceCredential, User
from core.errors import NotFound
from recommender.library.jobs.state import cancel
from recommender.models import (
    Delivery,
    LibraryJob,
    Listen,
    Playlist,
    PlaylistItem,
    ServicePlaylist,
    ServiceTrack,
    Track,
)
from recommender.services.registry import INFOS

Kind = LibraryJob.Kind
DISCONNECTED = later("because you disconnected {service}")
EXPIRED = later(
    "because {service} wants what it told forgotten unless it is asked again, which could not be done in time"
)
GONE = later("because none of your playlists on {service} has them any more")


@dataclass(frozen=True)
class LosingList:
    """A list that loses tracks: the title of its newest version, and how many of all its versions go."""

    title: str
    tracks: int


@dataclass(frozen=True)
class Leaving:
    """What disconnecting deletes. ``tracks``: those known from this service alone; ``recognised``: recordings that are
    in the catalogue as well, which keep their places in lists; ``saved``: what was noted of lists saved there."""

    credential: ServiceCredential
    title: str
    playlists: int
    plays: int
    tracks: int
    recognised: int
    saved: int
    lists: tuple[LosingList, ...]

    @property
    def places(self) -> int:
        return sum(one.tracks for one in self.lists)


def what_goes(person: User, credential_id: int) -> Leaving:
    """What would go with this connection. Raises NotFound when it is not the person's."""
    row = ServiceCredential.objects.filter(owner=person, pk=credential_id).first()
    if row is None:
        raise NotFound
    told = ServiceTrack.objects.filter(owner=person, credential=row)
    tracks = Track.objects.filter(owner=person, credential=row)
    return Leaving(
        credential=row,
        title=_title(row.service),
        playlists=ServicePlaylist.objects.filter(owner=person, credential=row).count(),
        plays=Listen.objects.filter(told__in=told).count(),
        tracks=tracks.count(),
        recognised=told.exclude(track=None).exclude(track__in=tracks).count(),
        saved=_deliveries(row).count(),
        lists=tuple(_losing(tracks)),
    )


def disconnect(person: User, credential_id: int) -> str:
    """End the connection and delete all that came by it; what happened, in sentences. Raises NotFound."""
    before = what_goes(person, credential_id)
    told = credentials.disconnect(person, credential_id, before=_let_go)
    if before.lists:
        went = ngettext(
            "{tracks} went from {count} of your lists, which says so.",
            "{tracks} went from {count} of your lists; each says so.",
            len(before.lists),
        )
        told += " " + went.format(tracks=_tracks(before.places), count=len(before.lists))
    return told


def _let_go(row: ServiceCredential) -> None:
    """In the transaction that deletes the connection, and what points at it."""
    for job in LibraryJob.objects.filter(owner=row.owner, kind__in=[Kind.IMPORT, Kind.FEATURES], argument=row.service):
        cancel(job)
    saved = _deliveries(row)
    saves = LibraryJob.objects.filter(owner=row.owner, kind=Kind.SAVE, argument__in=[str(one.pk) for one in saved])
    for job in saves:
        cancel(job)
    saved.delete()
    forget_tracks(Track.objects.filter(owner=row.owner, credential=row), DISCONNECTED, row.service)


@transaction.atomic
def forget_tracks(tracks: Track.TrackQueries, why: str, service: str) -> None:
    """Delete these words-only tracks. Lists that had them note it, and say nothing of them any more."""
    ids = list(tracks.values_list("pk", flat=True))
    if not ids:
        return
    counted = PlaylistItem.objects.filter(track__in=ids).values("playlist").annotate(count=Count("pk"))
    count = {row["playlist"]: row["count"] for row in counted}
    title = _title(service)
    note = {"why": why.format(service=title), "said": why, "service": title}
    note |= {"at": timezone.now().isoformat(timespec="seconds")}
    owners = tracks.values_list("owner", flat=True)
    changed = list(Playlist.objects.select_for_update().filter(owner__in=set(owners)))
    gone, written = set(ids), []
    for playlist in changed:
        change = _without(playlist.change, gone)
        if playlist.pk in count or change != playlist.change:
            playlist.change = change
            playlist.lost += [{"count": count[playlist.pk], **note}] if playlist.pk in count else []
            written.append(playlist)
    Playlist.objects.bulk_update(written, ["change", "lost"], batch_size=500)
    others = ServiceTrack.objects.filter(track__in=ids)
    others.update(track=None, match=ServiceTrack.Match.NEW, confidence=0.0)  # looked up anew the next time
    Track.objects.filter(pk__in=ids).delete()


def why_lost(note: Mapping[str, Any]) -> str:
    """Why tracks left a list (an entry of ``Playlist.lost``), in the language of the page; an old note as it stands."""
    return _(note["said"]).format(service=note["service"]) if "said" in note else str(note["why"])


def _without(change: dict[str, list[dict[str, object]]], gone: set[int]) -> dict[str, object]:
    """What a version says came and left, without these."""
    return {
        name: [one for one in said if one.get("track_id") not in gone] if name in ("left", "came") else said
        for name, said in change.items()
    }


def _losing(tracks: Track.TrackQueries) -> Iterable[LosingList]:
    """Each list counted once, however many versions it has."""
    items = PlaylistItem.objects.filter(track__in=tracks).values_list("playlist", "track")
    versions = {one.pk: one for one in Playlist.objects.filter(owner__in=tracks.values("owner")).defer("brief")}
    newest: dict[UUID, Playlist] = {}
    for one in sorted(versions.values(), key=lambda one: one.number):
        newest[_first(one, versions).pk] = one
    lost: dict[UUID, set[int]] = defaultdict(set)
    for playlist, track in items:
        lost[_first(versions[playlist], versions).pk].add(track)
    for first, gone in lost.items():
        yield LosingList(title=newest[first].called, tracks=len(gone))


def _first(playlist: Playlist, versions: dict[UUID, Playlist]) -> Playlist:
    """The version that a list began with."""
    while playlist.parent_id in versions:
        playlist = versions[playlist.parent_id]
    return playlist


def _deliveries(row: ServiceCredential) -> QuerySet[Delivery]:
    return Delivery.objects.filter(owner=row.owner, service=row.service)


def _title(service: str) -> str:
    return INFOS[service].title if service in INFOS else service


def _tracks(count: int) -> str:
    return ngettext("{count} track", "{count} tracks", count).format(count=count)
