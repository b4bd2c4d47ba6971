"""``evaluate STUDY``: runs a study (or ``all``) on real data and writes its report; ``--list`` names what there is."""

from __future__ import annotations

import json
import logging
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from core import env
from lab import results_page, runner
from lab.datasets import known
from lab.studies.registry import STUDIES
from lab.study import Lab


class Command(BaseCommand):
    help = "Runs Dylumo's studies on real data: figures with intervals, tables, and a report to read."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("study", metavar="STUDY", nargs="?", help="a study's name, or all")
        parser.add_argument("--list", action="store_true", help="name the studies and the data sets, and end")
        parser.add_argument("--quick", action="store_true", help="small samples: minutes instead of half an hour")
        parser.add_argument("--data", type=Path, help="the folder that holds the data (default: data in DYLUMO_SHARED)")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--out", type=Path, help="where reports go (default: reports in DYLUMO_HOME)")
        parser.add_argument(
            "--results",
            type=Path,
            metavar="FILE",
            help="also write all reports' figures as one page; without STUDY only that",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object a study")

    def handle(self, *_: Any, study: str | None, **options: Any) -> None:
        data = options["data"] or env.folder("DYLUMO_SHARED", Path(settings.BASE_DIR).parent / "shared") / "data"
        out = options["out"] or Path(settings.HOME) / "reports"
        if study is None and options["results"]:
            options["results"].write_text(results_page.page(out, list(STUDIES.values())), encoding="utf-8")
            return
        if options["list"] or study is None:
            self._list(data, as_json=options["json"])
            return
        if study != "all" and study not in STUDIES:
            raise CommandError(f"There is no study called {study}. Choose one of: all, {', '.join(STUDIES)}.")
        if not data.is_dir():
            raise CommandError(f"The data are not there: {data} is not a folder. Name it with --data.")
        logging.getLogger("dylumo.agents").setLevel(logging.ERROR)  # agents fail on purpose here, hundreds of times
        lab = Lab(data=data, seed=options["seed"], quick=options["quick"])
        broken = False
        try:
            for name in STUDIES if study == "all" else (study,):
                outcome = runner.run(STUDIES[name], lab, out, self.stderr.write)
                broken |= bool(outcome.broken)
                self.stdout.write(
                    json.dumps(runner.as_json(outcome), ensure_ascii=False)
                    if options["json"]
                    else runner.in_words(outcome)
                )
        finally:
            lab.close()
        if options["results"]:
            options["results"].write_text(results_page.page(out, list(STUDIES.values())), encoding="utf-8")
        if broken:
            raise SystemExit(1)

    def _list(self, data: Path, *, as_json: bool) -> None:
        for study in STUDIES.values():
            told = {"study": study.name, "title": study.title, "question": study.question, "parts": list(study.parts)}
            self.stdout.write(json.dumps(told) if as_json else f"{study.name:<15} {study.question}")
        for one in known.SETS.values():
            found = known.check(one, data)
            told = {"dataset": one.name, **known.as_json(one, found)}
            self.stdout.write(json.dumps(told, ensure_ascii=False) if as_json else known.in_words(one, found))
