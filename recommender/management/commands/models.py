"""``models list|fetch|verify|remove``: the small pretrained networks of the lite tier."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from dylumo_site.errors import DylumoError
from recommender.catalogue import library
from recommender.management.progress import ProgressLine
from recommender.models import LibraryJob
from recommender.perception import downloads
from recommender.perception.encoders import model_folder
from recommender.perception.manifest import LITE


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Lists, fetches, verifies or removes the small pretrained networks of the lite tier."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=("list", "fetch", "verify", "remove"))
        parser.add_argument("--json", action="store_true", help="print one JSON object a line")

    def handle(self, *_: Any, action: str, **options: Any) -> None:
        as_json: bool = options["json"]
        if action == "fetch" and not self._fetched(as_json=as_json):
            raise SystemExit(1)
        folder = model_folder()
        if action == "remove":
            gone = set(downloads.remove(folder))
            states = [downloads.Held(file, "removed" if file in gone else "absent", 0) for file in LITE]
        else:
            states = downloads.held(folder) if action == "list" else downloads.verify(folder)
        for one in states:
            self.stdout.write(_as_json(one) if as_json else _in_words(one))
        if action in {"fetch", "verify"} and any(one.state != "whole" for one in states):
            raise SystemExit(1)

    def _fetched(self, *, as_json: bool) -> bool:
        try:
            library.run_here(LibraryJob.Kind.MODELS, on_step=ProgressLine("Models (bytes)"))
        except DylumoError as error:
            if as_json:
                self.stdout.write(json.dumps({"error": error.as_json()}, ensure_ascii=False))
            else:
                self.stderr.write(f"{error.message} {error.hint}")
            return False
        return True


def _as_json(one: downloads.Held) -> str:
    file = one.file
    line = {
        "file": file.name,
        "state": one.state,
        "bytes": one.bytes,
        "size": file.size,
        "sha256": file.sha256,
        "version": file.version,
        "licence": file.licence,
        "publisher": file.publisher,
        "address": file.addresses[0],
    }
    return json.dumps(line, ensure_ascii=False)


def _in_words(one: downloads.Held) -> str:
    file = one.file
    return (
        f"{one.state:8} {file.name} ({file.size / 2**20:.1f} MB): {file.what}; {file.version}, "
        f"{file.publisher}, {file.licence}"
    )
