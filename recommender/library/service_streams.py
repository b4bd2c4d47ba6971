"""Which tracks play in the page from where they were found: the person's own server, an open archive."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from accounts.models import User
from recommender.models import ServiceTrack, Track
from recommender.models.service_library import OwnRows
from recommender.services.publishers import INCOMPETECH
from recommender.services.registry import INFOS


def streams(person: User | None, track_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """``{track id: (service, the recording's id there)}`` of what was told to this person; nobody else's."""
    told = _told(person).filter(track_id__in=track_ids)
    rows = told.order_by("-pk").values_list("track_id", "service", "external_id")
    return {track: (service, external_id) for track, service, external_id in rows}


def playing_here(person: User | None) -> Track.TrackQueries:
    """The tracks that the person can hear whole through this copy: its files, and what their own servers and open
    archives told them of. Not those ``published``, which browsers fetch from elsewhere."""
    here = Q(pk__in=Track.objects.playable()) | Q(pk__in=_told(person).values("track_id"))
    return Track.objects.visible_to(person).filter(here)


def published() -> Track.TrackQueries:
    """The tracks that their publisher lets everybody play whole."""
    return Track.objects.filter(owner=None, source=Track.Source.OPEN, links__service=INCOMPETECH.name)


def _told(person: User | None) -> OwnRows:
    services = [name for name, info in INFOS.items() if info.can.streams]
    return ServiceTrack.objects.visible_to(person).filter(service__in=services, track_id__isnull=False)
