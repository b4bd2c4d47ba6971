"""The one door to a valid token: renewed early, once, and never lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.connections import credentials, encryption
from accounts.connections.access_tokens import NeedsReconnect, NotLinked, access_for, report_refused
from accounts.connections.errors import NotConfigured, ServiceError, Unreachable
from accounts.connections.music_server import WayIn
from accounts.models import ServiceCredential, User
from tests.accounts.oauth_server import AuthorizationServer, Grant
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
SOON = timedelta(seconds=59)


def linked(server: AuthorizationServer, service: str = "soundcloud", **values: Any) -> ServiceCredential:
    """A permission that the server knows, about to end."""
    grant = Grant(service, "a b" if service == "spotify" else "", "ada")
    answer = server._issue(grant, first=True)
    return ServiceCredential.objects.create(
        **{
            "owner": values.pop("owner", None) or UserFactory(),
            "service": service,
            "account_id": "ada",
            "sealed": encryption.seal({"access": answer["access_token"], "refresh": answer["refresh_token"]}),
            "expires_at": timezone.now() + SOON,
            "issued_at": timezone.now() - timedelta(hours=1),
            **values,
        }
    )


def test_a_token_good_for_another_minute_is_given_without_asking(server: AuthorizationServer) -> None:
    row = linked(server, expires_at=timezone.now() + timedelta(seconds=70), scopes=["a"])
    access = access_for(row.owner, "soundcloud")
    assert access.token in server.access and access.scopes == {"a"} and access.credential_id == row.pk
    assert not server.requests


@pytest.mark.parametrize("service", ["spotify", "youtube", "soundcloud"])
def test_a_token_about_to_end_is_renewed_and_the_new_pair_kept(server: AuthorizationServer, service: str) -> None:
    row = linked(server, service)
    before = encryption.unseal(row.sealed)
    access = access_for(row.owner, service)
    row.refresh_from_db()
    after = encryption.unseal(row.sealed)
    assert access.token == after["access"] != before["access"] and after["refresh"] in server.refresh
    assert row.expires_at and row.expires_at > timezone.now() + timedelta(minutes=50)
    assert access_for(row.owner, service).token == access.token
    assert server.requests["refresh_token"] == 1


def test_an_answer_without_a_refresh_token_keeps_the_old_one(server: AuthorizationServer) -> None:
    server.rotates = False
    row = linked(server)
    access_for(row.owner, "soundcloud")
    row.refresh_from_db()
    assert encryption.unseal(row.sealed)["refresh"] in server.refresh
    ServiceCredential.objects.update(expires_at=timezone.now())
    access_for(row.owner, "soundcloud")
    assert server.requests["refresh_token"] == 2


def test_a_permission_that_has_ended_is_not_asked_for_twice(server: AuthorizationServer) -> None:
    row = linked(server)
    server.refresh.clear()
    for _ in range(2):
        with pytest.raises(NeedsReconnect):
            access_for(row.owner, "soundcloud")
    assert server.requests["refresh_token"] == 1
    assert ServiceCredential.objects.get().status == "needs_reconnect"


def test_a_permission_without_a_refresh_token_ends_with_its_token(server: AuthorizationServer) -> None:
    row = linked(server, sealed=encryption.seal({"access": "a", "refresh": ""}))
    with pytest.raises(NeedsReconnect):
        access_for(row.owner, "soundcloud")
    assert not server.requests


@pytest.mark.parametrize(("trouble", "error"), [("down", Unreachable), ("garbled", ServiceError)])
def test_a_service_in_trouble_costs_nothing(
    server: AuthorizationServer, trouble: str, error: type[ServiceError]
) -> None:
    row = linked(server)
    setattr(server, trouble, True)
    with pytest.raises(error):
        access_for(row.owner, "soundcloud")
    setattr(server, trouble, False)
    assert access_for(row.owner, "soundcloud").token in server.access


def test_a_service_that_cannot_be_reached_costs_nothing(server: AuthorizationServer, settings) -> None:
    row, there = linked(server), settings.OAUTH_ENDPOINTS
    settings.OAUTH_ENDPOINTS = {"soundcloud": {"token": "http://127.0.0.1:9/token"}}
    with pytest.raises(Unreachable):
        access_for(row.owner, "soundcloud")
    settings.OAUTH_ENDPOINTS = there
    assert access_for(row.owner, "soundcloud").token in server.access


def test_without_a_registration_nothing_is_asked_and_nothing_lost(server: AuthorizationServer, settings) -> None:
    row = linked(server)
    settings.SERVICE_APPS = {}
    with pytest.raises(NotConfigured):
        access_for(row.owner, "soundcloud")
    assert ServiceCredential.objects.get().status == "active" and not server.requests


def test_a_refused_client_secret_does_not_end_the_permission(server: AuthorizationServer, settings) -> None:
    row = linked(server)
    settings.SERVICE_APPS = {"soundcloud": ("client-of-this-copy", "wrong")}
    with pytest.raises(ServiceError):
        access_for(row.owner, "soundcloud")
    assert ServiceCredential.objects.get().status == "active"


def test_nobody_gets_another_persons_token(server: AuthorizationServer) -> None:
    linked(server)
    with pytest.raises(NotLinked):
        access_for(UserFactory(), "soundcloud")


def test_of_two_accounts_the_usable_one_is_taken(server: AuthorizationServer) -> None:
    old = linked(server, authorised_at=timezone.now() - timedelta(days=9))
    linked(server, owner=old.owner, account_id="other", status="needs_reconnect")
    assert access_for(old.owner, "soundcloud").account_id == "ada"


def test_a_refused_token_is_renewed_next_time(server: AuthorizationServer) -> None:
    row = linked(server, expires_at=timezone.now() + timedelta(hours=1))
    refused = access_for(row.owner, "soundcloud")
    report_refused(refused)
    assert access_for(row.owner, "soundcloud").token != refused.token


def test_a_token_refused_when_it_was_only_just_given_ends_the_permission(server: AuthorizationServer) -> None:
    row = linked(server)
    report_refused(access_for(row.owner, "soundcloud"))
    assert ServiceCredential.objects.get().status == "revoked"
    with pytest.raises(NeedsReconnect):
        access_for(row.owner, "soundcloud")


def test_a_late_report_about_an_old_token_changes_nothing(server: AuthorizationServer) -> None:
    row = linked(server, expires_at=timezone.now() + timedelta(hours=1))
    old = access_for(row.owner, "soundcloud")
    report_refused(old)
    new = access_for(row.owner, "soundcloud")
    report_refused(old)
    assert access_for(row.owner, "soundcloud") == new


def test_an_own_server_that_refuses_needs_connecting_again() -> None:
    owner = UserFactory()
    credentials.keep_server(
        owner, "subsonic", WayIn(base_url="http://music.example", username="ada", secret="hunter22")
    )
    access = access_for(owner, "subsonic")
    assert (access.token, access.username, access.base_url) == ("hunter22", "ada", "http://music.example")
    report_refused(access)
    with pytest.raises(NeedsReconnect):
        access_for(owner, "subsonic")


def test_spotifys_six_months_are_announced_and_then_end(server: AuthorizationServer) -> None:
    row = linked(server, "spotify", authorised_at=timezone.now() - timedelta(days=152))
    other = linked(server, "youtube", authorised_at=timezone.now() - timedelta(days=400))
    assert credentials.mark_ending() == 1
    row.refresh_from_db()
    assert row.status == "expiring" and access_for(row.owner, "spotify").token
    ServiceCredential.objects.filter(pk=row.pk).update(authorised_at=timezone.now() - timedelta(days=183))
    assert credentials.mark_ending() == 1
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.status, other.status) == ("needs_reconnect", "active")


@pytest.fixture
def row_for_all(transactional_db: None, server: AuthorizationServer) -> Iterator[ServiceCredential]:
    """Committed, so that other database connections see it."""
    yield linked(server)
    User.objects.all().delete()


def test_many_who_ask_at_once_make_one_request_and_get_the_same_token(
    row_for_all: ServiceCredential, server: AuthorizationServer
) -> None:
    server.slow = 0.3
    together = threading.Barrier(6)

    def ask() -> tuple[str, int]:
        together.wait()
        try:
            return access_for(row_for_all.owner, "soundcloud").token, connection.connection.info.backend_pid
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        got = [future.result() for future in [pool.submit(ask) for _ in range(6)]]
    assert len({token for token, _ in got}) == 1 and got[0][0] in server.access
    assert len({pid for _, pid in got}) == 6  # six connections to the database
    assert server.requests["refresh_token"] == 1
