"""Figures for Prometheus at ``/metrics``: read from the database and Redis when they are asked for.

So every web process tells the same, whichever is asked, and none keeps a figure of its own. Nothing in them is about
a person: labels are names of states, steps, queues, services and error codes.
"""

from __future__ import annotations

import hmac
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from redis import Redis, RedisError

from agents.models import Turn
from core import counters
from dylumo_site import health
from dylumo_site.celery import SENT
from dylumo_site.ops import backup, presence
from dylumo_site.version import version
from recommender.models import LibraryJob
from recommender.services import youtube_quota
from recommender.services.protocol import ServiceError

ADDRESS = "/metrics"
MOST_RUNNING = 1000

COUNTED: dict[str, tuple[str, tuple[str, ...]]] = {
    "turns_ended": ("requests that ended", ("state", "code")),
    "step_failures": ("steps of agents that failed", ("step", "code")),
    "service_requests": ("requests to music services", ("service", "outcome")),
}
TIMED: dict[str, tuple[str, tuple[str, ...]]] = {
    "turn_seconds": ("from asking to the end of a request", ("state",)),
    "step_seconds": ("steps of agents", ("step",)),
    "model_seconds": ("reading by models", ("reads", "tier")),
}
"""What ``core.counters`` holds, each with what it is and its labels."""


