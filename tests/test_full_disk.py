"""A full disk: it is said, with its cure; nothing half-written stays, and the health page tells."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections import namedtuple
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, filesystem
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client, RequestFactory

from agents.models import Conversation
from core.errors import expected
from core.home import keep
from core.http import ErrorMiddleware
from dylumo_site import health
from dylumo_site.body_limit import BodyLimit
from recommender.models import Picture
from tests.recommender.photos import encoded, painted

ROOM = 1000
"""Bytes that still fit."""


class Full:
    """A file of a disk with little room left."""

    def __init__(self, file: Any) -> None:
        self.file, self.left = file, ROOM

    def write(self, data: bytes) -> int:
        self.file.write(data[: self.left])
        self.left -= len(data)
        if self.left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return len(data)

    def close(self) -> None:
        self.file.close()

    def __enter__(self) -> Full:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.fdopen
    monkeypatch.setattr(filesystem.os, "fdopen", lambda *args, **options: Full(opened(*args, **options)))


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/start/", "/api/v1/conversations/"])
def test_an_upload_that_does_not_fit_is_answered_507_and_leaves_nothing(
    client: Client, full_disk: None, settings: Any, address: str
) -> None:
    picture = SimpleUploadedFile("beach.jpg", encoded(painted(600, 400)), "image/jpeg")
    answer = client.post(address, {"picture": picture}, headers={"Accept": "application/json"})
    assert answer.status_code == 507, answer.content
    said = answer.json()["error"]
    assert said["code"] == "disk_full" and "free some space" in said["hint"]
    assert files(Path(settings.MEDIA_ROOT)) == []
    assert not Picture.objects.exists() and not Conversation.objects.exists()


def test_what_can_be_worked_out_again_takes_no_room_when_it_does_not_fit(tmp_path: Path, full_disk: None) -> None:
    keep(tmp_path / "cache" / "one.json", bytes(ROOM + 1))
    assert files(tmp_path) == []
    keep(tmp_path / "cache" / "one.json", bytes(ROOM))
    assert [path.name for path in files(tmp_path)] == ["one.json"]


def test_a_file_stands_under_its_name_only_when_it_is_whole(settings: Any, full_disk: None) -> None:
    with pytest.raises(OSError, match="No space left"):
        default_storage.save("photos/one.jpg", ContentFile(bytes(ROOM + 1)))
    assert files(Path(settings.MEDIA_ROOT)) == []
    name = default_storage.save("photos/one.jpg", ContentFile(bytes(ROOM)))
    assert [path.name for path in files(Path(settings.MEDIA_ROOT))] == ["one.jpg"]
    assert name == "photos/one.jpg" and default_storage.size(name) == ROOM
    assert default_storage.save("photos/one.jpg", ContentFile(b"other")) != name


def test_a_database_without_room_says_the_same() -> None:
    error = OperationalError("could not extend file")
    error.__cause__ = psycopg.errors.DiskFull("could not extend file")
    said = expected(error)
    assert said is not None and said.code == "disk_full"
    assert expected(OperationalError("something else")) is None
    request = RequestFactory().get("/", headers={"Accept": "application/json"})
    answer = ErrorMiddleware(lambda _: None).process_exception(request, error)  # type: ignore[arg-type, return-value]
    assert answer is not None and answer.status_code == 507


async def test_a_body_that_cannot_be_spooled_is_answered_too() -> None:
    async def app(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await BodyLimit(app)({"type": "http", "path": "/start/", "headers": []}, None, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 507 and b"no room left" in sent[1]["body"]


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["home", "temporary files"])
def test_the_health_page_is_down_when_a_disk_is_full(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings: Any, where: str
) -> None:
    usage = namedtuple("usage", "total used free")
    place = {"home": Path(settings.HOME), "temporary files": Path(tempfile.gettempdir())}[where]
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(0, 0, 1000 if Path(path) == place else 10**12))
    part = next(part for part in health.examine() if part.name == "disk")
    assert (part.ok, part.vital, part.finding) == (False, True, "full")
    assert client.get("/health/").status_code == 503
