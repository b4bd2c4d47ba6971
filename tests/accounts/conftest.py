"""A local authorisation server in place of the three services, and somebody who is signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.connections import oauth_apps
from accounts.models import ServiceApp, User
from tests.accounts.oauth_server import CLIENT, SECRET, SERVICES, AuthorizationServer
from tests.factories import UserFactory

Connect = Callable[..., HttpResponse]


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    """How often an address signed up or was written to is counted in the cache; each test begins at nought."""
    cache.clear()


@pytest.fixture
def server(settings: LazySettings) -> Iterator[AuthorizationServer]:
    with AuthorizationServer() as running:
        settings.OAUTH_ENDPOINTS = running.endpoints()
        settings.SERVICE_APPS = dict.fromkeys(SERVICES, (CLIENT, SECRET))
        yield running


@pytest.fixture
def ada(client: Client) -> User:
    person: User = UserFactory(email="ada@example.org")
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return person


def come_back(client: Client, begun: HttpResponse) -> str:
    """Follow the browser's way to the service; the address it is sent back to."""
    answer = httpx.get(begun["Location"], follow_redirects=False)
    address = urlsplit(answer.headers["Location"])
    return f"{address.path}?{address.query}"


@pytest.fixture
def connect(client: Client, server: AuthorizationServer) -> Connect:
    """``connect("google", permission="read")``: all the way there and back; the last answer."""

    def go(provider: str, permission: str = "read", process: str = "connect") -> HttpResponse:
        begun = client.post(f"{reverse(f'{provider}_login')}?process={process}&permission={permission}")
        assert begun.status_code == 302, begun.content
        return client.get(come_back(client, begun))

    return go


def register(service: str, client_id: str, secret: str) -> ServiceApp:
    """The owner's registration at a service, as the admin keeps it."""
    return ServiceApp.objects.create(service=service, client_id=client_id, sealed=oauth_apps.sealed(secret))
