"""The keys that all parts of a split deployment share."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from core import home
from dylumo_site.preparation import SHARED_KEYS


class Command(BaseCommand):
    help = "Make the keys of this home, if they are not there, and say where they lie."
    requires_system_checks: list[str] = []

    def handle(self, **_: Any) -> None:
        home.secret_key()
        home.token_keys()
        for file in SHARED_KEYS.values():
            self.stdout.write(str(home.home() / file))
