"""What works and what does not, at ``/health/``: a page for people, JSON for programs, 503 when a vital part is down.

It is answered before sessions and accounts are looked at, because it must work when they cannot. It tells nothing
that a stranger may not know: versions and counts, no addresses, paths or names.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from redis import Redis, RedisError

from core.storage import is_local
from dylumo_site.ops import backup, presence

log = logging.getLogger("dylumo.health")

ADDRESS = "/health/"
ALIVE = "/health/alive/"
"""For the supervisor: any answer is a sign of life. Nothing is looked at that could hang."""
OF_THE_WEB_PROCESS = "/health/web/"
"""For balancers: whether this process can answer people, whatever becomes of workers."""
LOW_DISK_BYTES = 1 << 30
FULL_DISK_BYTES = 64 << 20
LATE_BACKUP = 2
"""Times its interval."""
REDIS_SECONDS = 2.0
WORKERS = {
    "default": "requests that use the network wait",
    "models": "photos wait",
}


@dataclass(frozen=True)
class Part:
    """One thing looked at. ``cure`` is empty while it is ``ok``; the site cannot serve without a ``vital`` one."""

    name: str
    ok: bool
    finding: str
    cure: str = ""
    vital: bool = False


class HealthMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answers = {ALIVE: _alive, OF_THE_WEB_PROCESS: _ready, ADDRESS: _report}
        if request.path not in answers:
            return self.get_response(request)
        response = answers[request.path](request)
        response["Cache-Control"] = "no-store"
        return response


def _alive(_request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


def _ready(_request: HttpRequest) -> HttpResponse:
    down = any(part.vital and not part.ok for part in (_database(), _redis_and_workers()[0]))
    return JsonResponse({"status": "down" if down else "ok"}, status=503 if down else 200)


def _report(request: HttpRequest) -> HttpResponse:
    parts = examine()
    state = "ok" if all(part.ok for part in parts) else "degraded"
    if any(part.vital and not part.ok for part in parts):
        state = "down"
    status = 503 if state == "down" else 200
    if "text/html" in request.headers.get("Accept", ""):
        told = {"state": state, "parts": parts, "models": _files()}
        return render(request, "site/health.html", told, status=status)
    report = {"status": state, "parts": [asdict(part) for part in parts], "models": _files()}
    return JsonResponse(report, status=status)


def examine() -> list[Part]:
    """Look at every part; the counts in the database only when it answers."""
    database = _database()
    parts = [database, *_redis_and_workers(), _disk(), *_store(), *_backups(), _models(told=database.ok)]
    return [*parts, *_catalogue()] if database.ok else parts


def _database() -> Part:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version')")
            server = cursor.fetchone()[0].split()[0]
            cursor.execute("SELECT extversion FROM pg_extension WHERE extname = 'vector'")
            vector = cursor.fetchone()
    except DatabaseError as error:
        log.warning("the database does not answer: %s", error)
        cure = "Restart it; bin/run does so by itself for the embedded one. The log names the reason."
        return Part("database", False, "does not answer", cure, vital=True)
    if vector is None:
        return Part("database", False, f"PostgreSQL {server} without pgvector", "Run: bin/run migrate", vital=True)
    return Part("database", True, f"PostgreSQL {server}, pgvector {vector[0]}", vital=True)


def _redis_and_workers() -> list[Part]:
    try:
        with Redis.from_url(settings.REDIS_URL, socket_timeout=REDIS_SECONDS) as redis:
            version = redis.info("server")["redis_version"]
            living = presence.living(redis)
    except RedisError as error:
        log.warning("Redis does not answer: %s", error)
        cure = "Restart it; bin/run does so by itself for the embedded one. The log names the reason."
        return [Part("redis", False, "does not answer", cure, vital=True)]
    return [
        Part("redis", True, f"Redis {version}", vital=True),
        *(_workers(name, [one for one in living if name in one.serves], waits) for name, waits in WORKERS.items()),
        _scheduler([one for one in living if not one.serves]),
    ]


def _workers(name: str, living: list[presence.Alive], waiting: str) -> Part:
    if not living:
        cure = "It is started by bin/run, and again when it fails; its log names the reason."
        return Part(f"worker {name}", False, f"not running: {waiting}", cure, vital=True)
    return Part(f"worker {name}", True, _signs(living), vital=True)


def _scheduler(living: list[presence.Alive]) -> Part:
    """Not vital: everything can be asked for and is done, only nothing that is due by the clock."""
    if not living:
        cure = "It is started by bin/run, and again when it fails; its log (beat.log) names the reason."
        return Part("scheduler", False, "not running: what a lost worker left is not picked up", cure)
    return Part("scheduler", True, _signs(living))


def _signs(living: list[presence.Alive]) -> str:
    newest = f"alive {min(one.age for one in living):.0f} s ago"
    return f"{len(living)} of them, the last {newest}" if len(living) > 1 else newest


def _disk() -> Part:
    places = {settings.HOME, Path(settings.MEDIA_ROOT), Path(tempfile.gettempdir())}
    free = min(shutil.disk_usage(place).free for place in places if place.exists())
    finding = f"{free / 2**30:.1f} GiB free"
    if free < FULL_DISK_BYTES:
        cure = "Free some space where Dylumo keeps its data (DYLUMO_HOME): nothing can be kept any more."
        return Part("disk", False, "full", cure, vital=True)
    if free < LOW_DISK_BYTES:
        return Part("disk", False, finding, "Free some space where Dylumo keeps its data (DYLUMO_HOME).")
    return Part("disk", True, finding)


def _store() -> list[Part]:
    """Told of only where photos and songs are kept in a bucket. Not vital: lists from words need none."""
    if is_local(default_storage):
        return []
    from dylumo_site.bucket import Bucket

    if not (isinstance(default_storage, Bucket) and default_storage.answers()):
        cure = "Check the server at DYLUMO_S3_ENDPOINT, the bucket and its keys."
        return [Part("store", False, "does not answer: photos cannot be kept or shown", cure)]
    return [Part("store", True, "answers")]


def _backups() -> list[Part]:
    """Told of only where the owner wants backups by the clock."""
    if not settings.BACKUP_HOURS:
        return []
    age = backup.newest_age()
    finding = "none yet" if age is None else f"the newest is {age / 3600:.0f} h old"
    if age is None or age > LATE_BACKUP * settings.BACKUP_HOURS * 3600:
        return [Part("backup", False, finding, "Run: bin/run backup FILE. What hinders it is in default.log.")]
    return [Part("backup", True, finding)]


def _models(*, told: bool) -> Part:
    """Which tier reads what, and how fetching goes when the database can tell (``told``)."""
    from recommender.perception.weights import downloads, loaders
    from recommender.perception.weights.manifest import LITE
    from recommender.perception.weights.tiers import TIERS, in_use

    tiers = {sense: in_use(sense) for sense in ("pictures", "sound")}
    there = sum(one.state == "whole" for one in downloads.held(loaders.model_folder(), LITE))
    finding = f"pictures {tiers['pictures']}, sound {tiers['sound']}, words basic; {there} of {len(LITE)} small models"
    if settings.MODEL_TIER in TIERS and min(map(TIERS.index, tiers.values())) < TIERS.index(settings.MODEL_TIER):
        cure = "Run: bin/run models fetch. Or put the files where DYLUMO_MODEL_DIR says, or unset DYLUMO_TIER."
        return Part("models", False, f"{finding}, though the {settings.MODEL_TIER} tier was asked for", cure)
    return Part("models", True, f"{finding}{_fetching() or _full_tier() if told else ''}")


def _full_tier() -> str:
    from recommender.library import full_tier

    return f". Full tier of pictures: {full_tier.standing().sentence}"


def _fetching() -> str:
    from recommender.models import LibraryJob

    job = LibraryJob.objects.filter(kind=LibraryJob.Kind.MODELS).order_by("-created").first()
    if job is None or job.state in {LibraryJob.State.DONE, LibraryJob.State.CANCELLED}:
        return ""
    if job.error:
        return f". {job.error['message']} {job.error['hint']}"
    of = f"of {job.total / 2**20:.1f} " if job.total else ""
    return f". Being fetched{' for the full tier' if job.argument else ''}: {job.done / 2**20:.1f} {of}MB"


def _files() -> list[dict[str, str]]:
    """The registry of models: what is on disk of each file, its version, publisher and licence."""
    from recommender.perception.weights import downloads, loaders
    from recommender.perception.weights.manifest import LITE

    return [
        {
            "file": one.file.name,
            "state": one.state,
            "what": one.file.what,
            "version": one.file.version,
            "publisher": one.file.publisher,
            "licence": one.file.licence,
        }
        for one in downloads.held(loaders.model_folder(), LITE)
    ]


def _catalogue() -> list[Part]:
    from recommender.models import LibraryJob, Track

    tracks, jobs = Track.objects.count(), LibraryJob.objects.filter(state__in=["queued", "running"])
    jobs = jobs.exclude(kind=LibraryJob.Kind.MODELS)  # told of with the models
    working = ", ".join(f"{job.get_kind_display()} ({job.done} of {job.total or '?'})" for job in jobs[:5])
    music = Part("music", True, f"{tracks:,} tracks")
    if not tracks:
        cure = "It is made by bin/run in its first minutes; or run: bin/run demo_library"
        music = Part("music", False, "no tracks yet", cure)
    return [music, Part("jobs", True, working or "none running")]
