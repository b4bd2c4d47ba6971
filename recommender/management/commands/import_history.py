"""``import_history FILE...``: what a person listened to elsewhere, from the exports that services give."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from accounts.models import User
from core.errors import BadInput, DylumoError
from recommender.library.jobs import runner
from recommender.management.progress import ProgressLine, in_words, owner_of
from recommender.models import LibraryJob


class Whose(BadInput):
    code = "whose_history"
    message = "It is not clear whose history this is."
    hint = "Give --user with the address of an account here."


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Reads listening histories: Spotify's extended streaming history, YouTube Takeout, ListenBrainz, Last.fm."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument(
            "--user", default="", metavar="EMAIL", help="whose history; may be left out for one account"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object a line")

    def handle(self, *_: Any, files: list[str], user: str, **options: Any) -> None:
        failed = False
        for file in files:
            try:
                job = runner.run_here(
                    LibraryJob.Kind.HISTORY,
                    str(Path(file).resolve()),
                    _person(user),
                    on_step=ProgressLine("Plays read"),
                )
            except DylumoError as error:
                failed = True
                line = json.dumps({"file": file, "error": error.as_json()}, ensure_ascii=False)
                (self.stdout if options["json"] else self.stderr).write(
                    line if options["json"] else f"{file}: {error.message} {error.hint}"
                )
                continue
            told = {"file": file, **job.counts, "reasons": job.skipped}
            self.stdout.write(json.dumps(told, ensure_ascii=False) if options["json"] else f"{file}: {in_words(told)}")
        if failed:
            raise SystemExit(1)


def _person(email: str) -> User:
    """The person with this address; without one, the only account there is. Raises NotFound, Whose."""
    if person := owner_of(email):
        return person
    accounts = list(User.objects.filter(is_guest=False)[:2])
    if len(accounts) != 1:
        raise Whose
    return accounts[0]
