"""A study's report as one HTML page that needs nothing else: readable, printable, and by ear as well as by eye."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from core.stats.intervals import Estimate
from lab import charts
from lab.study import Cell, Findings, Table

if TYPE_CHECKING:
    from lab.runner import Outcome

STYLE = """
:root{color-scheme:light dark;--ink:#1c1b22;--soft:#55525f;--paper:#fff;--line:#c9c6d2;--bar:#5a4fcf;--fill:#b9b2f5;
--chance:#b3261e;
--s1:#a1460d;--s2:#0f6b57;--s3:#8a1c63;--s4:#445;--s5:#7a5b00}
@media(prefers-color-scheme:dark){:root{--ink:#efedf6;--soft:#b9b5c8;--paper:#16151c;--line:#474454;--bar:#a49bff;--fill:#4a40a8;
--chance:#ff8a80;--s1:#ffb07a;--s2:#6fd8bd;--s3:#f59ad0;--s4:#c7c7da;--s5:#e6c765}}
*{box-sizing:border-box}body{font:1rem/1.55 system-ui,sans-serif;color:var(--ink);background:var(--paper);margin:0 auto;
max-width:60rem;padding:1.5rem 1rem 4rem}h1{line-height:1.2;margin:.2em 0}h2{margin-top:2.5rem;border-top:1px solid
var(--line);padding-top:1rem}a{color:var(--bar)}a:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--bar);
outline-offset:2px}p.note,figcaption,dd,footer{color:var(--soft)}.scroll{overflow-x:auto}table{border-collapse:collapse;
width:100%;font-variant-numeric:tabular-nums}caption{text-align:left;font-weight:600;padding:.8rem 0 .3rem}
th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:right;vertical-align:top}th:first-child,
td:first-child{text-align:left}th{font-weight:600}tbody th{font-weight:400}small{color:var(--soft);white-space:nowrap}
.missing{border-left:4px solid var(--chance);padding:.1rem 1rem}figure{margin:1rem 0}
svg{width:100%;min-width:36rem;height:auto;

font:12px system-ui,sans-serif}svg text{fill:var(--ink)}.bar{fill:var(--fill);
stroke:var(--bar)}.whisker,.axis{stroke:var(--ink);
stroke-width:1.5;fill:none}.chance{stroke:var(--chance);stroke-width:2;stroke-dasharray:4 3}.line{fill:none;
stroke-width:2.5;stroke:var(--bar)}.line.s1{stroke:var(--s1)}.line.s2{stroke:var(--s2)}.line.s3{stroke:var(--s3)}
.line.s4{stroke:var(--s4)}.line.s5{stroke:var(--s5)}dl{display:grid;
grid-template-columns:max-content 1fr;gap:.2rem 1rem}dd{margin:0;overflow-wrap:anywhere}@media print{
body{max-width:none}.scroll{overflow:visible}svg{min-width:0}h2{break-after:avoid}figure,tr{break-inside:avoid}
a{color:inherit}}
"""


def page(outcome: Outcome) -> str:
    study = outcome.study
    parts = "".join(f'<li><a href="#{escape(name)}">{escape(_title(name))}</a></li>' for name in outcome.findings)
    missing = "".join(f"<li>{escape(one)}</li>" for one in (*outcome.missing, *outcome.broken))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(study.title)}</title><style>{STYLE}</style></head><body><main>"
        f"<p>Dylumo, evaluation</p><h1>{escape(study.title)}</h1><p>{escape(study.question)}</p>"
        f'<nav aria-label="Parts"><ul>{parts}</ul></nav>'
        + (f'<section class="missing"><h2>What was missing</h2><ul>{missing}</ul></section>' if missing else "")
        + "".join(_part(name, found) for name, found in outcome.findings.items())
        + f"<section><h2>How to make this again</h2><p><code>{escape(command(outcome))}</code></p>"
        f"{_facts(outcome.manifest)}</section></main></body></html>"
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


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _part(name: str, found: Findings) -> str:
    drawn: dict[str, str] = {}
    tables = {table.name: table for table in found.tables}
    for chart in found.charts:
        svg = charts.draw(chart, tables[chart.table])
        if svg:
            drawn[chart.table] = drawn.get(chart.table, "") + _figure(svg, escape(chart.title))
    remarks = "".join(f"<p>{escape(remark)}</p>" for remark in found.remarks)
    body = "".join(drawn.get(table.name, "") + _table(table) for table in found.tables)
    return f'<section id="{escape(name)}"><h2>{escape(_title(name))}</h2>{remarks}{body}</section>'


def _figure(svg: str, title: str) -> str:
    return (
        f'<figure><div class="scroll" tabindex="0" role="region" aria-label="Chart: {title}">{svg}</div>'
        f"<figcaption>{title}. The table below has the figures.</figcaption></figure>"
    )


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in table.columns)
    rows = "".join(
        f'<tr><th scope="row">{escape(shown(row[0]))}</th>'
        + "".join(f"<td>{_cell(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in table.rows
    )
    notes = [table.note] if table.note else []
    notes += (
        ["A control: what decides was exchanged at random, so that no real effect may show here."]
        if table.control
        else []
    )
    notes += ["Measured on this machine; no two runs give the same."] if table.measures else []
    note = "".join(f'<p class="note">{escape(one)}</p>' for one in notes)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(table.title)}"><table>'
        f"<caption>{escape(table.title)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>{note}"
    )


def _cell(cell: Cell) -> str:
    if isinstance(cell, Estimate):
        return f"{_number(cell.value)} <small>{_number(cell.low)} to {_number(cell.high)}</small>"
    return escape(shown(cell))


def _facts(facts: Mapping[str, Any]) -> str:
    items = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(json.dumps(value) if isinstance(value, dict) else str(value))}</dd>"
        for name, value in facts.items()
    )
    return f"<dl>{items}</dl>"
