"""What this whole copy of Dylumo may still ask of YouTube today, counted in Redis for all processes together.

Google counts a day from midnight to midnight in Pacific time (``quota_costs`` of the Data API; since June 2026 searches
have a count of their own).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import redis
from django.conf import settings
from django.utils import timezone

from recommender.services.protocol import QuotaSpent, Unreachable
from recommender.services.rate_limit import connection

SERVICE = "youtube"
PACIFIC = ZoneInfo("America/Los_Angeles")
DAILY = {"searches": 100, "units": 10_000}

# Adds the cost unless that would be more than is allowed; answers whether it was.
SPEND = """
local spent = tonumber(redis.call('GET', KEYS[1]) or '0')
if spent + tonumber(ARGV[1]) > tonumber(ARGV[2]) then return 0 end
redis.call('INCRBY', KEYS[1], ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""


def consume(bucket: str, cost: int) -> None:
    """Take ``cost`` from today's ``searches`` or ``units``. Raises QuotaSpent when too little is left, before anything
    was asked; Unreachable when nobody can count."""
    now = timezone.now()
    until = seconds_left(now)
    try:
        taken = connection(settings.REDIS_URL).eval(
            SPEND, 1, _key(bucket, now), str(cost), str(DAILY[bucket]), str(int(until) + 3600)
        )
    except redis.RedisError as error:
        raise Unreachable(SERVICE) from error
    if not taken:
        raise QuotaSpent(SERVICE, retry_after=until)


def exhaust(bucket: str) -> None:
    """YouTube says that nothing is left: believe it rather than our own count."""
    now = timezone.now()
    try:
        connection(settings.REDIS_URL).set(_key(bucket, now), DAILY[bucket], ex=int(seconds_left(now)) + 3600)
    except redis.RedisError as error:
        raise Unreachable(SERVICE) from error


def left(bucket: str) -> int:
    """What may still be spent today."""
    try:
        spent = connection(settings.REDIS_URL).get(_key(bucket, timezone.now()))
    except redis.RedisError as error:
        raise Unreachable(SERVICE) from error
    return max(0, DAILY[bucket] - int(spent or 0))


def seconds_left(now: datetime) -> float:
    """Until the next midnight in Pacific time; on the days when clocks change they are 23 or 25 hours apart."""
    there = now.astimezone(PACIFIC)
    midnight = datetime.combine(there.date() + timedelta(days=1), datetime.min.time(), tzinfo=PACIFIC)
    return midnight.timestamp() - now.timestamp()


def _key(bucket: str, now: datetime) -> str:
    return f"quota:{SERVICE}:{bucket}:{now.astimezone(PACIFIC).date().isoformat()}"
