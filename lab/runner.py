"""Running a study part by part, keeping what is finished, and writing the report.

``OUT/STUDY/report.*`` is the newest run, ``OUT/STUDY/runs/FINGERPRINT.json`` the figures of every different one.
``OUT/STUDY/parts/PART.json`` holds a finished part with the fingerprint of what it depends on (seed, size, code, data);
a run that was broken off goes on with the next part, and one with other data or code starts afresh.
"""

from __future__ import annotations

import csv
import hashlib
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import DylumoError
from core.schemas import dump, load
from core.stats.intervals import Estimate
from lab import html_report as report
from lab import provenance as manifest
from lab.study import Cell, Findings, Lab, NotHere, Study, Table

log = logging.getLogger("dylumo.evaluation")

Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A study that was run. ``missing``: sentences; ``broken``: parts that failed unforeseen;
    ``findings``: by part; ``report``: the page that was written."""

    study: Study
    findings: dict[str, Findings]
    missing: tuple[str, ...]
    broken: tuple[str, ...]
    manifest: dict[str, Any]
    report: Path


def run(study: Study, lab: Lab, out: Path, tell: Tell = lambda _: None) -> Outcome:
    """Run what is not finished yet, then write ``report.html``, ``report.json`` and ``tables/*.csv`` under
    ``out/NAME``."""
    folder = out / study.name
    facts = manifest.of(lab.data, seed=lab.seed, quick=lab.quick)
    stamp = hashlib.sha256(json.dumps(manifest.decisive(facts), sort_keys=True).encode()).hexdigest()[:16]
    findings: dict[str, Findings] = {}
    missing: list[str] = []
    broken: list[str] = []
    for name, part in study.parts.items():
        kept = folder / "parts" / f"{name}.json"
        if (found := _finished(kept, stamp)) is None:
            tell(f"{study.name}: {name} ...")
            began = time.perf_counter()
            try:
                found = part(lab)
            except NotHere as error:
                missing.append(f"{name}: {error.message} {error.hint}")
                continue
            except DylumoError as error:
                missing.append(f"{name}: could not be done. {error.message} {error.hint}")
                continue
            except Exception as error:  # one part must not cost the others, nor go unnoticed
                log.exception("%s: %s", study.name, name)
                broken.append(f"{name}: failed ({type(error).__name__}). The log has the cause.")
                continue
            tell(f"{study.name}: {name}, {time.perf_counter() - began:.1f} s")
            _keep(kept, stamp, found)
        findings[name] = found
        missing += found.missing
    outcome = Outcome(
        study=study,
        findings=findings,
        missing=tuple(missing),
        broken=tuple(broken),
        manifest=facts,
        report=folder / "report.html",
    )
    write(outcome, stamp)
    return outcome


def _finished(kept: Path, stamp: str) -> Findings | None:
    try:
        stored = json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return load(Findings, stored["findings"]) if stored.get("stamp") == stamp else None


def _keep(kept: Path, stamp: str, found: Findings) -> None:
    """Written whole or not at all: a run that is killed leaves no half part behind."""
    kept.parent.mkdir(parents=True, exist_ok=True)
    half = kept.with_suffix(".part")
    half.write_text(json.dumps({"stamp": stamp, "findings": dump(found)}, ensure_ascii=False), encoding="utf-8")
    half.replace(kept)


def write(outcome: Outcome, stamp: str) -> None:
    """The newest run as the report, and its figures under ``runs`` by fingerprint, so that runs can be compared."""
    folder = outcome.report.parent
    tables = folder / "tables"
    tables.mkdir(parents=True, exist_ok=True)
    for part, found in outcome.findings.items():
        for table in found.tables:
            _write_csv(tables / f"{part}-{table.name}.csv", table)
    told = json.dumps(as_json(outcome), ensure_ascii=False, indent=1)
    (folder / "runs").mkdir(exist_ok=True)
    for path in (folder / "report.json", folder / "runs" / f"{stamp}.json"):
        path.write_text(told, encoding="utf-8")
    outcome.report.write_text(report.page(outcome), encoding="utf-8")


def _write_csv(path: Path, table: Table) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        wide = {
            place for place in range(len(table.columns)) if any(isinstance(row[place], Estimate) for row in table.rows)
        }
        header: list[str] = []
        for place, column in enumerate(table.columns):
            header += [column, f"{column} low", f"{column} high"] if place in wide else [column]
        writer.writerow(header)
        for row in table.rows:
            line: list[Cell] = []
            for place, cell in enumerate(row):
                if isinstance(cell, Estimate):
                    line += [cell.value, cell.low, cell.high]
                else:
                    line += [cell, "", ""] if place in wide else [cell]
            writer.writerow(line)


def as_json(outcome: Outcome) -> dict[str, Any]:
    """``figures`` and ``titles``: by ``part/table``; rows are objects by column, an estimate is
    ``{value, low, high, n}``."""
    return {
        "name": outcome.study.name,
        "title": outcome.study.title,
        "question": outcome.study.question,
        "figures": {
            f"{part}/{name}": rows for part, found in outcome.findings.items() for name, rows in figures(found).items()
        },
        "titles": {
            f"{part}/{table.name}": table.title for part, found in outcome.findings.items() for table in found.tables
        },
        "remarks": [remark for found in outcome.findings.values() for remark in found.remarks],
        "missing": list(outcome.missing),
        "broken": list(outcome.broken),
        "manifest": outcome.manifest,
        "report": str(outcome.report),
    }


def figures(found: Findings) -> dict[str, list[dict[str, Any]]]:
    """By table, its rows as plain objects."""
    return {
        table.name: [
            {column: dump(cell) if isinstance(cell, Estimate) else cell for column, cell in _named(table, row)}
            for row in table.rows
        ]
        for table in found.tables
    }


def in_words(outcome: Outcome) -> str:
    """The tables for a terminal, what was missing, and where the report lies."""
    lines = [outcome.study.title]
    for part, found in outcome.findings.items():
        for table in found.tables:
            lines += [
                "",
                f"{part}: {table.title}{' [control]' if table.control else ''}",
                "  " + " | ".join(table.columns),
            ]
            lines += ["  " + " | ".join(report.shown(cell) for cell in row) for row in table.rows]
    lines += ["", *(f"Missing: {one}" for one in (*outcome.missing, *outcome.broken)), f"Report: {outcome.report}", ""]
    return "\n".join(lines)


def _named(table: Table, row: tuple[Cell, ...]) -> list[tuple[str, Cell]]:
    return list(zip(table.columns, row, strict=True))
