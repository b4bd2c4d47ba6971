"""The admin's first page: how today goes, what failed, what waits, and whether every part works."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from redis import Redis, RedisError

from accounts.models import User
from agents.models import Turn
from dylumo_site import health
from feedback.models import Reaction
from feedback.models.experiments import Experiment
from feedback.models.review import ReviewCase
from feedback.review import queue
from recommender.models import Playlist

DAYS = 7


@dataclass(frozen=True, kw_only=True)
class Day:
    """Shares as text, empty where nothing happened."""

    date: date
    lists: int
    liked: str
    skipped: str
    median: str
    slowest: str
    failed: int


@dataclass(frozen=True)
class Figure:
    name: str
    value: str
    beside: str = ""


def fill(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's callback. Totals are for all staff; health and queues for those who may see turns."""
    return context | {"board": Board(request)}


class Board:
    def __init__(self, request: HttpRequest) -> None:
        self.may = request.user.has_perm
        today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
        self.days = [day(today - timedelta(days=back)) for back in range(DAYS)]
        failed = Turn.objects.filter(state=Turn.State.FAILED, created__gte=today - timedelta(days=DAYS - 1))
        codes = Counter((error or {}).get("code", "unknown") for error in failed.values_list("error", flat=True))
        self.failures = codes.most_common(10)

    @property
    def figures(self) -> list[Figure]:
        now, before = self.days[0], self.days[1:]
        usual = sum(one.lists for one in before) / len(before)
        return [
            Figure("lists today", str(now.lists), f"{usual:.0f} a day before"),
            Figure("of them liked", now.liked or "–", "with at least one like"),
            Figure("skipped", now.skipped or "–", "of tracks started today"),
            Figure("a turn", now.median or "–", f"median seconds; 95th percentile {now.slowest or '–'}"),
            Figure("failed today", str(now.failed), "turns"),
            Figure("people today", str(User.objects.filter(last_seen__gte=_midnight()).count()), "seen, guests too"),
        ]

    @property
    def todo(self) -> list[tuple[str, str]]:
        if self.may("feedback.view_reviewcase"):
            queue.gather()
        waiting = ReviewCase.objects.filter(state=ReviewCase.State.NEW).count()
        running = Experiment.objects.filter(state=Experiment.State.RUNNING).count()
        stopped = Experiment.objects.filter(state=Experiment.State.STOPPED).count()
        board = reverse("admin:feedback_experiment_changelist")
        offered = [
            (
                "feedback.view_reviewcase",
                f"{waiting} new in the review queue",
                reverse("admin:feedback_reviewcase_changelist"),
            ),
            ("feedback.view_experiment", f"{running} running and {stopped} undecided experiments", board),
            ("agents.view_suggestions", "What the evaluation agent suggests", reverse("admin:suggestions")),
        ]
        return [(text, address) for permission, text, address in offered if self.may(permission)]

    @property
    def parts(self) -> list[health.Part]:
        return health.examine() if self.may("agents.view_turn") else []

    @property
    def queues(self) -> list[tuple[str, str]]:
        try:
            with Redis.from_url(settings.REDIS_URL, socket_timeout=health.REDIS_SECONDS) as redis:
                return [(name, str(redis.llen(name))) for name in health.WORKERS]
        except RedisError:
            return []


def _midnight() -> datetime:
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def day(start: datetime) -> Day:
    """The figures of one day from its midnight."""
    span = (start, start + timedelta(days=1))
    lists = Playlist.objects.filter(created__range=span)
    liked = Reaction.objects.standing().filter(kind=Reaction.Kind.LIKE, playlist=OuterRef("pk"))
    made, with_like = lists.count(), lists.filter(Exists(liked)).count()
    done = Counter(
        Reaction.objects.filter(created__range=span, kind__in=Reaction.DONE).order_by().values_list("kind", flat=True)
    )
    turns = Turn.objects.filter(created__range=span)
    took = sorted(
        (finished - created).total_seconds()
        for created, finished in turns.filter(state=Turn.State.DONE).values_list("created", "finished")
        if finished
    )
    return Day(
        date=start.date(),
        lists=made,
        liked=_percent(with_like, made),
        skipped=_percent(done[Reaction.Kind.SKIPPED], done.total()),
        median=_quantile(took, 0.5),
        slowest=_quantile(took, 0.95),
        failed=turns.filter(state=Turn.State.FAILED).count(),
    )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else ""


def _quantile(ordered: list[float], share: float) -> str:
    return f"{ordered[min(int(share * len(ordered)), len(ordered) - 1)]:.2f}" if ordered else ""
