"""Reports on the site: the owner reads them, nobody else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts import roles
from lab import report_compare, report_files, runner
from lab.study import Lab
from tests.evaluation.test_runner import absent, findings, study
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
STYLE = Path(__file__).resolve().parents[2] / "templates" / "lab" / "study_report.css"


@pytest.fixture
def home(settings: LazySettings, tmp_path: Path) -> Path:
    settings.HOME = tmp_path
    return tmp_path


@pytest.fixture
def owner(client: Client) -> Client:
    person = UserFactory()
    roles.ensure_roles()
    roles.give_role(person, roles.OWNER)
    client.force_login(person)
    return client


def test_an_owner_sees_the_reports_and_opens_one(owner: Client, home: Path) -> None:
    assert "No study has been run" in owner.get("/reports/").content.decode()
    runner.run(study(first=findings, second=absent), Lab(data=home), home / "reports")
    (home / "reports" / "broken").mkdir()
    (home / "reports" / "broken" / "report.json").write_text("{")
    listed = owner.get("/reports/").content.decode()
    assert "Made up" in listed
    assert "1 not judged" in listed
    page = owner.get("/reports/made_up/")
    assert "How to make this again" in page.content.decode()
    assert "sandbox" in page["Content-Security-Policy"]


def test_a_stranger_and_a_person_without_the_right_find_nothing(client: Client, home: Path) -> None:
    runner.run(study(first=findings), Lab(data=home), home / "reports")
    for address in ("/reports/", "/reports/made_up/"):
        assert client.get(address).status_code == 404
    client.force_login(UserFactory())
    for address in ("/reports/", "/reports/made_up/"):
        assert client.get(address).status_code == 404


@pytest.mark.parametrize("name", ["nothing", "..%2f..%2fetc", "%2e%2e"])
def test_only_reports_are_given_out(name: str, owner: Client, home: Path) -> None:
    assert owner.get(f"/reports/{name}/").status_code == 404


def test_two_runs_stand_side_by_side(owner: Client, home: Path) -> None:
    for seed in (0, 1):
        runner.run(study(first=findings), Lab(data=home, seed=seed), home / "reports")
    assert "Compare 2 runs" in owner.get("/reports/").content.decode()
    page = owner.get("/reports/made_up/compare/").content.decode()
    assert "seed" in page
    assert "overlap" in page
    one, other = (run.key for run in report_files.runs("made_up"))
    assert owner.get(f"/reports/made_up/compare/?one={one}&other={other}").status_code == 200
    assert owner.get("/reports/made_up/compare/?one=..%2f..%2fsecret").status_code == 404


def test_one_run_cannot_be_compared_and_a_stranger_compares_nothing(owner: Client, home: Path) -> None:
    runner.run(study(first=findings), Lab(data=home), home / "reports")
    assert owner.get("/reports/made_up/compare/").status_code == 404
    runner.run(study(first=findings), Lab(data=home, seed=1), home / "reports")
    assert Client().get("/reports/made_up/compare/").status_code == 404


def test_a_comparison_tells_intervals_apart_and_names_what_one_run_lacks() -> None:
    def run(low: float, **more: object) -> dict[str, object]:
        cell = {"value": low + 0.05, "low": low, "high": low + 0.1, "n": 9}
        rows = [{"system": "ours", "nDCG": cell}, *({"system": name, "nDCG": value} for name, value in more.items())]
        return {"titles": {"a/b": "B"}, "figures": {"a/b": rows}, "manifest": {"seed": low, "data": {"oasis": "1"}}}

    (near,) = report_compare.compared(run(0.1), run(0.15))
    (far,) = report_compare.compared(run(0.1), run(0.3, extra=0.5))
    assert [one.apart for one in near.figures] == [False]
    assert [(one.row, one.one, one.apart) for one in far.figures][1:] == [("extra", "", None)]
    assert far.figures[0].apart
    assert far.figures[0].difference == pytest.approx(0.2)
    assert report_compare.facts_apart(run(0.1), run(0.3)) == [("seed", "0.1", "0.3")]


def test_chart_colours_stand_out_from_the_paper_in_light_and_dark() -> None:
    """WCAG 2.2, 1.4.3 and 1.4.11: 4.5 to 1 for words, 3 to 1 for what must be seen to read a chart."""
    light, dark = (
        dict(re.findall(r"--(\w+):(#[0-9a-f]+)", part)) for part in STYLE.read_text().split("@media(prefers", 1)
    )
    for colours in (light, {**light, **dark}):
        words = {name: contrast(colours[name], colours["paper"]) for name in ("ink", "soft")}
        marks = {
            name: contrast(colours[name], colours["paper"])
            for name in ("bar", "chance", *(f"s{n}" for n in range(1, 6)))
        }
        assert min(words.values()) >= 4.5, words
        assert min(marks.values()) >= 3.0, marks


def contrast(one: str, other: str) -> float:
    """Between two colours ``#rgb`` or ``#rrggbb``: WCAG's ratio of relative luminances, 1..21."""
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    shares = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return sum(weight * share for weight, share in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
