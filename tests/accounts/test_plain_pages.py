"""Account pages in words that people use, on a fresh copy without a mail server too."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.conf import LazySettings
from django.core.cache import cache
from django.test import Client

from accounts.models import User
from tests.factories import ConversationFactory, PictureFactory, UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "a long, dull password"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"


def signed_up(client: Client, **fields: str) -> str:
    """Signs up; where that leads."""
    data = {"email": "ada@example.org", "password1": PASSWORD, "password2": PASSWORD, **fields}
    answer = client.post("/accounts/signup/", data, headers={"User-Agent": FIREFOX})
    assert answer.status_code == 302
    return str(answer["Location"])


def test_signing_up_from_a_list_leads_back_to_it() -> None:
    client = Client()
    guest = User.objects.create_guest()
    session = client.session
    session["guest"] = guest.pk
    session.save()
    made = ConversationFactory(owner=guest)
    page = client.get(f"/c/{made.pk}/").content.decode()
    assert f'/accounts/signup/?next=/c/{made.pk}/"' in page
    form = client.get(f"/accounts/signup/?next=/c/{made.pk}/").content.decode()
    assert f'value="/c/{made.pk}/"' in form
    assert signed_up(client, next=f"/c/{made.pk}/") == f"/c/{made.pk}/"
    assert client.get(f"/c/{made.pk}/").status_code == 200


def test_signing_up_leads_to_no_other_site(client: Client) -> None:
    assert signed_up(client, next="https://elsewhere.example/") == "/"


def test_a_second_factor_can_be_switched_on_without_a_mail_server(client: Client) -> None:
    signed_up(client)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/")
    assert page.status_code == 200
    secret = client.session[totp.SECRET_SESSION_KEY]
    code = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    client.post("/accounts/2fa/totp/activate/", {"code": code})
    person = User.objects.get(email="ada@example.org")
    assert get_adapter().is_mfa_enabled(person, [Authenticator.Type.TOTP])


def test_no_letter_is_promised_where_none_can_leave(client: Client, settings: LazySettings) -> None:
    signed_up(client)
    assert "mail" not in " ".join(str(one) for one in client.get("/").context["messages"])
    cache.clear()  # another letter so soon would be refused
    again = {"action_send": "", "email": "ada@example.org"}
    page = client.post("/accounts/email/", again, follow=True).content.decode()
    assert "sends no mail" in page and "Confirmation email sent" not in page
    settings.EMAIL_URL_HOST = "mail.example.org"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    other = Client()
    signed_up(other, email="bob@example.org")
    assert "sends no mail" not in other.get("/accounts/email/").content.decode()


def test_where_one_is_signed_in_is_told_in_words(client: Client) -> None:
    signed_up(client)
    page = client.get("/accounts/sessions/", headers={"User-Agent": FIREFOX}).content.decode()
    assert "Firefox on Windows" in page and "Mozilla" not in page and "<table" not in page
    assert "this one" in page and "Sign out everywhere else" not in page


def test_what_is_kept_is_told_in_words(client: Client) -> None:
    client.force_login(ada := UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    ConversationFactory(owner=ada, picture=PictureFactory(owner=ada))
    ConversationFactory(owner=ada)
    page = client.get("/accounts/my-data/").content.decode()
    assert "One photo, without its place, time and camera" in page
    assert "2 lists, with what you said there" in page
