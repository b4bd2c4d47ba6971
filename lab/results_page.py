"""The page of results, made from the reports: what works, what does not, and what remains unknown.

Works and does not are told by a rule, not by taste: a table that tests a system against its rivals on the same units
says of each difference whether it is significant after Holm's correction, and which way it goes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.stats.intervals import Estimate
from lab.html_report import shown
from lab.study import Study

SURE = 0.05
MOST_ROWS = 14


def page(out: Path, studies: Sequence[Study]) -> str:
    """Markdown from ``out/NAME/report.json`` of every study that was run."""
    reports = {study.name: told for study in studies if (told := _read(out / study.name / "report.json"))}
    lines = [
        "# Results",
        "",
        "Made by `bin/run evaluate --results docs/results.md` from the studies' reports; nothing here is written "
        "by hand. Brackets are 95 % intervals. Each study's command is beside its title; its report has every "
        "table, the controls and the manifest.",
        "",
        *_ground(reports),
    ]
    for title, rows in _verdicts(reports).items():
        lines += [f"## {title}", "", *(rows or ["Nothing to say here."]), ""]
    lines += ["## What remains unknown", ""]
    lines += [f"- {name}, {one}" for name, told in reports.items() for one in (*told["missing"], *told["broken"])] or [
        "- Nothing was missing."
    ]
    lines += [f"- {study.name}: not run yet." for study in studies if study.name not in reports]
    for name, told in reports.items():
        facts = told["manifest"]
        lines += ["", f"## {told['title']}: `{_command(name, facts)}`", "", told["question"]]
        lines += [
            "",
            f"Commit {facts['commit']}, {facts['tier']} tier, {'small samples' if facts['quick'] else 'all data'}.",
            "",
        ]
        lines += [line for key, rows in told["figures"].items() for line in _table(key, told["titles"][key], rows)]
        lines += [f"{remark}\n" for remark in told["remarks"]]
    return "\n".join(lines)


def _ground(reports: dict[str, dict[str, Any]]) -> list[str]:
    """What all runs stood on, and how to stand on it again."""
    kinds = {json.dumps([told["manifest"][name] for name in ("tier", "seed", "quick")]) for told in reports.values()}
    lines = []
    for tier, seed, quick in sorted(json.loads(kind) for kind in kinds):
        lines.append(f"{'Small samples' if quick else 'All data'}, seed {seed}, {tier} tier{TIERS.get(tier, '')}.")
    data = {name: hashed for told in reports.values() for name, hashed in told["manifest"]["data"].items()}
    lines += [
        "",
        "Data, with a hash of each folder: " + ", ".join(f"{n} `{h}`" for n, h in sorted(data.items())) + ".",
        "",
    ]
    return lines


TIERS = {
    "lite": " (its files are fetched by `bin/run models fetch`, or lie in the folder that `DYLUMO_MODEL_DIR` names)",
    "full": " (its files are fetched by `bin/run fetch_full pictures`)",
}


def _read(path: Path) -> dict[str, Any] | None:
    try:
        told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return told


def _command(name: str, facts: dict[str, Any]) -> str:
    return f"bin/run evaluate {name}{' --quick' if facts['quick'] else ''} --seed {facts['seed']}"


def _verdicts(reports: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    """Sentences from the tests of all studies: ahead, behind, and too close to call."""
    told: dict[str, list[str]] = {"What works": [], "What does not": [], "What is too close to call": []}
    for name, report in reports.items():
        for key, rows in report["figures"].items():
            if not key.endswith("/tests"):
                continue
            for row in rows:
                (column, rival), (_, apart), (_, p), *_ = row.items()
                kind = "What is too close to call"
                if p < SURE:
                    kind = "What works" if apart["value"] > 0 else "What does not"
                part = key.removesuffix("/tests").replace("_", " ")
                told[kind].append(
                    f"- {name}, {part}: {report['titles'][key]}; {column} {rival}: {_cell(apart)}, p = {p:g}."
                )
    return told


def _table(key: str, title: str, rows: list[dict[str, Any]]) -> list[str]:
    """A table's rows as Markdown, long ones cut; tests are told above."""
    if not rows or key.endswith("/tests"):
        return []
    columns = list(rows[0])
    lines = [f"**{title}** (`{key}`)", "", f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    lines += [f"| {' | '.join(_cell(row[column]) for column in columns)} |" for row in rows[:MOST_ROWS]]
    return [*lines, *([f"\nThe report has {len(rows)} rows."] if len(rows) > MOST_ROWS else []), ""]


def _cell(value: Any) -> str:
    return shown(Estimate(**value)) if isinstance(value, dict) else shown(value).replace("|", "/")
