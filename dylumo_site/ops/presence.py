"""Which workers and schedulers there are, on any machine: each says every few seconds in Redis that it lives.

So does the time of its lock in the home (``run/*.alive``), for whoever watches it on its own machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from redis import Redis, RedisError

from core import home

KEY = "dylumo:alive:{name}"
NAMES = "dylumo:alive"
"""The set of all names; one whose key has expired has gone."""
SECONDS = 5
LOST_SECONDS = 20
SCHEDULER = "beat"


@dataclass(frozen=True)
class Alive:
    """``age``: seconds since its last sign of life, by Redis' clock. ``serves``: its queues; none: a scheduler."""

    name: str
    pid: int
    serves: tuple[str, ...]
    age: float


def full_name(slot: str) -> str:
    """The name of this home's worker called ``slot``, which no other machine's or home's has."""
    return f"{slot}@{home.whereabouts()}"


def keep_saying(name: str, serves: Collection[str]) -> threading.Event:
    """Say from now on, in a thread of its own, that this process lives; until what is given back is set."""
    ended = threading.Event()
    threading.Thread(target=_say_until, args=(name, serves, ended), name="heartbeat", daemon=True).start()
    return ended


def say_alive(redis: Redis, name: str, serves: Collection[str]) -> None:
    """Note that this process lives. Raises RedisError."""
    told = json.dumps({"pid": os.getpid(), "serves": sorted(serves)})
    redis.set(KEY.format(name=name), told, ex=LOST_SECONDS)
    redis.sadd(NAMES, name)


def _say_until(name: str, serves: Collection[str], ended: threading.Event) -> None:
    redis = Redis.from_url(settings.REDIS_URL)
    lock = home.lock_of(name.partition("@")[0])
    while not ended.is_set():
        with contextlib.suppress(RedisError):  # the worker itself reports a lost Redis; the next one tries again
            say_alive(redis, name, serves)
        with contextlib.suppress(OSError):
            lock.touch()
        ended.wait(SECONDS)
    with contextlib.suppress(RedisError):
        redis.delete(KEY.format(name=name))
        redis.srem(NAMES, name)


def living(redis: Redis) -> list[Alive]:
    """Everybody who has said so of late; names of the gone are forgotten. Raises RedisError."""
    names = sorted(name.decode() for name in cast("set[bytes]", redis.smembers(NAMES)))
    with redis.pipeline(transaction=False) as asked:
        for name in names:
            asked.get(KEY.format(name=name))
            asked.pttl(KEY.format(name=name))
        answers: list[Any] = asked.execute()
    found = []
    for name, told, left in zip(names, answers[::2], answers[1::2], strict=True):
        if told is None:
            redis.srem(NAMES, name)
            continue
        one = json.loads(told)
        found.append(Alive(name, one["pid"], tuple(one["serves"]), max(0.0, LOST_SECONDS - left / 1000)))
    return found
