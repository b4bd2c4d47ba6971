"""``read_sound FILE...``: what is heard in each file, one line each."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from core.errors import DylumoError
from core.schemas import AudioReading, Label, dump
from recommender.library.audio_descriptions import sentences
from recommender.library.tagging.described import KEYS
from recommender.perception.audio.reader import read_sound

NUMBERS = (
    "valence",
    "arousal",
    "energy",
    "danceability",
    "acousticness",
    "instrumentalness",
    "speechiness",
    "liveness",
    "tempo",
    "key",
    "mode",
    "loudness",
)


class Command(BaseCommand):
    help = "Reads the sound of audio files: Spotify's features, arousal, moods, genres, form and harmony."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--tier", help="basic or lite (default: the best one on disk)")
        parser.add_argument("--json", action="store_true", help="print one JSON object a line")

    def handle(self, *_: Any, files: list[str], **options: Any) -> None:
        as_json, failed = options["json"], 0
        for file in files:
            started = time.perf_counter()
            try:
                reading = read_sound(file, options["tier"])
            except DylumoError as error:
                failed += 1
                self._report(error, file, as_json=as_json)
                continue
            line = as_line(file, reading, (time.perf_counter() - started) * 1000)
            self.stdout.write(dumped(line) if as_json else in_words(line, reading))
        if failed:
            raise SystemExit(1)

    def _report(self, error: DylumoError, file: str, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(dumped({"file": file, "error": error.as_json()}))
        else:
            self.stderr.write(f"{file}: {error.message} {error.hint}")


def as_line(file: str, reading: AudioReading, milliseconds: float) -> dict[str, Any]:
    """One reading in the command line's shape."""
    values = _rounded({name: getattr(reading, name) for name in NUMBERS})
    return {
        "file": file,
        **values,
        "moods": _scores(reading.moods),
        "genres": _scores(reading.genres),
        "form": dump(reading.form) if reading.form else None,
        "harmony": _rounded(dump(reading.harmony)) if reading.harmony else None,
        "tier": reading.tier,
        "ms": round(milliseconds, 1),
    }


def _rounded(values: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in values.items()}


def _scores(labels: tuple[Label, ...]) -> list[dict[str, Any]]:
    return [{"name": label.name, "score": round(label.score, 4)} for label in labels]


def dumped(line: dict[str, Any]) -> str:
    return json.dumps(line, ensure_ascii=False)


def in_words(line: dict[str, Any], reading: AudioReading) -> str:
    """One reading for a person's eyes."""
    key = f"{KEYS[line['key']]} {'major' if line['mode'] else 'minor'}" if line["key"] >= 0 else "no key"
    moods, genres = (", ".join(label["name"] for label in line[table]) or "none" for table in ("moods", "genres"))
    return (
        f"{line['file']}: {line['tempo']:.0f} BPM, {key}, {line['loudness']:.1f} LUFS; valence {line['valence']:.2f}, "
        f"arousal {line['arousal']:.2f}, energy {line['energy']:.2f}, danceability {line['danceability']:.2f}, "
        f"acousticness {line['acousticness']:.2f}; moods: {moods}; style: {genres} "
        f"({line['tier']} tier, {line['ms']:.0f} ms)"
        + "".join(f"\n  {sentence}" for sentence in sentences(reading.form, reading.harmony, reading.mode))
    )