class MetricsMiddleware:
    """To everybody but the owner's programs this address does not exist."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == ADDRESS and may_read(request):
            registry = CollectorRegistry()
            registry.register(Figures())
            return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
        return self.get_response(request)


def may_read(request: HttpRequest) -> bool:
    """By the token, if the owner has set one; else only from this machine, and only where no proxy stands before the
    site: behind one, everybody comes from here."""
    if settings.METRICS_TOKEN:
        told = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(told.encode(), settings.METRICS_TOKEN.encode())
    proxied = settings.BEHIND_TLS or {"X-Forwarded-For", "Forwarded", "X-Forwarded-Proto"} & set(request.headers)
    return not proxied and request.META.get("REMOTE_ADDR") in settings.LOOPBACK


def gauge(name: str, what: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"dylumo_{name}", what, labels=labels)


class Figures(Collector):
    """One look at everything. What does not answer is left out, and said by ``dylumo_part_up``."""

    def collect(self) -> Iterator[Metric]:
        up = gauge("part_up", "whether a part answers", "part")
        for part, look, trouble in (("database", _database, DatabaseError), ("redis", _redis, RedisError)):
            try:
                found = list(look())
            except trouble:
                found = []
            up.add_metric([part], 1.0 if found else 0.0)
            yield from found
        yield up
        info = gauge("info", "which Dylumo this is", "version")
        info.add_metric([version()], 1)
        yield info
        if settings.BACKUP_HOURS and (age := backup.newest_age()) is not None:
            yield GaugeMetricFamily("dylumo_backup_age_seconds", "of the newest backup by the clock", age)


def _database() -> Iterator[Metric]:
    open_turns = Turn.objects.filter(state__in=Turn.OPEN)
    states = dict(open_turns.order_by().values_list("state").annotate(Count("pk")))
    turns = gauge("turns", "requests that wait or are worked on", "state")
    for state in Turn.OPEN:
        turns.add_metric([state], states.get(state, 0))
    yield turns
    first = open_turns.filter(state=Turn.State.QUEUED).aggregate(first=Min("created"))["first"]
    waits = (timezone.now() - first).total_seconds() if first else 0.0
    yield GaugeMetricFamily("dylumo_turn_waiting_seconds", "how long the oldest waiting request has waited", waits)
    steps: Counter[str] = Counter()
    for told in open_turns.filter(state=Turn.State.RUNNING).values_list("steps", flat=True)[:MOST_RUNNING]:
        agents = (told or {}).get("agents", {})
        steps.update(name for name, one in agents.items() if one.get("state") == "running")
    yield _table(
        "turns_at_step", "requests by the agent that is at work", ("step",), {(n,): c for n, c in steps.items()}
    )
    open_jobs = LibraryJob.objects.filter(state__in=["queued", "running"]).order_by().values_list("kind", "state")
    jobs = {(kind, state): count for kind, state, count in open_jobs.annotate(Count("pk"))}
    yield _table("jobs", "work on the library that waits or runs", ("kind", "state"), jobs)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(state, 'other'), count(*) FROM pg_stat_activity "
            "WHERE datname = current_database() GROUP BY 1"
        )
        yield _table(
            "database_connections", "connections by state", ("state",), {(s,): c for s, c in cursor.fetchall()}
        )
        cursor.execute("SELECT current_setting('max_connections')::int, pg_database_size(current_database())")
        most, size = cursor.fetchone()
    yield GaugeMetricFamily("dylumo_database_connections_limit", "how many there may be", most)
    yield GaugeMetricFamily("dylumo_database_bytes", "size of the database", size)


def _table(name: str, what: str, labels: tuple[str, ...], values: Mapping[Any, int]) -> GaugeMetricFamily:
    family = gauge(name, what, *labels)
    for told, value in sorted(values.items()):
        family.add_metric(told, value)
    return family


def _redis() -> Iterator[Metric]:
    with Redis.from_url(settings.REDIS_URL, socket_timeout=health.REDIS_SECONDS) as redis:
        length = gauge("queue_length", "messages that wait for a worker", "queue")
        oldest = gauge("queue_oldest_seconds", "how long the oldest of them has waited", "queue")
        for queue in health.WORKERS:
            length.add_metric([queue], cast("int", redis.llen(queue)))
            oldest.add_metric([queue], _age(cast("bytes | None", redis.lindex(queue, -1))))
        yield length
        yield oldest
        living = presence.living(redis)
        workers = gauge("workers", "workers that live", "queue")
        for queue in health.WORKERS:
            workers.add_metric([queue], sum(queue in one.serves for one in living))
        yield workers
        schedulers = sum(not one.serves for one in living)
        yield GaugeMetricFamily("dylumo_schedulers", "schedulers that live", schedulers)
        lines = len(cast("list[bytes]", redis.pubsub_channels(f"{settings.CHANNEL_PREFIX}specific.*")))
        yield GaugeMetricFamily("dylumo_open_lines", "sockets and event streams that are open", lines)
    yield from _counted()
    left = gauge("service_quota_left", "what may still be asked of a service today", "service", "bucket")
    for bucket in youtube_quota.DAILY:
        try:
            left.add_metric([youtube_quota.SERVICE, bucket], youtube_quota.left(bucket))
        except ServiceError as error:
            raise RedisError from error
    yield left


def _age(message: bytes | None) -> float:
    """Seconds since a message was sent; 0 without one, or one of an earlier version."""
    sent = json.loads(message)["headers"].get(SENT) if message else None
    return max(0.0, timezone.now().timestamp() - sent) if sent else 0.0


def _counted() -> Iterator[Metric]:
    held = counters.everything()
    for name, (what, labels) in COUNTED.items():
        family = CounterMetricFamily(f"dylumo_{name}", what, labels=labels)
        for one in held:
            if one.name == name:
                family.add_metric([one.labels.get(label, "") for label in labels], one.value)
        yield family
    for name, (what, labels) in TIMED.items():
        yield _histogram(name, what, labels, [one for one in held if one.name.startswith(f"{name}_")])


def _histogram(name: str, what: str, labels: tuple[str, ...], held: list[counters.Count]) -> HistogramMetricFamily:
    family = HistogramMetricFamily(f"dylumo_{name}", what, labels=labels)
    sums: dict[tuple[str, ...], float] = {}
    buckets: dict[tuple[str, ...], dict[str, float]] = defaultdict(dict)
    for one in held:
        told = tuple(one.labels.get(label, "") for label in labels)
        if "le" in one.labels:
            buckets[told][one.labels["le"]] = one.value
        else:
            sums[told] = one.value
    for told, total in sorted(sums.items()):
        so_far, cumulated = 0.0, []
        for bound in (*map(str, counters.SECONDS), "+Inf"):
            so_far += buckets[told].get(bound, 0.0)
            cumulated.append((bound, so_far))
        family.add_metric(told, cumulated, total)
    return family
