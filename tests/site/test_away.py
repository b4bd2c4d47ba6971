"""A database or Redis that does not answer: said as such, for people and programs, wherever it is noticed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import path
from psycopg import errors
from redis.exceptions import ConnectionError as RedisAway

from core.errors import expected
from dylumo_site.urls import handler500  # noqa: F401 - Django looks for it where the addresses are
from dylumo_site.urls import urlpatterns as usual
from tests.factories import UserFactory


def away(*_: Any, **__: Any) -> Any:
    raise OperationalError("server closed the connection") from errors.AdminShutdown("terminating connection")


def broken(_request: object) -> None:
    raise ValueError("nobody expected this")


urlpatterns = [path("broken/", broken), *usual]


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.db.backends.base.base.BaseDatabaseWrapper.cursor", away)


def no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> Any:
        raise RedisAway("Error 111 connecting. Connection refused.")

    for view in ("agents.conversations.views.gallery", "agents.api.conversations.Conversations.get"):
        monkeypatch.setattr(view, refused)


@pytest.mark.parametrize("outage", [no_database, no_redis])
@pytest.mark.django_db
def test_pages_and_programs_are_told_to_come_again(
    client: Client, monkeypatch: pytest.MonkeyPatch, outage: Callable[[pytest.MonkeyPatch], None]
) -> None:
    client.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/lists/").status_code == 200
    outage(monkeypatch)
    page = client.get("/lists/")
    assert page.status_code == 503
    assert page["X-Request-ID"] in page.content.decode() and "is not available right now" in page.content.decode()
    for address in ("/lists/", "/api/v1/conversations/"):
        told = client.get(address, headers={"accept": "application/json"})
        assert (told.status_code, told.json()["error"]["code"]) == (503, "unavailable"), address
    monkeypatch.undo()
    assert client.get("/lists/").status_code == 200


@pytest.mark.urls("tests.site.test_away")
@pytest.mark.django_db
def test_what_nobody_expected_is_an_error_of_ours(client: Client) -> None:
    page = client.get("/broken/")
    assert page.status_code == 500 and "It has been written down" in page.content.decode()
    told = client.get("/broken/", headers={"accept": "application/json"}).json()["error"]
    assert told["code"] == "internal" and "nobody expected" not in str(told)


def test_an_error_in_a_statement_is_no_outage() -> None:
    broken_rule = OperationalError()
    broken_rule.__cause__ = errors.UniqueViolation()
    assert expected(broken_rule) is None
