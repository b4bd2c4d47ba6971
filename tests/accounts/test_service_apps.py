"""Bring your own registration: from the environment or the admin, checked by a real request."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.connections import oauth_apps, oauth_client
from accounts.connections.errors import NotConfigured, Unreachable
from accounts.connections.oauth_apps import App
from accounts.models import ServiceApp, User
from tests.accounts.conftest import register
from tests.accounts.oauth_server import CLIENT, SECRET, SERVICES, AuthorizationServer
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
ADD = "/admin/accounts/serviceapp/add/"


@pytest.fixture
def owner(client: Client) -> User:
    person = User.objects.create_superuser("owner@example.org", "x")
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return person


@pytest.fixture
def server_knows(server: AuthorizationServer, settings) -> None:
    """The server knows a registration, this copy does not yet."""
    settings.SERVICE_APPS = {}


@pytest.mark.parametrize("service", SERVICES)
def test_a_known_registration_is_told_from_an_unknown_one(server: AuthorizationServer, service: str) -> None:
    assert oauth_client.accepts(App(service, CLIENT, SECRET))
    assert not oauth_client.accepts(App(service, CLIENT, "wrong"))
    assert not oauth_client.accepts(App(service, "wrong", SECRET))
    server.down = True
    with pytest.raises(Unreachable):
        oauth_client.accepts(App(service, CLIENT, SECRET))


@pytest.mark.parametrize(("secret", "told"), [(SECRET, "Spotify accepts"), ("wrong", "Spotify does not accept")])
def test_the_admin_keeps_a_registration_and_checks_it(
    client: Client, owner: User, server_knows: None, secret: str, told: str
) -> None:
    client.post(ADD, {"service": "spotify", "client_id": "a mistake", "secret": "a mistake"})
    change = f"/admin/accounts/serviceapp/{ServiceApp.objects.get().pk}/change/"
    button = re.search(r'name="(\w*save_and_check)"', client.get(change).content.decode())
    assert button
    form = {"service": "spotify", "client_id": CLIENT, "secret": secret, button[1]: "1"}
    page = client.post(change, form, follow=True).content.decode()
    assert told in page
    assert oauth_apps.app_for("spotify") == App("spotify", CLIENT, secret)
    assert "Connect Spotify" in client.get("/accounts/connections/").content.decode()


def test_an_empty_secret_keeps_the_one_that_is_there(client: Client, owner: User, settings) -> None:
    settings.SERVICE_APPS = {}
    row = register("youtube", "id", "kept-secret")
    client.post(
        f"/admin/accounts/serviceapp/{row.pk}/change/", {"service": "youtube", "client_id": "new", "secret": ""}
    )
    assert oauth_apps.app_for("youtube") == App("youtube", "new", "kept-secret")


def test_the_environment_goes_first(settings) -> None:
    register("spotify", "from the admin", "a")
    settings.SERVICE_APPS = {"spotify": ("from the environment", "b")}
    assert oauth_apps.app_for("spotify").client_id == "from the environment"
    assert [app.service for app in oauth_apps.configured()] == ["spotify"]


def test_without_a_registration_it_is_said(settings) -> None:
    settings.SERVICE_APPS = {}
    with pytest.raises(NotConfigured, match="not registered at SoundCloud"):
        oauth_apps.app_for("soundcloud")


def test_only_the_owner_reaches_the_registrations(client: Client) -> None:
    client.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(ADD).status_code == 302
    client.post(ADD, {"service": "spotify", "client_id": "x", "secret": "y"})
    assert not ServiceApp.objects.exists()
