"""``rank PICTURE|--say TEXT --tracks CSV``: one's own table of songs in the order in which they suit."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from agents.language.concepts import concepts_said
from agents.language.parser import read_words
from agents.management.picture_file import read_picture_file
from core.errors import BadInput, DylumoError
from core.schemas import MusicBrief, dump
from recommender import mapping
from recommender.perception.weights.loaders import embed_texts
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
            ranked = rank_table(brief_for(picture, say), read_table(Path(tracks)))
        except DylumoError as error:
            if options["json"]:
                self.stdout.write(json.dumps({"file": picture or tracks, "error": error.as_json()}, ensure_ascii=False))
            else:
                self.stderr.write(f"{error.message} {error.hint}")
            raise SystemExit(1) from error
        for row in ranked:
            line = {
                "title": row.title,
                "artist": row.artist,
                "score": row.score,
                "parts": [dump(part) for part in row.parts],
                "known": row.known or None,
            }
            shown = f"{row.score:5.1f}  {row.title} - {row.artist}"
            self.stdout.write(json.dumps(line, ensure_ascii=False) if options["json"] else shown)


def brief_for(picture: str | None, said: list[str]) -> MusicBrief:
    """The brief for a picture file, for words, or both. Raises BadInput."""
    if not picture and not said:
        raise BadInput("There is nothing to rank by.", hint="Name a picture, or say with --say what it is for.")
    reading = read_picture_file(Path(picture)) if picture else None
    words = [replace(one, concepts=one.concepts or concepts_said(text)) for text in said for one in [read_words(text)]]
    return mapping.brief_for(reading, words, embed=embed_texts)
