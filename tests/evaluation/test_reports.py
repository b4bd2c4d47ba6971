"""Reports on the site: the owner reads them, nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client

from recommender.evaluation import runner
from recommender.evaluation.study import Lab
from tests.evaluation.test_runner import absent, findings, study
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(settings: LazySettings, tmp_path: Path) -> Path:
    settings.HOME = tmp_path
    return tmp_path


@pytest.fixture
def owner(client: Client) -> Client:
    client.force_login(UserFactory(is_staff=True))
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
