"""The task queue: ``default`` for network and database work, ``models`` for anything that loads a model.

``settings.CELERY_TASK_ROUTES`` names the tasks of ``models``; the others go to ``default``.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
import time
import warnings
from typing import Any

from celery import Celery, bootsteps
from celery.platforms import SecurityWarning
from celery.signals import beat_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dylumo_site.settings")

log = logging.getLogger("dylumo.workers")

HEARTBEAT_KEY = "dylumo:worker:{name}"
HEARTBEAT_SECONDS = 5
HEARTBEAT_LOST_SECONDS = 20


def say_alive(name: str, ended: threading.Event) -> None:
    """Note every few seconds, until ``ended``, that this process lives."""
    from django.conf import settings
    from redis import Redis, RedisError

    redis = Redis.from_url(settings.REDIS_URL)
    key = HEARTBEAT_KEY.format(name=name)
    while not ended.is_set():
        with contextlib.suppress(RedisError):  # the worker itself reports a lost Redis; the next beat tries again
            redis.set(key, json.dumps({"pid": os.getpid(), "at": time.time()}), ex=HEARTBEAT_LOST_SECONDS)
        ended.wait(HEARTBEAT_SECONDS)
    with contextlib.suppress(RedisError):
        redis.delete(key)


class Heartbeat(bootsteps.StartStopStep):
    """A worker says every few seconds that it is alive. From a thread of its own: a solo pool answers no ping while
    it works, and a busy worker is not a lost one."""

    requires = {"celery.worker.components:Timer"}

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self.ended = threading.Event()

    def start(self, worker: Any) -> None:
        threading.Thread(target=self.beat, args=(worker,), name="heartbeat", daemon=True).start()

    def stop(self, _worker: Any) -> None:
        self.ended.set()

    def beat(self, worker: Any) -> None:
        say_alive(worker.hostname.partition("@")[0], self.ended)


class WarmUp(bootsteps.StartStopStep):
    """The models worker first takes up what its predecessor died over, then loads its models, so that nobody waits
    for them."""

    requires = {"celery.worker.components:Timer"}

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self.enabled = "models" in worker.app.amqp.queues.consume_from

    def start(self, worker: Any) -> None:
        threading.Thread(target=self.begin, args=(worker.hostname,), name="warm-up", daemon=True).start()

    def begin(self, called: str) -> None:
        from django.db import DatabaseError

        from agents.conversations import turns
        from agents.conversations.run_turn import warm_up
        from agents.tasks import worker_name

        try:
            turns.left_behind(worker_name(called))
        except DatabaseError as error:
            log.warning("the sweep will look for what was left behind: %s", error)
        warm_up()


# Celery warns against running as root because of pickled messages; only JSON is accepted here.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("dylumo")
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(Heartbeat)
app.steps["worker"].add(WarmUp)


@beat_init.connect
def beat_lives(**_: Any) -> None:
    """Beat is no worker and has no bootsteps; it says that it lives all the same."""
    threading.Thread(target=say_alive, args=("beat", threading.Event()), name="heartbeat", daemon=True).start()
