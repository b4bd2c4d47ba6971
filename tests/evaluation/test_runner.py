"""A study is run part by part, goes on where it was broken off, says what is missing, and writes a report to read."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from core.errors import Unavailable
from core.stats.intervals import Estimate
from lab import charts, results_page, runner
from lab.study import Chart, Findings, Lab, NotHere, Study, Table

SURE = Estimate(value=0.5, low=0.4, high=0.6, n=9)


def findings(lab: Lab) -> Findings:
    drawn = float(lab.random("drawn").random())
    return Findings(
        tables=(
            Table(
                name="t",
                title="A <b>title</b>",
                columns=("system", "nDCG"),
                rows=(("ours & theirs", SURE), ("plain", drawn)),
            ),
            Table(
                name="tests",
                title="Tests",
                columns=("than", "difference", "p, Holm", "effect (d)"),
                rows=(("plain", SURE, 0.001, 0.3), ("other", Estimate(value=-0.1, low=-0.2, high=0.1, n=9), 0.4, 0.0)),
            ),
        ),
        charts=(Chart(table="t", kind="bars", columns=("nDCG",), title="nDCG by system", chance=0.1),),
        remarks=("A remark.",),
    )


def absent(lab: Lab) -> Findings:
    lab.file("nowhere", "data.csv")
    raise AssertionError("never reached")


def study(**parts: object) -> Study:
    return Study(name="made_up", title="Made up", question="Does it run?", parts=parts)  # type: ignore[arg-type]


def test_a_report_has_every_figure_as_page_json_and_csv(tmp_path: Path) -> None:
    outcome = runner.run(study(first=findings), Lab(data=tmp_path), tmp_path / "out")
    folder = tmp_path / "out" / "made_up"
    told = json.loads((folder / "report.json").read_text())
    assert told["figures"]["first/t"][0] == {
        "system": "ours & theirs",
        "nDCG": {"value": 0.5, "low": 0.4, "high": 0.6, "n": 9},
    }
    assert {"commit", "versions", "tier", "data", "machine", "seed"} <= set(told["manifest"])
    with (folder / "tables" / "first-t.csv").open() as file:
        assert list(csv.reader(file))[:2] == [
            ["system", "nDCG", "nDCG low", "nDCG high"],
            ["ours & theirs", "0.5", "0.4", "0.6"],
        ]
    page = outcome.report.read_text()
    assert "A &lt;b&gt;title&lt;/b&gt;" in page
    assert "<b>" not in page
    assert "bin/run evaluate made_up --seed 0" in page


def test_a_report_needs_nothing_else_and_can_be_read_without_seeing(tmp_path: Path) -> None:
    page = runner.run(study(first=findings), Lab(data=tmp_path), tmp_path).report.read_text()
    assert not re.search(r"(src|href)=\"(?!#)|url\(|@import|<script", page)
    assert page.count("<caption>") == page.count("<table>") == 2
    assert '<svg role="img"' in page
    assert "<desc>nDCG. ours &amp; theirs: 0.5" in page
    assert re.search(r'<html lang="en">.*<h1>.*<h2>', page, re.DOTALL)
    assert page.count('scope="row"') == 4


def test_what_is_missing_is_said_and_the_rest_is_done(tmp_path: Path) -> None:
    def broken(lab: Lab) -> Findings:
        raise Unavailable("The model would not load.")

    outcome = runner.run(study(first=absent, second=broken, third=findings), Lab(data=tmp_path), tmp_path)
    assert list(outcome.findings) == ["third"]
    assert outcome.missing[0].startswith("first: nowhere/data.csv is not in the data folder.")
    assert outcome.missing[1].startswith("second: could not be done. The model would not load.")
    assert "nowhere/data.csv" in outcome.report.read_text()
    assert NotHere.code == "missing_data"


def test_a_part_that_fails_costs_neither_the_others_nor_goes_unnoticed(tmp_path: Path) -> None:
    def wrong(lab: Lab) -> Findings:
        raise ZeroDivisionError

    outcome = runner.run(study(first=wrong, second=findings), Lab(data=tmp_path), tmp_path)
    assert list(outcome.findings) == ["second"]
    assert outcome.broken == ("first: failed (ZeroDivisionError). The log has the cause.",)
    assert "ZeroDivisionError" in outcome.report.read_text()


def test_a_broken_off_run_goes_on_with_the_next_part(tmp_path: Path) -> None:
    ran: list[str] = []

    def first(lab: Lab) -> Findings:
        ran.append("first")
        return findings(lab)

    def second(lab: Lab) -> Findings:
        ran.append("second")
        if ran.count("second") == 1:
            raise KeyboardInterrupt
        return findings(lab)

    whole = study(first=first, second=second)
    with pytest.raises(KeyboardInterrupt):
        runner.run(whole, Lab(data=tmp_path), tmp_path)
    outcome = runner.run(whole, Lab(data=tmp_path), tmp_path)
    assert ran == ["first", "second", "second"]
    assert outcome.findings["first"] == outcome.findings["second"]
    runner.run(whole, Lab(data=tmp_path, seed=1), tmp_path)
    assert ran == ["first", "second", "second", "first", "second"]


def test_a_part_kept_by_half_is_done_again(tmp_path: Path) -> None:
    runner.run(study(first=findings), Lab(data=tmp_path), tmp_path)
    (tmp_path / "made_up" / "parts" / "first.json").write_text('{"stamp": "')
    assert "first" in runner.run(study(first=findings), Lab(data=tmp_path), tmp_path).findings


def test_the_same_seed_gives_the_same_figures_and_another_seed_others(tmp_path: Path) -> None:
    def drawn(name: str, seed: int) -> dict[str, Findings]:
        return runner.run(study(first=findings), Lab(data=tmp_path, seed=seed), tmp_path / name).findings

    assert drawn("a", 3) == drawn("b", 3)
    assert drawn("a", 3) != drawn("c", 4)


def test_the_page_of_results_sorts_what_works_from_what_is_too_close_to_call(tmp_path: Path) -> None:
    runner.run(study(first=findings, second=absent), Lab(data=tmp_path), tmp_path)
    page = results_page.page(
        tmp_path, [study(first=findings), Study(name="other", title="Other", question="?", parts={})]
    )
    works, not_works, close, unknown = (
        page.index(f"## What {x}") for x in ("works", "does not", "is too close", "remains")
    )
    assert works < page.index("made_up, first: Tests; than plain: 0.5 (0.4 to 0.6), p = 0.001") < not_works
    assert close < page.index("than other: -0.1") < unknown
    assert "nowhere/data.csv" in page
    assert "other: not run yet" in page
    assert "`bin/run evaluate made_up --seed 0`" in page


def test_lines_are_drawn_with_names_that_do_not_lie_on_each_other() -> None:
    table = Table(name="t", title="t", columns=("x", "a", "b"), rows=((1.0, 0.5, SURE), (10.0, 0.9, 0.9)))
    svg = charts.draw(Chart(table="t", kind="lines", columns=("a", "b"), title="Two"), table)
    heights = [float(y) for y in re.findall(r'class="name s\d" x="[\d.]+" y="([\d.]+)"', svg)]
    assert abs(heights[0] - heights[1]) >= 14
    assert "a from 0.5 to 0.9; b from 0.5 to 0.9" in svg
