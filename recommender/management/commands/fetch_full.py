"""``fetch_full pictures sound``: the full tier's weights, from the model hub to this machine."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dylumo_site.errors import DylumoError


class Command(BaseCommand):
    help = "Fetches the weights that the settings name for seeing and hearing at full strength (hundreds of MB)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("senses", nargs="+", choices=("pictures", "sound"), metavar="SENSE")

    def handle(self, *_: Any, senses: list[str], **__: Any) -> None:
        from recommender.perception import full_models

        for sense in senses:
            try:
                repository = full_models.repository_of(sense)
                self.stdout.write(f"Fetching {repository} for {sense}.")
                folder = full_models.fetch(repository, self._progress)
            except DylumoError as error:
                raise CommandError(f"{error.message} {error.hint}") from error
            self.stdout.write(f"{repository} is in {folder}. Running workers take it up with the next picture or song.")

    def _progress(self, done: int, _repository: str) -> None:
        if self.stdout.isatty():
            self.stdout.write(f"\r{done / 2**20:,.0f} MB on disk", ending="")
