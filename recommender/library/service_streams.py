"""Which tracks play in the page from where they were found: the person's own server, an open archive."""

from __future__ import annotations

from collections.abc import Collection

from accounts.models import User
from recommender.models import ServiceTrack
from recommender.services.registry import INFOS


def streams(person: User | None, track_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """``{track id: (service, the recording's id there)}`` of what was told to this person; nobody else's."""
    services = [name for name, info in INFOS.items() if info.can.streams]
    told = ServiceTrack.objects.visible_to(person).filter(service__in=services, track_id__in=track_ids)
    rows = told.order_by("-pk").values_list("track_id", "service", "external_id")
    return {track: (service, external_id) for track, service, external_id in rows}
