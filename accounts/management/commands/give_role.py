"""``give_role EMAIL ROLE``: let somebody with an account into the admin as owner, reviewer or analyst."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.roles import ROLES, give_role


class Command(BaseCommand):
    help = "Gives somebody a role in the admin."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("role", metavar="ROLE", choices=ROLES)

    def handle(self, *_: Any, email: str, role: str, **__: Any) -> None:
        person = User.objects.filter(email__iexact=email).first()
        if person is None:
            raise CommandError(f"Nobody with the address {email} has an account here.")
        give_role(person, role)
        self.stdout.write(f"{person} is {role} now.")
