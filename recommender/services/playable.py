"""Which tracks a person can play from their own music server."""

from __future__ import annotations

from collections.abc import Collection

from accounts.models import User
from recommender.models import ServiceTrack
from recommender.services import subsonic


def server_songs(person: User | None, track_ids: Collection[int]) -> dict[int, str]:
    """``{track id: the song's id on the person's server}``; nobody's but the person's own."""
    told = ServiceTrack.objects.visible_to(person).filter(service=subsonic.NAME, track_id__in=track_ids)
    return dict(told.order_by("-pk").values_list("track_id", "external_id"))
