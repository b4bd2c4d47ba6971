"""Each test has the services to itself: nothing remembered, nobody resting, and no waiting for a turn."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import LazySettings
from django.core.cache import cache as store

from recommender.services import rate_limit
from recommender.services.rate_limit import RateLimit
from tests.recommender.services.protocol_server import ProtocolServer, Spec, serving
from tests.recommender.services.service_apis import LibraryApi

HOSTS = {
    "spotify": ("https://api.spotify.com", "application/json"),
    "soundcloud": ("https://api.soundcloud.com", "application/json; charset=utf-8"),
}


@pytest.fixture(autouse=True)
def fresh(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    store.clear()
    connection = redis.Redis.from_url(settings.REDIS_URL)
    for pattern in ("polite:*", "quota:*"):
        for key in connection.scan_iter(pattern):
            connection.delete(key)
    monkeypatch.setattr(rate_limit, "PACES", {})
    monkeypatch.setattr(rate_limit, "UNKNOWN", RateLimit(1000, 1000))


def description(name: str) -> dict[str, Any] | None:
    """The official OpenAPI description of a service, from the folder of facts beside the repository."""
    import yaml

    shared = Path(os.environ.get("DYLUMO_SHARED", Path(__file__).resolve().parents[4] / "shared"))
    file = shared / "facts" / "openapi" / f"{name}.yaml"
    if not file.is_file():
        return None
    found: dict[str, Any] = yaml.load(file.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for one in found["components"]["parameters"].values():
        kind = one.get("schema", {})
        if kind.get("type") == "array" and isinstance(kind.get("default"), str):
            # SoundCloud's own slip: a list whose default is a text, with commas as it is really sent
            kind["default"] = kind["default"].split(",")
            one["explode"] = False
        if one.get("style") == "deepObject":  # which openapi-core cannot miss; nobody sends one
            one |= {"style": "form", "explode": False}
    _name_kinds(found)
    return found


def _name_kinds(node: Any) -> None:
    """Spotify's description tells tracks from episodes by ``type`` without saying which schema each value means."""
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _name_kinds(inner)
    if isinstance(node, dict) and isinstance(node.get("discriminator"), dict):
        known = {"track": "#/components/schemas/TrackObject", "episode": "#/components/schemas/EpisodeObject"}
        node["discriminator"].setdefault("mapping", known)


@cache
def spec(name: str) -> Spec | None:
    found = description(name) if name in HOSTS else None
    return Spec(found, *HOSTS[name]) if found else None


@pytest.fixture
def serve(settings: LazySettings) -> Iterator[Callable[[LibraryApi], ProtocolServer]]:
    """Serves fake APIs: each service is asked at its local server, and keeps to its description where there is one."""
    servers: list[ProtocolServer] = []
    with ExitStack() as stack:

        def serve_one(api: LibraryApi) -> ProtocolServer:
            made = stack.enter_context(serving(api, spec(api.name)))  # type: ignore[attr-defined]
            settings.SERVICE_ENDPOINTS = {**settings.SERVICE_ENDPOINTS, api.name: made.url}  # type: ignore[attr-defined]
            servers.append(made)
            return made

        yield serve_one
    assert [complaint for one in servers for complaint in one.violations] == []
