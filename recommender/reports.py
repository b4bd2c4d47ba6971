"""Evaluation reports as ``evaluate`` left them, for the owner to read: one folder a study, below ``<home>/reports``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from dylumo_site.errors import NotFound


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
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def page(name: str) -> str:
    """A report's page. ``name``: letters, digits and underscores. Raises NotFound."""
    try:
        return (folder() / name / "report.html").read_text(encoding="utf-8")
    except OSError as error:
        raise NotFound("There is no such report.", hint="Run it with bin/run evaluate, then reload.") from error
