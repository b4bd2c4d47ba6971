"""The site as an app on a phone: manifest, service worker, the page without a network, photos from the share sheet."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from accounts.models import User
from agents.models import Turn
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def photo() -> SimpleUploadedFile:
    data = io.BytesIO()
    Image.new("RGB", (64, 48), "orange").save(data, "JPEG")
    return SimpleUploadedFile("photo.jpg", data.getvalue(), "image/jpeg")


def test_the_manifest_names_icons_that_are_there_in_the_sizes_it_says(client: Client) -> None:
    response = client.get("/app.webmanifest")
    assert response["Content-Type"] == "application/manifest+json"
    told = json.loads(response.content)
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in told["icons"] if icon["purpose"] == "any"}
    assert any(icon["purpose"] == "maskable" for icon in told["icons"])
    for icon in told["icons"]:
        found = finders.find(icon["src"].removeprefix("/static/"))
        assert found
        with Image.open(str(found)) as image:
            assert "x".join(map(str, image.size)) == icon["sizes"]
    assert told["share_target"]["action"] == "/share/"
    assert b'rel="manifest" href="/app.webmanifest"' in client.get("/").content


def test_the_service_worker_keeps_files_that_are_there_under_a_name_of_their_content(client: Client) -> None:
    told = client.get("/sw.js")
    assert told["Content-Type"].startswith("text/javascript") and "no-cache" in told["Cache-Control"]
    script = told.content.decode()
    files = json.loads('["/offline/"' + script.split("const FILES = [OFFLINE")[1].split("]")[0] + "]")
    assert "/static/dylumo.css" in files and 'OFFLINE = "/offline/"' in script
    for file in files[1:]:
        assert (Path(settings.STATICFILES_DIRS[0]) / file.removeprefix("/static/")).is_file()
    assert "{{" not in script and "{%" not in script


def test_pages_say_whose_they_are_without_telling_who(client: Client) -> None:
    ada, bob = UserFactory(), UserFactory()
    assert client.get("/")["Dylumo-Viewer"] == "nobody"
    told = set()
    for person in (ada, bob):
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        told.add(client.get("/lists/")["Dylumo-Viewer"])
    assert len(told) == 2 and not any(str(ada.pk) == one or (ada.email or "") in one for one in told)
    assert "Dylumo-Viewer" not in client.get("/app.webmanifest")


def test_the_page_without_a_network_names_nobody(client: Client) -> None:
    client.force_login(ada := UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    assert str(ada.email) not in client.get("/offline/").content.decode()


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.conversations.turns.enqueue", lambda _turn: None)


@pytest.mark.usefixtures("queued")
def test_a_photo_from_the_share_sheet_becomes_a_list() -> None:
    client = Client(enforce_csrf_checks=True)
    sent = client.post("/share/", {"picture": photo(), "text": ""}, headers={"Sec-Fetch-Site": "none"})
    turn = Turn.objects.get()
    assert sent.status_code == 302 and sent["Location"] == f"/c/{turn.conversation_id}/"
    assert turn.picture
    assert client.get(sent["Location"]).status_code == 200
    assert client.get("/share/")["Location"] == "/"


@pytest.mark.parametrize("site", ["cross-site", "same-site", ""])
def test_another_site_cannot_send_a_photo_in_somebodys_name(site: str) -> None:
    sent = Client().post("/share/", {"picture": photo()}, headers={"Sec-Fetch-Site": site} if site else {})
    assert sent.status_code == 403
    assert not Turn.objects.exists() and not User.objects.exists()
