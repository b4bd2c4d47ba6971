"""A study's report as one HTML page that needs nothing else: readable, printable, and by ear as well as by eye."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from core.stats.intervals import Estimate
from lab import charts
from lab.study import Cell, Findings, Table

if TYPE_CHECKING:
    from lab.runner import Outcome


@dataclass(frozen=True, kw_only=True)
class ShownCell:
    """``interval``: empty where the figure has none."""

    value: str
    interval: str = ""


@dataclass(frozen=True, kw_only=True)
class ShownTable:
    """A table with its drawings, as the page shows them."""

    table: Table
    figures: list[tuple[str, SafeString]]
    rows: list[tuple[str, list[ShownCell]]]


@dataclass(frozen=True, kw_only=True)
class ShownPart:
    name: str
    title: str
    remarks: tuple[str, ...]
    tables: list[ShownTable]


def page(outcome: Outcome) -> str:
    return render_to_string(
        "lab/study_report.html",
        {
            "study": outcome.study,
            "parts": [_part(name, found) for name, found in outcome.findings.items()],
            "missing": [*outcome.missing, *outcome.broken],
            "command": command(outcome),
            "facts": _facts(outcome.manifest),
        },
    )


def command(outcome: Outcome) -> str:
    quick = " --quick" if outcome.manifest["quick"] else ""
    return f"bin/run evaluate {outcome.study.name}{quick} --seed {outcome.manifest['seed']}"


def shown(cell: Cell) -> str:
    """A cell in plain text: an estimate with its interval."""
    if isinstance(cell, Estimate):
        return f"{_number(cell.value)} ({_number(cell.low)} to {_number(cell.high)})"
    return _number(cell) if isinstance(cell, int | float) else cell


def _number(value: float) -> str:
    whole = float(value).is_integer() and abs(value) >= 10
    return f"{value:,.0f}" if whole or abs(value) >= 1000 else f"{value:.3f}".rstrip("0").rstrip(".") or "0"


def _part(name: str, found: Findings) -> ShownPart:
    drawn: dict[str, list[tuple[str, SafeString]]] = {table.name: [] for table in found.tables}
    tables = {table.name: table for table in found.tables}
    for chart in found.charts:
        if svg := charts.draw(chart, tables[chart.table]):
            drawn[chart.table].append((chart.title, svg))
    return ShownPart(
        name=name,
        title=name.replace("_", " ").capitalize(),
        remarks=found.remarks,
        tables=[_table(table, drawn[table.name]) for table in found.tables],
    )


def _table(table: Table, figures: list[tuple[str, SafeString]]) -> ShownTable:
    rows = [(shown(head), [_cell(cell) for cell in cells]) for head, *cells in table.rows]
    return ShownTable(table=table, figures=figures, rows=rows)


def _cell(cell: Cell) -> ShownCell:
    if isinstance(cell, Estimate):
        return ShownCell(value=_number(cell.value), interval=f"{_number(cell.low)} to {_number(cell.high)}")
    return ShownCell(value=shown(cell))


def _facts(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, json.dumps(value) if isinstance(value, dict) else str(value)) for name, value in facts.items()]
