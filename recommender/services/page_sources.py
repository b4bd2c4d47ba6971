"""Which hosts a page may load sound and covers from: those that the services name, and no others."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from django.conf import settings

from core.http import POLICY, policy_with
from recommender.services.protocol import ServiceInfo


def sound_sources(info: ServiceInfo) -> tuple[str, ...]:
    return _with_stand_in(info, info.media)


def image_sources(info: ServiceInfo) -> tuple[str, ...]:
    return _with_stand_in(info, info.images)


def page_policy(infos: Iterable[ServiceInfo], base: str = POLICY) -> str:
    """The content security policy of a page that plays and shows what these services give. ``base``: its own."""
    known = list(infos)
    sound = dict.fromkeys(source for info in known for source in sound_sources(info))
    images = dict.fromkeys(source for info in known for source in image_sources(info))
    return policy_with(sound, images, base)


def lies_at(address: str, sources: Iterable[str]) -> bool:
    """Whether an address is of one of the hosts: what a service says lies elsewhere is not put on a page."""
    return any(fnmatchcase(_origin(address), source) for source in sources)


def _with_stand_in(info: ServiceInfo, named: tuple[str, ...]) -> tuple[str, ...]:
    """The hosts a service names, and whatever stands in for the service."""
    stand_in = settings.SERVICE_ENDPOINTS.get(info.name)
    return (*named, _origin(stand_in)) if named and stand_in else named


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
