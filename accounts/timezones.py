"""The zone a person's clock is in: their browser says it once in a cookie (``js/browser.js``); without it, UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User

COOKIE = "zone"


def keep(person: User, request: HttpRequest) -> None:
    """Remember the zone that the browser told, when it is one and not the one that is known."""
    told = request.COOKIES.get(COOKIE, "")[:64]
    if told and told != person.time_zone and zone_named(told) is not None:
        person.time_zone = told
        User.objects.filter(pk=person.pk).update(time_zone=told)


def zone_named(name: str) -> ZoneInfo | None:
    """None for whatever is no zone's name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, leading out of the folder, a folder of zones
        return None


def local_time(person: User | None, at: datetime | None = None) -> datetime:
    """The moment (now by default) as the person's clock shows it."""
    zone = zone_named(person.time_zone) if person and person.time_zone else None
    return (at or timezone.now()).astimezone(zone or UTC)
