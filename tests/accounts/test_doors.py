"""Nobody asks for more than their share, by pages or by programs; and the owner says who comes in at all."""

from __future__ import annotations

import io

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts import throttling
from accounts.invitations import link
from accounts.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-one-7319"


@pytest.fixture(autouse=True)
def one_minute(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three asks a minute, six an address, in a minute that does not end."""
    cache.clear()
    settings.RATES = {"ask": 3, "change": 5, "read": 20}
    settings.ADDRESS_SHARE = 2
    monkeypatch.setattr(throttling.time, "time", lambda: 1_000_000.0)


def ask(client: Client, address: str = "10.0.0.1") -> int:
    return client.post("/start/", {"text": "calm"}, REMOTE_ADDR=address).status_code


def test_a_visitor_cannot_ask_without_end_by_throwing_cookies_away() -> None:
    assert [ask(Client()) for _ in range(5)] == [302, 302, 302, 429, 429]
    assert User.objects.count() == 3
    assert ask(Client(), "10.0.0.2") == 302


def test_people_behind_one_address_share_more_than_one_may() -> None:
    def person() -> Client:
        client = Client()
        client.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
        return client

    several = [person() for _ in range(3)]
    assert [ask(several[0]) for _ in range(4)] == [302, 302, 302, 429]
    assert [ask(several[1]) for _ in range(3)].count(302) == 2, "six an address, one of which was refused"
    assert ask(several[2]) == 429
    assert ask(several[2], "10.0.0.2") == 302


def test_the_refusal_says_when_to_come_back(client: Client) -> None:
    for _ in range(4):  # the first of them as nobody
        ask(client)
    refused = client.post("/start/", {"text": "calm"}, REMOTE_ADDR="10.0.0.1", headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many")
    assert 0 < int(refused["Retry-After"]) <= 60


def test_reading_is_counted_apart_and_drawings_not_at_all(client: Client) -> None:
    statuses = {client.get("/covers/1-50-50.svg").status_code for _ in range(60)}
    assert statuses == {200}
    assert [client.get("/").status_code for _ in range(21)] == [200] * 20 + [429]
    assert client.post("/taste/pause/").status_code != 429


def test_programs_are_counted_by_address_too(client: Client) -> None:
    statuses = [client.get("/api/v1/conversations/").status_code for _ in range(41)]
    assert statuses == [401] * 40 + [429]


def test_a_lost_cache_locks_nobody_out(client: Client, settings: LazySettings) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:9"}}
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    assert [ask(client) for _ in range(4)] == [302] * 4


# --- who comes in


def sign_up(client: Client, email: str, address: str | None = None) -> int:
    form = {"email": email, "password1": PASSWORD, "password2": PASSWORD}
    client.post(address or reverse("account_signup"), form)
    return User.objects.filter(email=email).count()


def test_sign_up_is_open_unless_the_owner_says_otherwise(client: Client, settings: LazySettings) -> None:
    assert sign_up(client, "ann@example.com") == 1
    settings.SIGNUP = "closed"
    assert sign_up(Client(), "bob@example.com") == 0
    assert sign_up(Client(), "bob@example.com", link("bob@example.com")) == 0


def test_an_invitation_lets_in_whom_it_names(settings: LazySettings) -> None:
    settings.SIGNUP = "invite"
    settings.RATES = {"ask": 99, "change": 99, "read": 99}
    out = io.StringIO()
    call_command("invite", "bob@example.com", stdout=out)
    address = out.getvalue().split("followed by ")[1].split()[0]
    assert sign_up(Client(), "bob@example.com") == 0
    assert sign_up(Client(), "eve@example.com", address) == 0
    assert sign_up(Client(), "eve@example.com", address.replace("invitation=", "invitation=x")) == 0
    guest = Client()
    assert guest.get(address).status_code == 200
    assert sign_up(guest, "bob@example.com") == 1, "the session remembers the link"


def test_an_owner_may_want_no_guests(client: Client, settings: LazySettings) -> None:
    settings.GUESTS = False
    assert client.get("/").status_code == 200
    assert ask(client) == 403
    assert not User.objects.exists()
    client.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    assert ask(client) == 302
