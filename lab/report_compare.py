"""Two runs of one study side by side: the figures of ``report.json``, their differences, and whether intervals part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.stats.intervals import Estimate
from lab.html_report import shown


@dataclass(frozen=True, kw_only=True)
class Figure:
    """``one``, ``other``: in words, empty where a run has no such figure. ``difference``: other less one.
    ``apart``: whether the 95 % intervals do not overlap; None where a side has none."""

    row: str
    column: str
    one: str
    other: str
    difference: float | None = None
    apart: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A table that at least one of the runs has."""

    name: str
    title: str
    figures: tuple[Figure, ...]


def compared(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[Pair]:
    """Tables and rows in the order of the runs; rows are the same when their first column says the same."""
    titles = {**other["titles"], **one["titles"]}
    return [
        Pair(name=name, title=titles.get(name, name), figures=tuple(_figures(one, other, name)))
        for name in dict.fromkeys([*one["figures"], *other["figures"]])
    ]


def facts_apart(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What the two runs stood on, where it differs: name, one, other."""
    sides = [_flat(run["manifest"]) for run in (one, other)]
    return [
        (name, sides[0].get(name, ""), sides[1].get(name, ""))
        for name in sorted({*sides[0], *sides[1]})
        if sides[0].get(name) != sides[1].get(name)
    ]


def _flat(facts: Mapping[str, Any]) -> dict[str, str]:
    told: dict[str, str] = {}
    for name, value in facts.items():
        pairs = {f"{name}: {key}": inner for key, inner in value.items()} if isinstance(value, dict) else {name: value}
        told |= {key: str(inner) for key, inner in pairs.items()}
    return told


def _figures(one: Mapping[str, Any], other: Mapping[str, Any], name: str) -> list[Figure]:
    sides = [_by_row(run["figures"].get(name, [])) for run in (one, other)]
    told = []
    for row in dict.fromkeys([*sides[0], *sides[1]]):
        cells = [side.get(row, {}) for side in sides]
        columns = list(dict.fromkeys([*cells[0], *cells[1]]))[1:]
        told += [_figure(row, column, cells[0].get(column, ""), cells[1].get(column, "")) for column in columns]
    return told


def _by_row(rows: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Rows by what their first column says; the second of a name, and those after it, with their number."""
    told: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        name, count = _row(row), sum(known.partition(" #")[0] == _row(row) for known in told)
        told[f"{name} #{count + 1}" if count else name] = row
    return told


def _row(row: Mapping[str, Any]) -> str:
    first = next(iter(row.values()), "")
    return shown(Estimate(**first)) if isinstance(first, dict) else shown(first)


def _figure(row: str, column: str, one: Any, other: Any) -> Figure:
    cells = [Estimate(**cell) if isinstance(cell, dict) else cell for cell in (one, other)]
    values = [cell.value if isinstance(cell, Estimate) else cell for cell in cells]
    known = all(isinstance(value, int | float) for value in values)
    apart = None
    if isinstance(cells[0], Estimate) and isinstance(cells[1], Estimate):
        apart = cells[0].low > cells[1].high or cells[1].low > cells[0].high
    return Figure(
        row=row,
        column=column,
        one=shown(cells[0]),
        other=shown(cells[1]),
        difference=round(values[1] - values[0], 4) if known else None,
        apart=apart,
    )
