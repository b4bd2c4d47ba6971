"""The task queue: ``default`` for network and database work, ``models`` for anything that loads a model.

``settings.CELERY_TASK_ROUTES`` names the tasks of ``models``; the others go to ``default``.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import warnings
from contextlib import nullcontext
from typing import Any

from celery import Celery, Task, bootsteps
from celery.platforms import SecurityWarning
from celery.signals import before_task_publish, task_prerun

from core import trace
from dylumo_site.ops import presence

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dylumo_site.settings")

log = logging.getLogger("dylumo.workers")


WARM_SECONDS = 60.0
"""A worker that is not warm by then takes turns all the same."""


class Heartbeat(bootsteps.StartStopStep):
    """A worker says every few seconds that it is alive. From a thread of its own: a solo pool answers no ping while
    it works, and a busy worker is not a lost one."""

    requires = {"celery.worker.components:Timer"}

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self.ended = threading.Event()

    def start(self, worker: Any) -> None:
        self.ended = presence.keep_saying(worker.hostname, worker.app.amqp.queues.consume_from)

    def stop(self, _worker: Any) -> None:
        self.ended.set()


class WarmUp(bootsteps.StartStopStep):
    """The models worker first hands over what its predecessor died over, then loads its models, and only then takes
    turns: one that another worker with its models in memory could have done at once would wait for them here."""

    requires = {"celery.worker.components:Timer", Heartbeat}

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        self.enabled = "models" in worker.app.amqp.queues.consume_from

    def start(self, worker: Any) -> None:
        from celery.worker import state

        warming = threading.Thread(target=self.begin, args=(worker.hostname,), name="warm-up", daemon=True)
        warming.start()
        give_up = time.monotonic() + WARM_SECONDS
        while warming.is_alive() and time.monotonic() < give_up:
            warming.join(timeout=0.2)
            state.maybe_shutdown()  # asked to end meanwhile

    def begin(self, called: str) -> None:
        from django.db import DatabaseError

        from agents.conversations import turns
        from agents.conversations.run_turn import warm_up

        try:
            turns.left_behind(called)
        except DatabaseError as error:
            log.warning("the sweep will look for what was left behind: %s", error)
        warm_up()


# Celery warns against running as root because of pickled messages; only JSON is accepted here.
warnings.filterwarnings("ignore", category=SecurityWarning)


SENT, REQUEST = "dylumo_sent", "dylumo_request"
"""Headers of our own: when a message was sent, and for which request."""


class TracedTask(Task):  # type: ignore[misc]  # celery has no types
    """A part of the trace of whoever asked for it; what is due by the clock nobody asked for."""

    abstract = True

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        with trace.span(self.name) if self.request.get(REQUEST) else nullcontext():
            return super().__call__(*arguments, **named)


app = Celery("dylumo", task_cls=TracedTask)
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(Heartbeat)
app.steps["worker"].add(WarmUp)


@before_task_publish.connect
def send_along(headers: dict[str, Any], **_: Any) -> None:
    headers |= {SENT: time.time(), REQUEST: trace.request_id()}


@task_prerun.connect
def take_up(task: Any, **_: Any) -> None:
    """Lines about what a request asked for carry its number; what nobody asked for has one of its own."""
    trace.note(request=task.request.get(REQUEST) or trace.new_request(), turn="", person="")


def run(*arguments: str) -> None:
    """Be Celery's worker or beat until it ends, and end with its status."""
    raise SystemExit(app.start(["-q", *arguments]))
