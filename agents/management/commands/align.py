"""``align PICTURE SOUND`` or ``align PICTURE --song NAME``: how well a picture and a song fit, with parts and reasons.

The song is judged by its sound, and by what is known of it where its tags, or its file's name, name it."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from agents.management.picture_file import read_picture_file
from core.errors import DylumoError
from core.schemas import dump
from recommender.library.importers.audio_tags import from_name, read_tags
from recommender.library.importers.editor_songs import known_of
from recommender.perception.audio.reader import read_sound
from recommender.ranking import alignment


class Command(BaseCommand):
    help = "Says how well a picture and a song fit: the share of random pairs that fit less well, with reasons."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("picture", metavar="PICTURE")
        parser.add_argument("sound", metavar="SOUND", nargs="?")
        parser.add_argument("--song", metavar="'ARTIST - TITLE'", default="", help="a song by its name, without a file")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_: Any, picture: str, sound: str | None, song: str, **options: Any) -> None:
        if bool(sound) == bool(song):
            raise CommandError("Give a sound file, or --song 'ARTIST - TITLE'.")
        file = picture
        try:
            reading = read_picture_file(Path(picture))
            file = sound or song
            if sound:
                heard, tags = read_sound(Path(sound)), read_tags(Path(sound))
                fit = alignment.align(reading, heard, known_of(tags.title, tags.artist, tags.genre))
            else:
                artist, title = from_name(song)
                fit = alignment.align(reading, None, known_of(title, artist, ""))
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
