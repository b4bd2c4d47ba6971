"""The audit's small findings, one by one: odd addresses and bodies, headers, logs, and who may do what."""

from __future__ import annotations

import logging
import logging.config
import os
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter
from django.conf import LazySettings
from django.contrib.auth.models import AnonymousUser
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from accounts import roles
from accounts.models import User
from agents.models import Conversation
from agents.routing import websocket_urlpatterns
from core import env
from recommender.models import Picture
from tests.factories import (
    ConversationFactory,
    PictureFactory,
    PlaylistFactory,
    PlaylistItemFactory,
    ReactionFactory,
    TurnFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
CONVERSATIONS = "/api/v1/conversations/"
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def ada(client: Client) -> User:
    person: User = UserFactory()
    client.force_login(person, backend=BACKEND)
    return person


def staff(role: str) -> Client:
    roles.ensure_roles()
    person, client = UserFactory(), Client()
    roles.give_role(person, role)
    client.force_login(person, backend=BACKEND)
    return client


@pytest.mark.parametrize(
    "query", ["limit=99999999999999999999", f"limit={2**63}", f"offset={2**63}", "limit=-1", "limit=x"]
)
def test_a_page_of_any_size_is_answered(client: Client, ada: User, query: str) -> None:
    ConversationFactory(owner=ada)
    answer = client.get(f"{CONVERSATIONS}?{query}")
    assert answer.status_code == 200 and answer.json()["count"] == 1


def test_a_page_has_a_largest_size(client: Client, ada: User) -> None:
    Conversation.objects.bulk_create(Conversation(owner=ada) for _ in range(201))
    assert len(client.get(f"{CONVERSATIONS}?limit=100000").json()["results"]) == 200


def test_json_nested_without_end_is_not_readable(client: Client, ada: User) -> None:
    body = '{"text":' + "[" * 200_000 + "]" * 200_000 + "}"
    answer = client.post(CONVERSATIONS, body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "not_readable")


@pytest.mark.parametrize("address", ["/s/a%00b/", "/together/%00/", "/search/?q=%00", "/search/?q=a%00b&all=1", "/%00"])
@pytest.mark.parametrize("asking", ["text/html", "application/json"])
def test_a_zero_byte_in_an_address_is_refused(client: Client, ada: User, address: str, asking: str) -> None:
    assert client.get(address, headers={"Accept": asking}).status_code == 400


@pytest.mark.parametrize("path", ["/ws/conversations/not-a-uuid/", "/ws/", "/", "/ws/conversations/%00/"])
async def test_a_socket_at_a_wrong_address_is_closed_like_a_strangers(path: str) -> None:
    scope = {
        "type": "websocket",
        "path": path,
        "query_string": b"",
        "headers": [],
        "user": AnonymousUser(),
        "session": {},
    }
    wire = ApplicationCommunicator(URLRouter(websocket_urlpatterns), scope)
    await wire.send_input({"type": "websocket.connect"})
    assert (await wire.receive_output(5))["type"] == "websocket.accept"
    assert await wire.receive_output(5) == {"type": "websocket.close", "code": 4404}


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_a_program_at_a_wrong_address_is_told_in_json(method: str) -> None:
    program = Client(enforce_csrf_checks=True, headers={"Authorization": "Bearer dyl_x"})
    answer = getattr(program, method)("/api/v1/no-such-thing/")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


# --- headers


@pytest.mark.parametrize("address", ["/admin/", "/api/docs/"])
def test_pages_of_libraries_load_nothing_from_elsewhere(address: str) -> None:
    policy = staff("owner").get(address)["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "object-src 'none'" in policy
    assert "http" not in policy and "*" not in policy


def test_with_tls_browsers_are_told_to_stay_with_it(client: Client) -> None:
    code = "from dylumo_site import settings; print(settings.SECURE_HSTS_SECONDS)"
    for environment, seconds in (
        ({}, 0),
        ({"DYLUMO_TLS": "1"}, 30 * 86400),
        ({"DYLUMO_TLS": "1", "DYLUMO_HSTS_DAYS": "0"}, 0),
    ):
        said = subprocess.run(
            [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True, check=True
        )
        assert int(said.stdout) == seconds


def test_the_header_is_sent_over_tls_only(client: Client, settings: LazySettings) -> None:
    settings.SECURE_HSTS_SECONDS = 86400
    assert Client().get("/", secure=True)["Strict-Transport-Security"] == "max-age=86400"
    assert "Strict-Transport-Security" not in Client().get("/").headers


def test_pages_about_somebody_stay_in_no_cache(client: Client, ada: User) -> None:
    for address in ("/", "/lists/", "/accounts/my-data/"):
        assert "no-store" in client.get(address)["Cache-Control"], address
    assert "no-store" not in Client().get("/").get("Cache-Control", "")


# --- who may do what


def test_reviewers_do_not_see_reports_analysts_and_owners_do() -> None:
    assert {role: staff(role).get("/reports/").status_code for role in roles.ROLES} == {
        "owner": 200,
        "analyst": 200,
        "reviewer": 404,
    }


@pytest.mark.parametrize("way", ["one", "several"])
def test_an_owner_deletes_a_person_with_everything_of_theirs(way: str, django_capture_on_commit_callbacks: Any) -> None:
    person, owner = UserFactory(), staff("owner")
    picture = PictureFactory(owner=person)
    picture.file.save("beach.jpg", ContentFile(b"a photo"))
    path = picture.file.path
    turn = TurnFactory(conversation__owner=person, picture=picture)
    playlist = PlaylistFactory(owner=person)
    item = PlaylistItemFactory(playlist=playlist)
    ReactionFactory(owner=person, track=item.track)
    kept = UserFactory()
    with django_capture_on_commit_callbacks(execute=True):
        if way == "one":
            answer = owner.post(reverse("admin:accounts_user_delete", args=[person.pk]), {"post": "yes"})
        else:
            chosen = {"action": "delete_selected", "_selected_action": [person.pk], "post": "yes"}
            answer = owner.post(reverse("admin:accounts_user_changelist"), chosen)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    assert not User.objects.filter(pk=person.pk).exists() and User.objects.filter(pk=kept.pk).exists()
    assert not Conversation.objects.filter(pk=turn.conversation_id).exists() and not Picture.objects.exists()
    assert not Path(path).exists()


# --- settings and logs


def test_no_keyless_service_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYLUMO_KEYLESS", "")
    assert env.words("DYLUMO_KEYLESS", ["deezer"], may_be_none=True) == []
    monkeypatch.delenv("DYLUMO_KEYLESS")
    assert env.words("DYLUMO_KEYLESS", ["deezer"], may_be_none=True) == ["deezer"]


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("Internal Server Error: /together/AbC_123-secret/join/", "/together/…/join/"),
        ("GET /s/AbC_123-secret/ 500", "/s/…/ 500"),
        ("GET /study/AbC_123-secret/photo/3/", "/study/…/photo/3/"),
        ("/accounts/signup/?invitation=AbC_123-secret&next=/", "?invitation=…&next=/"),
        ("/callback/?code=AbC_123-secret", "?code=…"),
        ("GET /embed/AbC_123-secret/ 500", "/embed/…/ 500"),
        ("Internal Server Error: /accounts/password/reset/key/1-AbC_123-secret/", "/password/reset/key/…/"),
        ("Internal Server Error: /accounts/confirm-email/AbC_123-secret/", "/confirm-email/…/"),
    ],
)
def test_no_live_invitation_stands_in_a_log(
    line: str, kept: str, settings: LazySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    """Through the handler that every line goes through, with a traceback that names the address, too."""
    log = configured_logger(settings)
    try:
        raise ValueError(line)
    except ValueError:
        log.exception("%s", line)
    told = capsys.readouterr().err
    assert kept in told and "ValueError" in told
    assert "AbC_123-secret" not in told


def test_a_line_that_cannot_be_written_harms_nobody(settings: LazySettings, capsys: pytest.CaptureFixture[str]) -> None:
    configured_logger(settings).warning("%d songs", "many")
    assert "many" in capsys.readouterr().err


def configured_logger(settings: LazySettings) -> logging.Logger:
    """A logger with the handler of the settings, made anew so that it writes to the stream of this test."""
    told = deepcopy(settings.LOGGING)  # it is used up by being read
    line = logging.config.DictConfigurator(told).configure_formatter(told["formatters"]["line"])
    handler = logging.StreamHandler()
    handler.setFormatter(line)
    log = logging.Logger("dylumo.test")
    log.addHandler(handler)
    assert settings.LOGGING["root"]["handlers"] == ["stderr"]
    assert settings.LOGGING["handlers"]["stderr"]["formatter"] == "line"
    return log
