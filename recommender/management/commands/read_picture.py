"""``read_picture FILE...``: what is seen in each file, one line each."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from core.errors import BadInput, DylumoError
from core.schemas import ImageReading, Label
from recommender.perception.images.decode import MAX_BYTES, decode_picture
from recommender.perception.images.reader import read_picture


class Command(BaseCommand):
    help = "Reads pictures: valence, arousal, moods, scenes and palette."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--tier", help="built in or full, or basic and lite (default: the best there is)")
        parser.add_argument("--json", action="store_true", help="print one JSON object a line")

    def handle(self, *_: Any, files: list[str], **options: Any) -> None:
        as_json, failed = options["json"], 0
        for file in files:
            started = time.perf_counter()
            try:
                reading = read_file(file, options["tier"])
            except DylumoError as error:
                failed += 1
                self._report(error, file, as_json=as_json)
                continue
            milliseconds = (time.perf_counter() - started) * 1000
            if as_json:
                self.stdout.write(json.dumps(as_line(file, reading, milliseconds), ensure_ascii=False))
            else:
                self.stdout.write(in_words(file, reading, milliseconds))
        if failed:
            raise SystemExit(1)

    def _report(self, error: DylumoError, file: str, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"file": file, "error": error.as_json()}, ensure_ascii=False))
        else:
            self.stderr.write(f"{file}: {error.message} {error.hint}")


def read_file(file: str, tier: str | None) -> ImageReading:
    """Raises BadInput when the file cannot be opened, PictureError when it is no usable picture."""
    path = Path(file)
    try:
        with path.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)  # enough to know that it is too large
    except OSError as error:
        raise BadInput(
            f"The picture could not be opened: {error.strerror or 'unreadable'}.",
            hint="Check the path and that you may read the file.",
            code="picture_unreadable",
        ) from error
    return read_picture(decode_picture(data, name=path.name).image, tier=tier)


def as_line(file: str, reading: ImageReading, milliseconds: float) -> dict[str, Any]:
    """One reading in the command line's shape."""
    return {
        "file": file,
        "valence": round(reading.valence, 4),
        "arousal": round(reading.arousal, 4),
        "moods": _scores(reading.moods),
        "scenes": _scores(reading.scenes),
        "concepts": [
            {"name": label.name, "p": round(label.score, 4), "shown": label.kind == "concept"}
            for label in (*reading.concepts, *(tag for tag in reading.tags if tag.kind == "hint"))
        ],
        "palette": [{"hex": swatch.hex, "share": round(swatch.share, 4)} for swatch in reading.palette],
        "tags": [
            {"kind": tag.kind, "name": tag.name, "score": round(tag.score, 4)}
            for tag in reading.tags
            if tag.kind != "hint"
        ],
        "tier": reading.tier,
        "confidence": round(reading.confidence, 4),
        "ms": round(milliseconds, 1),
        **({"note": reading.note} if reading.note else {}),
    }


def _scores(labels: Iterable[Label]) -> list[dict[str, Any]]:
    return [{"name": label.name, "score": round(label.score, 4)} for label in labels]


def in_words(file: str, reading: ImageReading, milliseconds: float) -> str:
    """One reading for a person's eyes."""
    moods = ", ".join(label.name for label in reading.moods) or "none"
    shown = ", ".join(f"{label.name} {label.score:.0%}" for label in reading.concepts) or "nothing it knows"
    also = ", ".join(tag.name for tag in reading.tags if tag.kind != "hint")
    also = f"\n  also: {also}" if also else ""
    note = f"\n  {reading.note}" if reading.note else ""
    colours = " ".join(f"{swatch.hex} {swatch.share:.0%}" for swatch in reading.palette)
    return (
        f"{file}: {reading.phrase}\n"
        f"  valence {reading.valence:.2f} (±{reading.valence_sd:.2f}), arousal {reading.arousal:.2f} "
        f"(±{reading.arousal_sd:.2f}); moods: {moods}; shows: {shown}\n"
        f"  colours: {colours} ({reading.tier} tier, {milliseconds:.0f} ms){also}{note}"
    )
