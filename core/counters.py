"""Counts and times that all processes add up together, in Redis; ``dylumo_site.metrics`` tells them.

Labels are names of this code's own (states, steps, services, codes), never anything of a person.
"""

from __future__ import annotations

import json
import time
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import cast

from django.conf import settings
from redis import Redis, RedisError

KEY = "dylumo:counts"
SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds of the buckets that times fall into; beyond the last is one more."""
PATIENCE = 1.0


@dataclass(frozen=True)
class Count:
    name: str
    labels: Mapping[str, str]
    value: float


@cache
def _redis(url: str) -> Redis:
    return Redis.from_url(url, socket_timeout=PATIENCE)


def _field(name: str, labels: Mapping[str, str]) -> str:
    return json.dumps([name, dict(sorted(labels.items()))])


def count(name: str, **labels: str) -> None:
    """One more. Counting costs nobody their work: without Redis it is left out."""
    with suppress(RedisError):
        _redis(settings.REDIS_URL).hincrbyfloat(KEY, _field(name, labels), 1)


def observe(name: str, seconds: float, **labels: str) -> None:
    """One more that took so long: how many, their sum, and the bucket of this one."""
    place = bisect_left(SECONDS, seconds)
    bound = str(SECONDS[place]) if place < len(SECONDS) else "+Inf"
    with suppress(RedisError), _redis(settings.REDIS_URL).pipeline(transaction=False) as told:
        told.hincrbyfloat(KEY, _field(f"{name}_sum", labels), seconds)
        told.hincrbyfloat(KEY, _field(f"{name}_bucket", {**labels, "le": bound}), 1)
        told.execute()


@contextmanager
def timed(name: str, **labels: str) -> Iterator[dict[str, str]]:
    """``observe`` what is done inside, if it ends well; labels may be added meanwhile."""
    began = time.monotonic()
    yield labels
    observe(name, time.monotonic() - began, **labels)


def everything() -> list[Count]:
    """All counts. Raises RedisError."""
    held = cast("dict[bytes, bytes]", _redis(settings.REDIS_URL).hgetall(KEY))
    return [
        Count(name, labels, float(value)) for (name, labels), value in ((json.loads(k), v) for k, v in held.items())
    ]
