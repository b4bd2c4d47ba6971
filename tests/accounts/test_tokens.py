"""API tokens: shown once, kept as a digest, opening one person's things until they are revoked."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import api_tokens, privacy
from accounts.models import ApiToken, User
from agents.models import Conversation
from tests.factories import ConversationFactory, GuestFactory, UserFactory

pytestmark = pytest.mark.django_db
CONVERSATIONS = "/api/v1/conversations/"
PASSWORD = {"password": "correct horse battery"}


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def ada(client: Client) -> User:
    """Somebody who has just shown their password."""
    person: User = UserFactory()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    client.post(reverse("account_reauthenticate"), PASSWORD)
    return person


def secret_on(page: Any) -> str:
    found = re.search(r'value="(dyl_[\w-]{43})"', page.content.decode())
    assert found
    return found[1]


def made_on_the_page(client: Client) -> str:
    return secret_on(client.post(reverse("api_tokens"), {"name": "backup"}))


def test_a_token_is_shown_once_and_only_its_digest_is_kept(client: Client, ada: User) -> None:
    secret = made_on_the_page(client)
    again = client.get(reverse("api_tokens")).content.decode()
    assert "backup" in again
    assert secret not in again
    kept = str(ApiToken.objects.values().get())
    assert secret not in kept and secret.removeprefix(api_tokens.PREFIX) not in kept


def test_a_token_opens_its_owners_things_and_notes_that_it_was_used(client: Client, ada: User) -> None:
    mine = ConversationFactory(owner=ada)
    ConversationFactory()
    secret = made_on_the_page(client)
    answer = Client().get(CONVERSATIONS, headers=bearer(secret))
    assert [one["id"] for one in answer.json()["results"]] == [str(mine.pk)]
    assert ApiToken.objects.get().last_used is not None


def test_a_token_needs_no_csrf_token(client: Client, ada: User) -> None:
    conversation = ConversationFactory(owner=ada)
    program = Client(enforce_csrf_checks=True, headers=bearer(made_on_the_page(client)))
    assert program.post(f"{CONVERSATIONS}{conversation.pk}/share/").status_code == 200


def test_a_revoked_token_opens_nothing(client: Client, ada: User) -> None:
    secret = made_on_the_page(client)
    client.post(reverse("api_token_revoke", args=[ApiToken.objects.get().pk]))
    answer = Client().get(CONVERSATIONS, headers=bearer(secret))
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "bad_token")
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("wrong", ["", "dyl_", "dyl_" + "a" * 43, "ü", "a b c"])
def test_a_wrong_token_is_refused_even_beside_a_good_session(client: Client, ada: User, wrong: str) -> None:
    assert client.get(CONVERSATIONS, headers=bearer(wrong)).status_code == 401


def test_the_token_of_a_closed_account_opens_nothing(client: Client, ada: User) -> None:
    secret = made_on_the_page(client)
    User.objects.filter(pk=ada.pk).update(is_active=False)
    assert Client().get(CONVERSATIONS, headers=bearer(secret)).status_code == 401


def test_a_token_that_may_only_read_changes_nothing(client: Client, ada: User) -> None:
    conversation = ConversationFactory(owner=ada)
    secret = secret_on(client.post(reverse("api_tokens"), {"name": "reader", "scope": "read", "days": "30"}))
    assert "read only; made" in client.get(reverse("api_tokens")).content.decode()
    assert Client().get(CONVERSATIONS, headers=bearer(secret)).status_code == 200
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(Client(), method)(f"{CONVERSATIONS}{conversation.pk}/", headers=bearer(secret))
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "read_only_token"), method
    assert Conversation.objects.filter(pk=conversation.pk).exists()


@pytest.mark.parametrize(("days", "opens"), [("30", 401), ("90", 200), ("365", 200), ("0", 200)])
def test_a_token_ends_when_it_was_to(client: Client, ada: User, days: str, opens: int) -> None:
    secret = secret_on(client.post(reverse("api_tokens"), {"name": "backup", "days": days}))
    month = timezone.now() + timedelta(days=31)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api_tokens.timezone, "now", lambda: month)
        assert Client().get(CONVERSATIONS, headers=bearer(secret)).status_code == opens
    assert Client().get(CONVERSATIONS, headers=bearer(secret)).status_code == 200


@pytest.mark.parametrize("wrong", [{"scope": "everything"}, {"days": "9999"}])
def test_scopes_and_times_that_are_not_offered_are_refused(client: Client, ada: User, wrong: dict[str, str]) -> None:
    client.post(reverse("api_tokens"), {"name": "backup", **wrong})
    assert not ApiToken.objects.exists()


def test_a_change_of_the_password_revokes_all_tokens(client: Client, ada: User) -> None:
    secret, (_, others) = made_on_the_page(client), api_tokens.make(UserFactory(), "another person's")
    new = "another long sentence 9"
    told = {"oldpassword": PASSWORD["password"], "password1": new, "password2": new}
    client.post(reverse("account_change_password"), told)
    ada.refresh_from_db()
    assert ada.check_password(new)
    assert Client().get(CONVERSATIONS, headers=bearer(secret)).status_code == 401
    assert Client().get(CONVERSATIONS, headers=bearer(others)).status_code == 200


def test_nobody_revokes_another_persons_token(client: Client, ada: User) -> None:
    other, secret = api_tokens.make(UserFactory(), "theirs")
    assert client.post(reverse("api_token_revoke", args=[other.pk])).status_code == 404
    assert Client().get(CONVERSATIONS, headers=bearer(secret)).status_code == 200


def test_a_token_without_a_name_is_not_made(client: Client, ada: User) -> None:
    assert "errorlist" in client.post(reverse("api_tokens"), {"name": " "}).content.decode()
    assert not ApiToken.objects.exists()


def test_making_a_token_asks_for_the_password_first_and_then_goes_on(client: Client) -> None:
    client.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post(reverse("api_tokens"), {"name": "backup"})
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert not ApiToken.objects.exists()
    shown = client.post(answer["Location"], PASSWORD | {"next": reverse("api_tokens")})
    assert Client().get(CONVERSATIONS, headers=bearer(secret_on(shown))).status_code == 200


def test_guests_are_sent_to_sign_in(client: Client) -> None:
    session = client.session
    session["guest"] = GuestFactory().pk
    session.save()
    assert client.get(reverse("api_tokens"))["Location"].startswith(reverse("account_login"))


def test_the_export_of_ones_data_lists_tokens_without_their_digests(client: Client, ada: User) -> None:
    made_on_the_page(client)
    with zipfile.ZipFile(io.BytesIO(privacy.export(ada))) as bundle:
        told = bundle.read("accounts.apitoken.json").decode()
    assert "backup" in told
    assert ApiToken.objects.get().digest not in told
