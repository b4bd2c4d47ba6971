"""``invite EMAIL``: a link by which somebody may sign up while ``DYLUMO_SIGNUP`` is ``invite``."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from accounts import invitations


class Command(BaseCommand):
    help = "Prints a link by which EMAIL may sign up."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL")

    def handle(self, *_: Any, email: str, **__: Any) -> None:
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(f"{email} is not an e-mail address.") from error
        self.stdout.write(f"The address of your site, followed by {invitations.link(email)}")
        self.stdout.write(f"It is good for {settings.INVITATION_DAYS} days and for {email} only.")
