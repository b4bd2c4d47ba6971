"""How often a service may be asked, and what it said before: buckets and a cache that all processes share in Redis.

A bucket holds ``burst`` requests and fills at ``rate`` a second (a token bucket, as in RFC 2697). A service that asked
for a rest (429 with Retry-After) is left alone until then by everybody.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import redis
from django.conf import settings
from django.core.cache import cache as store

from recommender.services.protocol import RateLimited, Unreachable

log = logging.getLogger("dylumo.services")

DAY = 24 * 3600
LONGEST_REST = DAY


@dataclass(frozen=True)
class RateLimit:
    """``rate``: requests a second in the long run; ``burst``: how many may come at once."""

    rate: float
    burst: int


PACES: dict[str, RateLimit] = {
    "spotify": RateLimit(10, 50),  # "a rolling 30 second window", without a figure
    "youtube": RateLimit(20, 40),
    "ytmusic": RateLimit(0.5, 3),
    "soundcloud": RateLimit(5, 20),
    "deezer": RateLimit(10, 50),  # 50 requests in 5 seconds
    "itunes": RateLimit(20 / 60, 10),  # about 20 a minute
    "musicbrainz": RateLimit(1, 1),  # one a second
    "listenbrainz": RateLimit(3, 15),  # 30 in 10 seconds
    "archive": RateLimit(5, 15),
}
"""By service, from its own documentation where it says so."""
UNKNOWN = RateLimit(5, 10)


def rate_limit_of(service: str) -> RateLimit:
    """How fast a service may be asked. One that is asked at another address may be given a pace of its own
    (``DYLUMO_STAND_IN_PACE``): a server on this machine needs no politeness."""
    if settings.STAND_IN_PACE and service in settings.SERVICE_ENDPOINTS:
        return RateLimit(settings.STAND_IN_PACE, settings.STAND_IN_PACE)
    return PACES.get(service, UNKNOWN)


# Takes one token if it can be had within the patience, going into debt for it; answers with the milliseconds to wait,
# or with minus the milliseconds when that is too long, taking nothing.
TAKE = """
local rate, burst, patience = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local rest = redis.call('PTTL', KEYS[2])
if rest > patience then return -rest end
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = math.min(burst, (tonumber(kept[1]) or burst) + (now - (tonumber(kept[2]) or now)) * rate / 1000)
local wait = math.max(0, math.ceil((1 - tokens) * 1000 / rate), rest)
if wait > patience then return -wait end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens - 1), 'at', now)
redis.call('PEXPIRE', KEYS[1], math.ceil((burst + 1) * 1000 / rate) + wait)
return wait
"""


@cache
def connection(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=2.0)


def acquire(service: str, patience: float, wait_for: Callable[[float], None] = time.sleep) -> None:
    """Wait until the service may be asked once more. Raises RateLimited at once when that is longer than ``patience``
    seconds away, Unreachable when nobody can count."""
    pace = rate_limit_of(service)
    keys = (f"polite:{service}", f"polite:rest:{service}")
    try:
        milliseconds = connection(settings.REDIS_URL).eval(
            TAKE, len(keys), *keys, str(pace.rate), str(pace.burst), str(int(patience * 1000))
        )
    except redis.RedisError as error:
        raise Unreachable(service) from error
    wait = float(milliseconds) / 1000
    if wait < 0:
        raise RateLimited(service, retry_after=-wait)
    if wait:
        wait_for(wait)


def back_off(service: str, seconds: float) -> None:
    """Leave the service alone for so long: it asked for it."""
    milliseconds = int(min(max(seconds, 0.0), LONGEST_REST) * 1000)
    if milliseconds:
        try:
            connection(settings.REDIS_URL).set(f"polite:rest:{service}", 1, px=milliseconds)
        except redis.RedisError as error:
            log.warning("a rest was not kept: %s", type(error).__name__)


def user_agent() -> str:
    return f"Dylumo/1.0 ({settings.CONTACT})"


def remembered(service: str, path: str, params: Mapping[str, Any]) -> Any:
    """What the service answered to the same public question, or None."""
    try:
        return store.get(_key(service, path, params))
    except (redis.RedisError, OSError):
        return None


def remember(service: str, path: str, params: Mapping[str, Any], answer: Any, seconds: float) -> None:
    try:
        store.set(_key(service, path, params), answer, seconds)
    except (redis.RedisError, OSError) as error:
        log.warning("an answer was not remembered: %s", type(error).__name__)


def _key(service: str, path: str, params: Mapping[str, Any]) -> str:
    place = settings.SERVICE_ENDPOINTS.get(service, "")
    asked = json.dumps([place, path, sorted((key, str(value)) for key, value in params.items())])
    return f"service:{service}:{hashlib.sha256(asked.encode()).hexdigest()}"
