"""Seal every stored permission anew with a new key."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.connections import key_rotation


class Command(BaseCommand):
    help = (
        "Makes a new key and seals every stored permission with it; old keys still open what a running process may "
        "just be writing. Run it again later with --drop-old to throw them away. With DYLUMO_TOKEN_KEYS, put the new "
        "key first there, restart, run this, and then take the old one out."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--drop-old", action="store_true", help="throw the old keys away; makes no new one")

    def handle(self, *_args: Any, drop_old: bool, **_options: Any) -> None:
        if not drop_old:
            self.stdout.write(f"{key_rotation.rotate()} stored permissions are sealed with the newest key.")
            return
        if settings.TOKEN_KEYS:
            raise CommandError("The keys are in DYLUMO_TOKEN_KEYS: take the old ones out there.")
        key_rotation.drop_old_keys()
        self.stdout.write("Only the newest key is left.")
