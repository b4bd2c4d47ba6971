"""Evaluation reports as ``evaluate`` left them, for the owner to read: one folder a study, below ``<home>/reports``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from core.errors import NotFound


@dataclass(frozen=True, kw_only=True)
class Report:
    """``missing``: how many things could not be judged; ``quick``: whether from small samples."""

    name: str
    title: str
    question: str
    made: datetime
    seed: int
    quick: bool
    missing: int
    runs: int = 1


@dataclass(frozen=True, kw_only=True)
class Run:
    """The figures of one run; ``told``: its ``report.json``."""

    key: str
    made: datetime
    told: dict[str, Any]


def folder() -> Path:
    return Path(settings.HOME) / "reports"


def listed() -> list[Report]:
    """Every report that can be read, newest first."""
    return sorted(
        (report for path in folder().glob("*/report.json") if (report := _read(path))),
        key=lambda one: one.made,
        reverse=True,
    )


def _read(path: Path) -> Report | None:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Report(
            name=path.parent.name,
            title=told["title"],
            question=told["question"],
            made=datetime.fromtimestamp(path.stat().st_mtime, tz=UTC),
            seed=told["manifest"]["seed"],
            quick=told["manifest"]["quick"],
            missing=len(told["missing"]) + len(told["broken"]),
            runs=len(list(path.parent.glob("runs/*.json"))),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def page(name: str) -> str:
    """A report's page. ``name``: letters, digits and underscores. Raises NotFound."""
    try:
        return (folder() / name / "report.html").read_text(encoding="utf-8")
    except OSError as error:
        raise NotFound("There is no such report.", hint="Run it with bin/run evaluate, then reload.") from error


def runs(name: str) -> list[Run]:
    """Every run of a study that can be read, newest first. ``name``: letters, digits and underscores."""
    found = []
    for path in (folder() / name / "runs").glob("*.json"):
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            made = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
        except (OSError, ValueError):
            continue
        if isinstance(told, dict) and {"title", "figures", "titles", "manifest"} <= set(told):
            found.append(Run(key=path.stem, made=made, told=told))
    return sorted(found, key=lambda run: run.made, reverse=True)


def pair(name: str, one: str = "", other: str = "") -> tuple[Run, Run]:
    """Two runs by their keys; without keys the last two, the older first. Raises NotFound."""
    known = runs(name)
    by_key = {run.key: run for run in known}
    if len(known) < 2:
        raise NotFound("There are no two runs of this study to compare.", hint="Run it again with another seed.")
    try:
        return by_key[one or known[1].key], by_key[other or known[0].key]
    except KeyError as error:
        raise NotFound("There is no such run of this study.") from error
