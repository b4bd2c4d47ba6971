"""``rank PICTURE|--say TEXT --tracks CSV``: one's own table of songs in the order in which they suit."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from agents.language.brief import brief_of
from agents.management.picture_file import read_picture_file
from core.errors import DylumoError
from recommender.ranking.own_table import rank_table, read_table


class Command(BaseCommand):
    help = "Orders a table of songs by how well they suit a picture or words. Nothing is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("picture", nargs="?", metavar="PICTURE")
        parser.add_argument("--say", metavar="TEXT", action="append", default=[], help="what the music is for")
        parser.add_argument(
            "--tracks", metavar="CSV", required=True, help="a table with columns title, artist and any an import knows"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object a line")

    def handle(self, *_: Any, picture: str | None, say: list[str], tracks: str, **options: Any) -> None:
        try:
            reading = read_picture_file(Path(picture)) if picture else None
            ranked = rank_table(brief_of(reading, say), read_table(Path(tracks)))
        except DylumoError as error:
            if options["json"]:
                self.stdout.write(json.dumps({"file": picture or tracks, "error": error.as_json()}, ensure_ascii=False))
            else:
                self.stderr.write(f"{error.message} {error.hint}")
            raise SystemExit(1) from error
        for row in ranked:
            shown = f"{row.score:5.1f}  {row.title} - {row.artist}"
            self.stdout.write(json.dumps(row.as_json(), ensure_ascii=False) if options["json"] else shown)
