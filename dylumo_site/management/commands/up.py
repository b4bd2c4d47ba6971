"""Everything as one tree: database, Redis, tables, demonstration music, web and workers. Ctrl-C ends all of it."""

from __future__ import annotations

import asyncio
import errno
import os
import shlex
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection

from dylumo_site import preparation
from dylumo_site.health import model_workers
from dylumo_site.ops import embedded, liveness
from dylumo_site.ops.supervisor import Console, Program, Say, end_leftovers, only_one, supervise
from recommender.library.jobs import runner
from recommender.models import LibraryJob

WATCH_SECONDS = 1.0
MUSIC_SECONDS = 2.0
MUSIC_STEPS = 8
"""How often the making of the music is told of."""
BACKLOG = 512


def listen(address: str, port: int) -> socket.socket:
    """A listening socket. Held by the tree, so that a restart of the web process turns nobody away."""
    try:
        family = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.socket(family)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address, port))
        listening.listen(BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            cure = (
                f"Port {port} of {address} is taken by another program. Choose another: DYLUMO_PORT={port + 1} bin/run"
            )
        elif error.errno == errno.EACCES:
            cure = f"Port {port} needs special rights. Choose one above 1023: DYLUMO_PORT=8000 bin/run"
        else:
            cure = f"{address}:{port} cannot be listened on: {error.strerror}. Check DYLUMO_ADDRESS and DYLUMO_PORT."
        raise embedded.ServiceError(cure) from error
    return listening


def programs(fd: int, *, reload: bool = False) -> list[Program]:
    """What runs under the tree, beside the database and Redis. ``reload``: each starts again when code changes."""
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
    celery = [sys.executable, "-m", "celery", "-q", "-A", "dylumo_site.celery"]
    worker = [*celery, "worker", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
    # In memory and without a pid file: nothing that a kill could break.
    beat = [*celery, "beat", "--loglevel", "INFO", "--scheduler", "celery.beat:Scheduler", "--pidfile="]
    default = [*worker, "-n", "default@dylumo", "-Q", "default", "-P", "threads", "-c", "8"]
    models = {name: [*worker, "-n", f"{name}@dylumo", "-Q", "models", "-P", "solo"] for name in model_workers()}
    serve = [*manage, "serve", str(fd), *(["--reload"] if reload else [])]
    queued = {"default": default, **models, "beat": beat}
    return [
        Program("web", serve, pass_fds=(fd,), alive=None if reload else liveness.web_answers),
        *(
            # while code is changed, what starts anew all the time is nothing to be alarmed about
            Program(name, _watching(command)) if reload else Program(name, command, alive=liveness.beats(name))
            for name, command in queued.items()
        ),
    ]


def _watching(command: list[str]) -> list[str]:
    """The command, started again whenever Python code of the rooms changes."""
    watch = [sys.executable, "-m", "watchfiles", "--filter", "python", "--verbosity", "warning"]
    return [*watch, "--target-type", "command", shlex.join(command), *map(str, code_folders())]


def code_folders() -> list[Path]:
    """The folders of this project's own packages."""
    return sorted(path.parent for path in settings.BASE_DIR.glob("*/__init__.py") if path.parent.name != "tests")


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
        except embedded.ServiceError as error:
            say("up", str(error))


class Command(BaseCommand):
    help = "Run everything: database, Redis, web and workers. Ctrl-C ends all of it."
    requires_system_checks: list[str] = []
    reload = False

    def handle(self, **_: Any) -> None:
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.ADDRESS, settings.ADDRESS)
        url = f"http://{host}:{settings.PORT}"
        with only_one(embedded.run_folder(), url) as other:
            if other:
                print(f"Dylumo is already running (process {other['pid']}) at {other['url']}")
            else:
                self.bring_up(url)

    def bring_up(self, url: str) -> None:
        listening = listen(settings.ADDRESS, settings.PORT)
        os.chdir(settings.BASE_DIR)
        say = Console(settings.HOME / "logs")
        mark = str(settings.HOME)
        if left := end_leftovers(mark):
            say("up", f"Ended {left} processes that an earlier run had left behind.")
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # until the tree stands, it ends like Ctrl-C
        try:
            preparation.start_services()
            preparation.migrate()
            preparation.load_songs()
            if settings.BOX_MUSIC:
                runner.start_box_music()
            if settings.DEMO_LIBRARY:
                runner.start(LibraryJob.Kind.DEMO)  # the workers make what is missing of it
            if settings.FETCH_MODELS:
                runner.start_models()
            runner.start_hearing_again()
            runner.start_vectors()
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
