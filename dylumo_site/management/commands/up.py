"""Everything as one tree: database, Redis, tables, demonstration music, web and workers. Ctrl-C ends all of it."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection

from agents.conversations import showcase
from core import home
from dylumo_site import preparation
from dylumo_site.ops import embedded, liveness, presence, serving
from dylumo_site.ops.supervisor import Console, Program, Say, end_leftovers, only_one, supervise
from recommender.models import LibraryJob

WATCH_SECONDS = 1.0
MUSIC_SECONDS = 2.0
MUSIC_STEPS = 8
"""How often the making of the music is told of."""
WEB_GRACE = 5
"""Seconds for open requests; the tree as a whole has ten."""


def programs(fd: int, *, reload: bool = False) -> list[Program]:
    """What runs under the tree, beside the database and Redis. ``reload``: each starts again when code changes."""
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
    serve = [*manage, "web", "--fd", str(fd), "--grace", str(WEB_GRACE), *(["--reload"] if reload else [])]
    queued = {name: [*manage, "worker", "--queue", queue, "--name", name] for name, queue in workers().items()}
    queued[presence.SCHEDULER] = [*manage, "scheduler"]
    return [
        Program("web", serve, pass_fds=(fd,), alive=None if reload else liveness.web_answers),
        *(
            # while code is changed, what starts anew all the time is nothing to be alarmed about
            Program(name, _watching(command)) if reload else Program(name, command, alive=liveness.beats(name))
            for name, command in queued.items()
        ),
    ]


def workers() -> dict[str, str]:
    """The workers of the tree by name (``default``, ``models``, ``models2``, ...), each with its queue."""
    more = (f"models{number}" for number in range(2, settings.MODEL_WORKERS + 1))
    return {"default": "default", "models": "models", **dict.fromkeys(more, "models")}


def _watching(command: list[str]) -> list[str]:
    """The command, started again whenever Python code of the rooms changes."""
    watch = [sys.executable, "-m", "watchfiles", "--filter", "python", "--verbosity", "warning"]
    return [*watch, "--target-type", "command", shlex.join(command), *map(str, serving.code_folders())]


async def watch(say: Say) -> None:
    await asyncio.gather(keep_services(say), tell_of_music(say))


async def tell_of_music(say: Say) -> None:
    """Say how far the demonstration music is, until it is whole."""

    def look() -> tuple[int, int] | None:
        job = LibraryJob.objects.filter(kind=LibraryJob.Kind.DEMO, state__in=["queued", "running"]).first()
        connection.close()
        return (job.done, job.total) if job else None

    next_word = 0.0
    while progress := await asyncio.to_thread(look):
        done, total = progress
        if total and done >= next_word:
            say("up", f"Making the demonstration music: {done} of {total} pieces. It can be used meanwhile.")
            next_word = done + total / MUSIC_STEPS
        await asyncio.sleep(MUSIC_SECONDS)
    if next_word:
        say("up", "The demonstration music is whole.")


async def keep_services(say: Say) -> None:
    """Start the database or Redis again when it goes away."""

    def tell(name: str) -> None:
        say("up", f"The {name} had stopped; it runs again.")

    while True:
        await asyncio.sleep(WATCH_SECONDS)
        try:
            await asyncio.to_thread(embedded.start, tell)
        except home.ServiceError as error:
            say("up", str(error))


class Command(BaseCommand):
    help = "Run everything: database, Redis, web and workers. Ctrl-C ends all of it."
    requires_system_checks: list[str] = []
    reload = False

    def handle(self, **_: Any) -> None:
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.ADDRESS, settings.ADDRESS)
        url = f"http://{host}:{settings.PORT}"
        with only_one(home.run_folder(), url) as other:
            if other:
                print(f"Dylumo is already running (process {other['pid']}) at {other['url']}")
            else:
                self.bring_up(url)

    def bring_up(self, url: str) -> None:
        listening = serving.listen(settings.ADDRESS, settings.PORT)
        os.chdir(settings.BASE_DIR)
        say = Console(settings.HOME / "logs")
        mark = str(settings.HOME)
        if left := end_leftovers(mark):
            say("up", f"Ended {left} processes that an earlier run had left behind.")
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # until the tree stands, it ends like Ctrl-C
        try:
            preparation.start_services()
            preparation.migrate()
            preparation.furnish()
            showcase.keep()  # before the first page is asked for: it says that its list is on its way
            say("up", f"Dylumo is at {url} (Ctrl-C ends it). Its logs are in {settings.HOME / 'logs'}.")
            if settings.ADDRESS not in settings.ALLOWED_HOSTS:
                names = ", ".join(settings.ALLOWED_HOSTS)
                say("up", f"It answers to these names only: {names}. DYLUMO_HOSTS sets others, separated by commas.")
            asyncio.run(supervise(programs(listening.fileno(), reload=self.reload), mark, say, lambda: watch(say)))
        except KeyboardInterrupt:
            say("up", "Ended before it was up.")
        finally:
            free = embedded.stop()
            say("up", "Everything is stopped." if free else "Another command uses the database; it stays up for it.")
