"""Charts as SVG text: bars with intervals, and lines. Each says in words what it shows; its table stands below."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from core.stats.intervals import Estimate
from lab.study import Cell, Chart, Table

WIDTH, LABELS, BAR, GAP, MARGIN = 720, 250, 18, 9, 28
HEIGHT, LEFT = 280, 56
DASHES = ("", "7 4", "2 4", "10 3 2 3", "1 3", "12 6")
MOST_LETTERS = 36


def draw(chart: Chart, table: Table) -> str:
    """The chart of a table, as one ``<svg>`` element; empty when there is nothing to draw."""
    series = {name: [row[table.columns.index(name)] for row in table.rows] for name in chart.columns}
    labels = [row[0] for row in table.rows]
    return _bars(chart, labels, series) if chart.kind == "bars" else _lines(chart, labels, series)


def number(cell: Cell) -> float | None:
    if isinstance(cell, Estimate):
        return cell.value
    return float(cell) if isinstance(cell, int | float) else None


def _bars(chart: Chart, labels: Sequence[Cell], series: dict[str, list[Cell]]) -> str:
    name, cells = next(iter(series.items()))
    known = [(str(label), cell) for label, cell in zip(labels, cells, strict=True) if number(cell) is not None]
    if not known:
        return ""
    ends = [value for _, cell in known for value in _reach(cell)] + [0.0, chart.chance or 0.0]
    low, high = min(ends), max(ends)
    room = WIDTH - LABELS - 80

    def x(value: float) -> float:
        return round(LABELS + room * (value - low) / ((high - low) or 1.0), 1)

    parts = []
    for place, (label, cell) in enumerate(known):
        top = MARGIN + place * (BAR + GAP)
        value = number(cell) or 0.0
        left, right = sorted((x(0.0), x(value)))
        middle = top + BAR / 2
        parts.append(
            f'<text class="label" x="{LABELS - 8}" y="{middle + 4}" text-anchor="end">{escape(_short(label))}</text>'
            f'<rect class="bar" x="{left}" y="{top}" width="{max(right - left, 1):.1f}" height="{BAR}"/>'
        )
        if isinstance(cell, Estimate):
            parts.append(
                f'<path class="whisker" d="M{x(cell.low)} {middle}H{x(cell.high)}'
                f'M{x(cell.low)} {middle - 4}v8M{x(cell.high)} {middle - 4}v8"/>'
            )
        parts.append(f'<text class="value" x="{x(max(_reach(cell))) + 6}" y="{middle + 4}">{value:.3g}</text>')
    height = MARGIN + len(known) * (BAR + GAP) + 8
    if chart.chance is not None:
        parts.append(
            f'<path class="chance" d="M{x(chart.chance)} {MARGIN - 6}V{height - 6}"/>'
            f'<text class="label" x="{x(chart.chance) + 4}" y="{MARGIN - 10}">chance {chart.chance:g}</text>'
        )
    told = "; ".join(f"{label}: {number(cell):.3g}" for label, cell in known)
    return _svg(chart.title, f"{name}. {told}.", height, parts)


def _reach(cell: Cell) -> tuple[float, ...]:
    return (cell.low, cell.value, cell.high) if isinstance(cell, Estimate) else (number(cell) or 0.0,)


def _short(label: str) -> str:
    return label if len(label) <= MOST_LETTERS else f"{label[: MOST_LETTERS - 1]}…"


def _lines(chart: Chart, labels: Sequence[Cell], series: dict[str, list[Cell]]) -> str:
    points = {
        name: [
            (float(label), value)
            for label, cell in zip(labels, cells, strict=True)
            if isinstance(label, int | float) and (value := number(cell)) is not None
        ]
        for name, cells in series.items()
    }
    points = {name: line for name, line in points.items() if line}
    if not points:
        return ""
    across = sorted({x for line in points.values() for x, _ in line})
    up = [y for line in points.values() for _, y in line] + [chart.chance or 0.0, 0.0]
    low, high = min(up), max(up)
    room = WIDTH - LEFT - 170

    def x(value: float) -> float:
        # by order, not by size: learning curves and sizes grow in steps, and every step should be seen
        return round(LEFT + room * across.index(value) / max(len(across) - 1, 1), 1)

    def y(value: float) -> float:
        return round(HEIGHT - 36 - (HEIGHT - 70) * (value - low) / ((high - low) or 1.0), 1)

    parts = [f'<path class="axis" d="M{LEFT} {y(low)}H{LEFT + room}M{LEFT} {y(low)}V{y(high)}"/>']
    parts += [
        f'<text class="label" x="{x(one)}" y="{HEIGHT - 16}" text-anchor="middle">{one:g}</text>' for one in across
    ]
    parts += [
        f'<text class="label" x="{LEFT - 6}" y="{y(value) + 4}" text-anchor="end">{value:.2g}</text>'
        for value in (low, high)
    ]
    taken: list[float] = []
    for place, (name, line) in enumerate(points.items()):
        path = "M" + "L".join(f"{x(a)} {y(b)}" for a, b in line)
        parts.append(f'<path class="line s{place % 6}" stroke-dasharray="{DASHES[place % 6]}" d="{path}"/>')
        end = y(line[-1][1])
        while any(abs(end - other) < 14 for other in taken):
            end += 14
        taken.append(end)
        parts.append(f'<text class="name s{place % 6}" x="{LEFT + room + 8}" y="{end + 4}">{escape(name)}</text>')
    told = "; ".join(f"{name} from {line[0][1]:.3g} to {line[-1][1]:.3g}" for name, line in points.items())
    return _svg(chart.title, f"{told}.", max(HEIGHT, int(max(taken)) + 16), parts)


def _svg(title: str, told: str, height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg role="img" viewBox="0 0 {WIDTH} {height:.0f}"><title>{escape(title)}</title>'
        f"<desc>{escape(told)}</desc>{''.join(parts)}</svg>"
    )
