"""The clock: sends the tasks that are due to the workers. One is enough; two send everything twice and harm nothing."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from core import home
from dylumo_site import celery
from dylumo_site.ops import presence


class Command(BaseCommand):
    help = "Run the clock that sends what is due to the workers."
    requires_system_checks: list[str] = []

    def handle(self, **_: Any) -> None:
        presence.keep_saying(presence.full_name(home.take_free_slot(presence.SCHEDULER)), serves=())
        # In memory and without a pid file: nothing that a kill could break.
        celery.run("beat", "--loglevel", "INFO", "--scheduler", "celery.beat:Scheduler", "--pidfile=")
