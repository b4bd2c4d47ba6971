"""Charts as SVG: bars with intervals, and lines. Each says in words what it shows; its table stands below.

Here is where things lie; how they are written is in ``templates/lab/chart_bars.svg`` and ``chart_lines.svg``.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from core.stats.intervals import Estimate
from lab.study import Cell, Chart, Table

WIDTH, LABELS, BAR, GAP, MARGIN = 720, 250, 18, 9, 28
HEIGHT, LEFT = 280, 56
DASHES = ("", "7 4", "2 4", "10 3 2 3", "1 3", "12 6")
MOST_LETTERS = 36


def draw(chart: Chart, table: Table) -> SafeString | None:
    """The chart of a table, as one ``<svg>`` element; None when there is nothing to draw."""
    series = {name: [row[table.columns.index(name)] for row in table.rows] for name in chart.columns}
    labels = [row[0] for row in table.rows]
    return _bars(chart, labels, series) if chart.kind == "bars" else _lines(chart, labels, series)


def number(cell: Cell) -> float | None:
    if isinstance(cell, Estimate):
        return cell.value
    return float(cell) if isinstance(cell, int | float) else None


def _bars(chart: Chart, labels: Sequence[Cell], series: dict[str, list[Cell]]) -> SafeString | None:
    name, cells = next(iter(series.items()))
    known = [(str(label), cell) for label, cell in zip(labels, cells, strict=True) if number(cell) is not None]
    if not known:
        return None
    ends = [value for _, cell in known for value in _reach(cell)] + [0.0, chart.chance or 0.0]
    low, high = min(ends), max(ends)
    room = WIDTH - LABELS - 80

    def x(value: float) -> float:
        return round(LABELS + room * (value - low) / ((high - low) or 1.0), 1)

    bars = []
    for place, (label, cell) in enumerate(known):
        top = MARGIN + place * (BAR + GAP)
        value = number(cell) or 0.0
        left, right = sorted((x(0.0), x(value)))
        middle = top + BAR / 2
        whisker = ""
        if isinstance(cell, Estimate):
            low_end, high_end = x(cell.low), x(cell.high)
            whisker = f"M{low_end} {middle}H{high_end}M{low_end} {middle - 4}v8M{high_end} {middle - 4}v8"
        bars.append(
            {
                "label": _short(label),
                "label_x": LABELS - 8,
                "baseline": middle + 4,
                "left": left,
                "top": top,
                "width": f"{max(right - left, 1):.1f}",
                "height": BAR,
                "whisker": whisker,
                "value": f"{value:.3g}",
                "value_x": x(max(_reach(cell))) + 6,
            }
        )
    height = MARGIN + len(known) * (BAR + GAP) + 8
    chance = None
    if chart.chance is not None:
        at = x(chart.chance)
        path = f"M{at} {MARGIN - 6}V{height - 6}"
        chance = {"path": path, "x": at + 4, "y": MARGIN - 10, "label": f"chance {chart.chance:g}"}
    told = f"{name}. {'; '.join(f'{label}: {number(cell):.3g}' for label, cell in known)}."
    places = {"title": chart.title, "told": told, "width": WIDTH, "height": height, "bars": bars, "chance": chance}
    return render_to_string("lab/chart_bars.svg", places)


def _reach(cell: Cell) -> tuple[float, ...]:
    return (cell.low, cell.value, cell.high) if isinstance(cell, Estimate) else (number(cell) or 0.0,)


def _short(label: str) -> str:
    return label if len(label) <= MOST_LETTERS else f"{label[: MOST_LETTERS - 1]}…"


def _lines(chart: Chart, labels: Sequence[Cell], series: dict[str, list[Cell]]) -> SafeString | None:
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
        return None
    across = sorted({x for line in points.values() for x, _ in line})
    up = [y for line in points.values() for _, y in line] + [chart.chance or 0.0, 0.0]
    low, high = min(up), max(up)
    room = WIDTH - LEFT - 170

    def x(value: float) -> float:
        # by order, not by size: learning curves and sizes grow in steps, and every step should be seen
        return round(LEFT + room * across.index(value) / max(len(across) - 1, 1), 1)

    def y(value: float) -> float:
        return round(HEIGHT - 36 - (HEIGHT - 70) * (value - low) / ((high - low) or 1.0), 1)

    marks = [{"x": x(one), "y": HEIGHT - 16, "anchor": "middle", "text": f"{one:g}"} for one in across]
    marks += [{"x": LEFT - 6, "y": y(end) + 4, "anchor": "end", "text": f"{end:.2g}"} for end in (low, high)]
    lines = []
    taken: list[float] = []
    for place, (name, line) in enumerate(points.items()):
        end = y(line[-1][1])
        while any(abs(end - other) < 14 for other in taken):
            end += 14
        taken.append(end)
        lines.append(
            {
                "style": place % 6,
                "dashes": DASHES[place % 6],
                "path": "M" + "L".join(f"{x(a)} {y(b)}" for a, b in line),
                "name": name,
                "name_x": LEFT + room + 8,
                "name_y": end + 4,
            }
        )
    told = "; ".join(f"{name} from {line[0][1]:.3g} to {line[-1][1]:.3g}" for name, line in points.items())
    places = {
        "title": chart.title,
        "told": f"{told}.",
        "width": WIDTH,
        "height": max(HEIGHT, int(max(taken)) + 16),
        "axis": f"M{LEFT} {y(low)}H{LEFT + room}M{LEFT} {y(low)}V{y(high)}",
        "marks": marks,
        "lines": lines,
    }
    return render_to_string("lab/chart_lines.svg", places)
