"""``models list|fetch|verify|remove [lite|full]``: the pretrained networks of a tier."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from core.errors import DylumoError
from recommender.library import full_tier
from recommender.library.jobs import runner
from recommender.management.progress import ProgressLine
from recommender.models import LibraryJob
from recommender.perception import zero_shot
from recommender.perception.images import clip
from recommender.perception.weights import downloads, hub
from recommender.perception.weights.loaders import model_folder
from recommender.perception.weights.manifest import LITE


class Command(BaseCommand):
    requires_system_checks = ()
    help = (
        "Lists, fetches, verifies or removes pretrained networks: the small ones of the lite tier, or the full tier's."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=("list", "fetch", "verify", "remove"))
        parser.add_argument("tier", nargs="?", choices=("lite", "full"), default="lite")
        parser.add_argument("--json", action="store_true", help="print one JSON object a line")

    def handle(self, *_: Any, action: str, tier: str, **options: Any) -> None:
        as_json: bool = options["json"]
        if action == "fetch" and not self._fetched(tier, as_json=as_json):
            raise SystemExit(1)
        if tier == "full":
            self._full(action, as_json=as_json)
        else:
            self._lite(action, as_json=as_json)

    def _full(self, action: str, *, as_json: bool) -> None:
        """What is there was checked to the byte when it was fetched. What is removed does not come back by itself."""
        found = hub.remove() if action == "remove" else hub.fetched()
        if action == "remove":
            full_tier.switch_off()
        for one in found:
            state = "removed" if action == "remove" else "there" if one.whole else "part"
            line = json.dumps({"repository": one.repository, "state": state, "bytes": one.bytes})
            self.stdout.write(line if as_json else f"{state:8} {one.repository} ({one.bytes / 2**20:,.0f} MB)")
        if not found and not as_json:
            self.stdout.write("Nothing of the full tier was fetched.")

    def _lite(self, action: str, *, as_json: bool) -> None:
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

    def _fetched(self, tier: str, *, as_json: bool) -> bool:
        argument = "full" if tier == "full" else ""
        try:
            runner.run_here(LibraryJob.Kind.MODELS, argument, on_step=ProgressLine("Models (bytes)"))
        except DylumoError as error:
            if as_json:
                self.stdout.write(json.dumps({"error": error.as_json()}, ensure_ascii=False))
            else:
                self.stderr.write(f"{error.message} {error.hint}")
            return False
        if tier == "full" and clip.on_disk():
            zero_shot.make_ready(clip.towers())  # else the first photo would wait for it
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
