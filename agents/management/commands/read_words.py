"""``read_words TEXT...``: what each text describes, asks for, limits and points at, one line each."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from agents.language.parser import read_words
from core.schemas import WordsReading


class Command(BaseCommand):
    help = "Reads words: valence and arousal, intent, wishes, limits, and the artists, tracks and places they name."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("texts", nargs="+", metavar="TEXT")
        parser.add_argument("--json", action="store_true", help="print one JSON object a line")

    def handle(self, *_: Any, texts: list[str], **options: Any) -> None:
        for text in texts:
            line = as_line(read_words(text))
            self.stdout.write(json.dumps(line, ensure_ascii=False) if options["json"] else in_words(line))


def as_line(reading: WordsReading) -> dict[str, Any]:
    """The command line's JSON shape; valence and arousal are null where nothing is described."""
    return {
        "text": reading.text,
        "language": reading.language,
        "valence": reading.valence,
        "arousal": reading.arousal,
        "intent": reading.intent,
        "wants": [vars(want) for want in reading.wants],
        "limits": reading.limits.asked(),
        "entities": [vars(entity) for entity in reading.entities],
    }


def in_words(line: dict[str, Any]) -> str:
    """One plain sentence for the same."""
    said = [f"{line['text']!r}: {line['intent'].replace('_', ' ')}"]
    if line["valence"] is not None:
        said.append(f"valence {line['valence']:.2f}, arousal {line['arousal']:.2f}")
    signs = {-1: "less", 0: "at", 1: "more"}
    said += [
        f"{signs[want['direction']]} {want['feature']}" + (f" {want['target']:.0f}" if want["target"] else "")
        for want in line["wants"]
    ]
    said += [f"{name} {value}" for name, value in line["limits"].items()]
    said += [f"{entity['type']} “{entity['text']}”" for entity in line["entities"]]
    return "; ".join(said)
