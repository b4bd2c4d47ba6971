"""Sign-up, sign-in, verification, reset, second factor and the sessions list, as a person meets them."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.test import Client

from accounts.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

NEW = "another long sentence 9"


def links(letter: str) -> list[str]:
    return re.findall(r"https?://[^/\s]+(/\S+)", letter)


def test_an_address_can_be_verified_by_the_letter(client: Client) -> None:
    client.post("/accounts/signup/", {"email": "ada@example.org", "password1": NEW, "password2": NEW})
    assert mail.outbox[0].to == ["ada@example.org"]
    client.post(links(mail.outbox[0].body)[0])
    assert User.objects.get().emailaddress_set.get().verified


def test_with_a_mail_server_an_unverified_address_cannot_sign_in(client: Client, settings) -> None:
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    client.post("/accounts/signup/", {"email": "ada@example.org", "password1": NEW, "password2": NEW})
    assert "_auth_user_id" not in client.session


def test_an_address_differing_only_in_case_is_the_same(client: Client) -> None:
    UserFactory(email="ada@example.org")
    client.post("/accounts/signup/", {"email": "ADA@example.org", "password1": NEW, "password2": NEW})
    assert User.objects.count() == 1


def test_a_weak_password_is_refused_where_it_was_typed(client: Client) -> None:
    page = client.post("/accounts/signup/", {"email": "a@example.org", "password1": "123", "password2": "123"})
    assert "too short" in page.content.decode()
    assert not User.objects.exists()


def test_a_forgotten_password_is_reset_by_letter(client: Client) -> None:
    UserFactory(email="ada@example.org")
    client.post("/accounts/password/reset/", {"email": "ada@example.org"})
    form = client.get(links(mail.outbox[0].body)[0], follow=True)
    client.post(form.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    assert User.objects.get().check_password(NEW)


def test_asking_for_a_strangers_reset_tells_nothing(client: Client) -> None:
    UserFactory(email="ada@example.org")
    known = client.post("/accounts/password/reset/", {"email": "ada@example.org"}, follow=True)
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.org"}, follow=True)
    assert known.request["PATH_INFO"] == unknown.request["PATH_INFO"]


def test_a_second_factor_is_asked_for_once_it_is_set_up(client: Client) -> None:
    user = UserFactory(email="ada@example.org")
    login = {"login": "ada@example.org", "password": "correct horse battery"}
    client.post("/accounts/login/", login)
    client.post("/accounts/reauthenticate/", {"password": login["password"]})
    client.get("/accounts/2fa/totp/activate/")
    secret = client.session["mfa.totp.secret"]
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    client.post("/accounts/2fa/totp/activate/", {"code": code})
    assert user.authenticator_set.filter(type="totp").exists()
    other = Client()
    response = other.post("/accounts/login/", login)
    assert "_auth_user_id" not in other.session
    assert response["Location"].startswith("/accounts/2fa/authenticate/")


def test_sessions_are_listed_and_others_can_be_ended(client: Client) -> None:
    UserFactory(email="ada@example.org")
    login = {"login": "ada@example.org", "password": "correct horse battery"}
    other = Client()
    for browser in (client, other):
        browser.post("/accounts/login/", login)
        browser.get("/")
    assert client.get("/accounts/sessions/").status_code == 200
    client.post("/accounts/sessions/")
    assert "Sign in" in other.get("/").content.decode()
    assert "Sign out" in client.get("/").content.decode()


@pytest.mark.parametrize("page", ["login/", "signup/", "password/reset/"])
def test_account_pages_wear_the_sites_frame(client: Client, page: str) -> None:
    assert 'class="brand"' in client.get(f"/accounts/{page}").content.decode()
