"""``align PICTURE SOUND``: how well a picture and a song fit, 0..100, with parts and reasons.

The song is judged by its sound, and by what is known of it where its tags, or its file's name, name it."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from agents.management.picture_file import read_picture_file
from core.errors import DylumoError
from core.schemas import dump
from recommender.library.importers.audio_tags import read_tags
from recommender.library.importers.editor_songs import known_of
from recommender.perception.audio.reader import read_sound
from recommender.ranking import alignment


class Command(BaseCommand):
    help = "Says how well a picture and a song fit: the share of random pairs that fit less well, with reasons."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("picture", metavar="PICTURE")
        parser.add_argument("sound", metavar="SOUND")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_: Any, picture: str, sound: str, **options: Any) -> None:
        file = picture
        try:
            reading = read_picture_file(Path(picture))
            file = sound
            heard, tags = read_sound(Path(sound)), read_tags(Path(sound))
            fit = alignment.align(reading, heard, known_of(tags.title, tags.artist, tags.genre))
        except DylumoError as error:
            if options["json"]:
                self.stdout.write(json.dumps({"file": file, "error": error.as_json()}, ensure_ascii=False))
            else:
                self.stderr.write(f"{file}: {error.message} {error.hint}")
            raise SystemExit(1) from error
        if options["json"]:
            parts = [dump(part) for part in fit.parts]
            self.stdout.write(
                json.dumps({"score": fit.score, "parts": parts, "reasons": list(fit.reasons)}, ensure_ascii=False)
            )
            return
        self.stdout.write(f"{fit.score:.0f} of 100. {' '.join(fit.reasons)}")
        self.stdout.write(", ".join(f"{part.name} {100 * part.value:.0f}" for part in fit.parts))
