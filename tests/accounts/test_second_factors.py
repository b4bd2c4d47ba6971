"""Second factors: sealed in the database, passkeys beside codes, and demanded of staff where the owner says so."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.apps import apps
from django.conf import LazySettings
from django.test import Client

from accounts import roles
from accounts.connections import encryption, key_rotation
from accounts.models import User
from core import home
from tests.accounts.passkey import Passkey
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LOGIN = {"login": "ada@example.org", "password": "correct horse battery"}


def code() -> str:
    return format_hotp_value(hotp_value(SECRET, next(iter(yield_hotp_counters_from_time()))))


def stored() -> str:
    return json.dumps([row.data for row in Authenticator.objects.all()])


def test_what_codes_are_made_from_is_sealed_and_still_opens_the_door(client: Client, ada: User) -> None:
    TOTP.activate(ada, SECRET)
    codes = RecoveryCodes.activate(ada).get_unused_codes()
    assert SECRET not in stored()
    assert {json.dumps(codes), *codes}.isdisjoint(stored().split('"'))
    for answer in (code(), codes[0]):
        other = Client()
        other.post("/accounts/login/", LOGIN)
        other.post("/accounts/2fa/authenticate/", {"code": answer})
        assert other.session["_auth_user_id"] == str(ada.pk)


def test_secrets_of_before_are_sealed_by_the_migration_and_opened_by_its_way_back(ada: User) -> None:
    plain = [{"secret": SECRET}, {"seed": "ab" * 40, "used_mask": 5}]
    Authenticator.objects.create(user=ada, type="totp", data=plain[0])
    Authenticator.objects.create(user=ada, type="recovery_codes", data=plain[1])
    migration = import_module("accounts.migrations.0005_seal_second_factors")
    migration.seal(apps, None)
    once = stored()
    assert SECRET not in once and "ab" * 40 not in once
    migration.seal(apps, None)
    assert stored() == once, "what is sealed is not sealed again"
    assert Authenticator.objects.get(type="totp").wrap().validate_code(code())
    migration.open_again(apps, None)
    assert [row.data for row in Authenticator.objects.order_by("pk")] == plain


def test_a_new_key_seals_second_factors_too(ada: User, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYLUMO_HOME", str(tmp_path))
    TOTP.activate(ada, SECRET)
    before = stored()
    assert key_rotation.rotate() == 1
    assert stored() != before
    key_rotation.drop_old_keys()
    assert len(home.token_keys()) == 1
    assert Authenticator.objects.get().wrap().validate_code(code())
    with pytest.raises(encryption.Unreadable):
        encryption.unseal(json.loads(before)[0]["secret"])


def test_an_old_key_is_kept_while_a_second_factor_needs_it(
    ada: User, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DYLUMO_HOME", str(tmp_path))
    TOTP.activate(ada, SECRET)
    home.add_token_key()
    with pytest.raises(key_rotation.Conflict):
        key_rotation.drop_old_keys()


# --- passkeys


@pytest.fixture
def browser(ada: User) -> Client:
    """Ada's, at an address that browsers allow passkeys for; she has just shown her password."""
    browser = Client(HTTP_HOST="localhost")
    browser.post("/accounts/login/", LOGIN)
    browser.post("/accounts/reauthenticate/", {"password": LOGIN["password"]})
    return browser


def add(browser: Client, passkey: Passkey) -> None:
    page = browser.get("/accounts/2fa/webauthn/add/")
    asked = page.context["js_data"]["creation_options"]["publicKey"]
    told = {"name": "my phone", "passwordless": "on", "credential": passkey.made(asked)}
    answer = browser.post("/accounts/2fa/webauthn/add/", told)
    assert answer.status_code == 302, answer.content.decode()


def sign_in(passkey: Passkey) -> Client:
    other = Client(HTTP_HOST="localhost")
    asked = other.get("/accounts/2fa/webauthn/login/", HTTP_X_REQUESTED_WITH="XMLHttpRequest").json()
    other.post("/accounts/2fa/webauthn/login/", {"credential": passkey.signed(asked["request_options"]["publicKey"])})
    return other


def test_a_passkey_alone_signs_in(browser: Client, ada: User) -> None:
    passkey = Passkey()
    add(browser, passkey)
    assert sign_in(passkey).session["_auth_user_id"] == str(ada.pk)
    assert "Sign in with a passkey" in Client().get("/accounts/login/").content.decode()


def test_another_passkey_or_another_site_does_not(browser: Client) -> None:
    mine, strangers = Passkey(), Passkey()
    add(browser, mine)
    strangers.id, strangers.user = mine.id, mine.user
    elsewhere = Passkey("evil.example")
    elsewhere.key, elsewhere.id, elsewhere.user = mine.key, mine.id, mine.user
    for passkey in (strangers, elsewhere):
        assert "_auth_user_id" not in sign_in(passkey).session


def test_without_a_mail_server_nobody_waits_for_a_letter_before_a_second_factor(browser: Client, ada: User) -> None:
    EmailAddress.objects.create(user=ada, email=ada.email, verified=False, primary=True)
    add(browser, Passkey())
    assert Authenticator.objects.filter(user=ada, type="webauthn").exists()


# --- staff


@pytest.fixture
def owner(client: Client, ada: User, settings: LazySettings) -> User:
    settings.STAFF_SECOND_FACTOR = True
    roles.ensure_roles()
    roles.give_role(ada, roles.OWNER)
    return ada


@pytest.mark.parametrize("address", ["/admin/", "/admin/accounts/user/", "/reports/", "/"])
def test_staff_without_a_second_factor_are_led_to_it(client: Client, owner: User, address: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/2fa/")
    assert "need a second factor" in client.get("/accounts/2fa/").content.decode()
    said = client.get("/api/v1/conversations/")
    assert (said.status_code, said.json()["error"]["code"]) == (403, "second_factor_missing")


def test_with_one_everything_is_open_again(client: Client, owner: User) -> None:
    TOTP.activate(owner, SECRET)
    assert client.get("/admin/").status_code == 200


def test_others_and_copies_that_do_not_ask_for_it_are_left_alone(
    client: Client, ada: User, settings: LazySettings
) -> None:
    settings.STAFF_SECOND_FACTOR = True
    assert client.get("/").status_code == 200
    settings.STAFF_SECOND_FACTOR = False
    roles.ensure_roles()
    roles.give_role(UserFactory(email="eve@example.org"), roles.OWNER)
    staff = Client()
    staff.force_login(User.objects.get(email="eve@example.org"), backend="django.contrib.auth.backends.ModelBackend")
    assert staff.get("/admin/").status_code == 200
