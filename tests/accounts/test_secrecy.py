"""Nothing that opens a door stands readable anywhere: dump, log, error page, export, admin. And keys rotate."""

from __future__ import annotations

import io
import logging
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, RequestFactory
from django.views.debug import technical_500_response

from accounts import privacy
from accounts.connections import credentials, encryption, key_rotation, oauth_apps
from accounts.connections.access_tokens import Access, access_for
from accounts.connections.music_server import WayIn
from accounts.models import ServiceApp, ServiceCredential, User
from core import home
from core.errors import Conflict
from tests.accounts.conftest import Connect, come_back, register
from tests.accounts.oauth_server import AuthorizationServer
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "own-server-password-77"
CLIENT_SECRET = "client-secret-of-the-owner-42"


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own, so that rotating leaves the keys of other tests alone."""
    monkeypatch.setenv("DYLUMO_HOME", str(tmp_path))
    return tmp_path / "token_keys"


@pytest.fixture
def everything(client: Client, ada: User, connect: Connect, server: AuthorizationServer) -> Iterator[list[str]]:
    """All kinds of secrets in use; yields them."""
    for provider in ("spotify", "google", "soundcloud"):
        connect(provider)
    ServiceCredential.objects.update(expires_at=None)
    ServiceCredential.objects.filter(service="soundcloud").update(expires_at="2020-01-01T00:00Z")
    access_for(ada, "soundcloud")
    credentials.keep_server(ada, "subsonic", WayIn(base_url="http://music.example", username="ada", secret=PASSWORD))
    register("spotify", "id", CLIENT_SECRET)
    yield [*server.issued, PASSWORD, CLIENT_SECRET]
    assert len(server.issued) >= 11


def found_in(text: str, secrets: list[str]) -> list[str]:
    return [secret for secret in secrets if secret in text or secret.encode().hex() in text]


def test_a_dump_of_the_whole_database_holds_no_secret(everything: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        dump = ""
        for table in tables:
            with cursor.copy(f'COPY "{table}" TO STDOUT') as rows:
                dump += b"".join(bytes(part) for part in rows).decode()
    assert "Ada-There" in dump  # the rows are in it
    assert found_in(dump, everything) == []


def test_logs_at_their_loudest_hold_no_secret(
    client: Client, ada: User, connect: Connect, server: AuthorizationServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "urllib3", "dylumo", "allauth"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    for provider in ("spotify", "google", "soundcloud"):
        connect(provider)
    ServiceCredential.objects.update(expires_at="2020-01-01T00:00Z")
    access_for(ada, "spotify")
    server.refuse_profile = True
    connect("spotify")
    server.garbled = True
    connect("google")
    client.post(f"/accounts/connections/{ServiceCredential.objects.filter(service='youtube').get().pk}/disconnect/")
    tokens = [token for token in server.issued if not token.startswith("code-")]
    assert caplog.text and found_in(caplog.text, tokens) == []


def failing_with(access: Access, app: oauth_apps.App) -> Any:
    """An error in a frame that holds these: a developer's error page shows the frame's variables."""
    try:
        raise RuntimeError("while holding them")
    except RuntimeError:
        return sys.exc_info()


def test_an_error_page_for_developers_shows_no_token(ada: User, everything: list[str], settings) -> None:
    settings.DEBUG = True
    error = failing_with(access_for(ada, "spotify"), oauth_apps.app_for("spotify"))
    page = technical_500_response(RequestFactory().get("/"), *error).content.decode()
    assert "while holding" in page and found_in(page, everything) == []


def test_the_export_tells_of_connections_without_what_opens_them(ada: User, everything: list[str]) -> None:
    with zipfile.ZipFile(io.BytesIO(privacy.export(ada))) as bundle:
        told = bundle.read("accounts.servicecredential.json").decode()
        whole = b"".join(bundle.read(name) for name in bundle.namelist()).decode("utf-8", "replace")
    assert "music.example" in told and "sealed" not in told
    assert found_in(whole, everything + [row.sealed for row in ServiceCredential.objects.all()]) == []


def test_the_admin_shows_connections_and_registrations_without_what_opens_them(everything: list[str]) -> None:
    owner = Client()
    owner.force_login(
        User.objects.create_superuser("owner@example.org", "x"), backend="django.contrib.auth.backends.ModelBackend"
    )
    pages = ["", "servicecredential/", "serviceapp/", f"serviceapp/{ServiceApp.objects.get().pk}/change/"]
    pages += [f"servicecredential/{row.pk}/change/" for row in ServiceCredential.objects.all()]
    for page in pages:
        shown = owner.get(f"/admin/accounts/{page}")
        assert shown.status_code == 200
        sealed = [*ServiceCredential.objects.values_list("sealed", flat=True), ServiceApp.objects.get().sealed]
        assert found_in(shown.content.decode(), everything + sealed) == []
    assert "/accounts/spotify/login/callback/" in owner.get(f"/admin/accounts/{pages[3]}").content.decode()


def test_deleting_an_account_deletes_its_permissions(ada: User, everything: list[str]) -> None:
    privacy.forget(ada)
    assert not ServiceCredential.objects.exists()


def test_what_was_sealed_is_opened_by_this_copys_keys_only(settings) -> None:
    sealed = encryption.seal({"access": "a-token"})
    assert encryption.unseal(sealed) == {"access": "a-token"}
    settings.TOKEN_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(encryption.Unreadable):
        encryption.unseal(sealed)
    with pytest.raises(encryption.Unreadable):
        encryption.unseal("not even sealed")


def test_the_key_file_is_made_once_and_only_its_owner_may_read_it(key_file: Path) -> None:
    first = home.token_keys()
    assert home.token_keys() == first and len(first) == 1
    assert key_file.stat().st_mode & 0o077 == 0


def test_a_new_key_seals_everything_anew_and_the_old_one_may_then_go(key_file: Path, capsys) -> None:
    row = credentials.keep_server(
        UserFactory(), "subsonic", WayIn(base_url="http://m.example", username="ada", secret=PASSWORD)
    )
    register("spotify", "id", CLIENT_SECRET)
    (old,) = home.token_keys()
    home.add_token_key()
    with pytest.raises(Conflict):
        key_rotation.drop_old_keys()
    call_command("rotate_token_keys")
    assert "2 stored permissions" in capsys.readouterr().out
    call_command("rotate_token_keys", drop_old=True)
    assert old not in home.token_keys() and len(home.token_keys()) == 1
    row.refresh_from_db()
    assert access_for(row.owner, "subsonic").token == PASSWORD
    assert oauth_apps.app_for("spotify").secret == CLIENT_SECRET
    with pytest.raises(InvalidToken):
        Fernet(old).decrypt(row.sealed.encode())


def test_what_no_key_opens_does_not_stop_a_rotation(key_file: Path) -> None:
    row = credentials.keep_server(
        UserFactory(), "subsonic", WayIn(base_url="http://m.example", username="ada", secret=PASSWORD)
    )
    ServiceCredential.objects.filter(pk=row.pk).update(sealed="garbage")
    assert key_rotation.rotate() == 0
    key_rotation.drop_old_keys()


def test_keys_named_by_the_environment_are_the_owners_to_change(settings) -> None:
    new, old = (Fernet.generate_key().decode() for _ in range(2))
    settings.TOKEN_KEYS = [old]
    row = credentials.keep_server(
        UserFactory(), "subsonic", WayIn(base_url="http://m.example", username="ada", secret=PASSWORD)
    )
    settings.TOKEN_KEYS = [new, old]
    assert key_rotation.rotate() == 1
    settings.TOKEN_KEYS = [new]
    row.refresh_from_db()
    assert access_for(row.owner, "subsonic").token == PASSWORD
    with pytest.raises(CommandError):
        call_command("rotate_token_keys", drop_old=True)


def test_a_pending_sign_up_under_a_lost_key_begins_again(client: Client, server: AuthorizationServer, settings) -> None:
    client.get(come_back(client, client.post("/accounts/soundcloud/login/")))
    settings.TOKEN_KEYS = [Fernet.generate_key().decode()]
    assert client.get("/accounts/3rdparty/signup/")["Location"] == "/accounts/login/"
