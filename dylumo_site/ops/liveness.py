"""Whether a program of the tree really works: one that hangs does not end, so it has to be asked.

Each probe gets the program's process number and tells True, False, or None where it cannot know.
"""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Callable

from django.conf import settings
from redis import Redis, RedisError

from dylumo_site.health import ALIVE
from dylumo_site.ops import presence

Probe = Callable[[int], bool | None]

ANSWER_SECONDS = 10.0
REDIS_SECONDS = 2.0


def web_answers(_pid: int) -> bool:
    """Any answer at all will do: what is wrong with other parts is not for the web process to be ended for."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.ADDRESS, settings.ADDRESS)
    line = http.client.HTTPConnection(host, settings.PORT, timeout=ANSWER_SECONDS)
    try:
        line.request("GET", ALIVE)
        line.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()
    return True


def beats(name: str) -> Probe:
    """Whether the worker (or beat) of this home called ``name`` has said in time that it lives."""
    key = presence.KEY.format(name=presence.full_name(name))

    def probe(pid: int) -> bool | None:
        try:
            with Redis.from_url(settings.REDIS_URL, socket_timeout=REDIS_SECONDS) as redis:
                told = redis.get(key)
            return told is not None and os.getpgid(json.loads(told)["pid"]) == pid
        except (RedisError, OSError) as error:
            # without Redis nobody can tell; a process that is gone was an earlier one of this name
            return False if isinstance(error, ProcessLookupError) else None

    return probe
