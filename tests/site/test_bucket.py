"""Photos and songs in a bucket: the same site, with nothing of theirs on the disk (moto's server speaks S3)."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts import privacy
from accounts.models import User
from agents.conversations import quotas, run_turn, turns
from agents.planner import Decision, Situation
from core.storage import on_disk
from dylumo_site import bucket, health, tasks
from dylumo_site.bucket import Bucket, StoreAway
from dylumo_site.ops import backup, restore
from recommender.library import photos
from recommender.library.jobs import runner
from recommender.models import LibraryJob
from tests.factories import UserFactory
from tests.local_server import speaking_s3
from tests.recommender.photos import encoded, painted
from tests.recommender.sounds import write_wav

pytestmark = pytest.mark.django_db

PHOTO = encoded(painted(320, 200))
HISTORY = b'[{"endTime":"2024-03-01 12:00","artistName":"Nina Simone","trackName":"Sinnerman","msPlayed":300000}]'


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with speaking_s3() as address:
        yield address


@pytest.fixture(autouse=True)
def store(server: str, settings: LazySettings) -> Iterator[Any]:
    """A bucket of its own for each test, as the site's storage; what boto3 sees in it."""
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    there = boto3.resource("s3", endpoint_url=server, **keys).Bucket(f"photos-{uuid.uuid4()}")
    there.create()
    options = {"bucket_name": there.name, "endpoint_url": server, "access_key": "key", "secret_key": "secret"}
    options |= {"region_name": "us-east-1"}
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "dylumo_site.bucket.Bucket", "OPTIONS": options}}
    yield there
    there.objects.delete()
    there.delete()


@pytest.fixture
def away(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens where the bucket was."""
    monkeypatch.setattr(bucket, "CONNECT_SECONDS", 1)
    monkeypatch.setattr(bucket, "TRIES", 1)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    told = settings.STORAGES["default"]
    options = told["OPTIONS"] | {"endpoint_url": f"http://127.0.0.1:{port}"}
    settings.STORAGES = settings.STORAGES | {"default": told | {"OPTIONS": options}}


def names(store: Any) -> list[str]:
    return sorted(one.key for one in store.objects.all())


def sign_in(client: Client, person: User) -> Client:
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_photo_is_kept_there_shown_to_its_owner_alone_and_gone_when_it_is_forgotten(
    client: Client, store: Any, settings: LazySettings, django_capture_on_commit_callbacks: Any
) -> None:
    owner = UserFactory()
    picture = photos.store_picture(owner, PHOTO, "beach.jpg")
    assert names(store) == [f"pictures/{picture.pk}-small.jpg", f"pictures/{picture.pk}.jpg"]
    assert not Path(settings.MEDIA_ROOT).exists()

    address = f"/pictures/{picture.pk}/thumb/"
    shown = sign_in(client, owner).get(address)
    assert shown.status_code == 200 and shown.content == store.Object(picture.thumbnail.name).get()["Body"].read()
    assert sign_in(Client(), UserFactory()).get(address).status_code == 404, "a stranger"
    assert Client().get(address).status_code == 404
    acl = store.Object(picture.file.name).Acl()
    assert [one["Permission"] for one in acl.grants] == ["FULL_CONTROL"], "nobody but the bucket's owner"

    with django_capture_on_commit_callbacks(execute=True):
        privacy.forget(owner)
    assert names(store) == []
    assert sign_in(client, UserFactory()).get(address).status_code == 404


def test_agents_read_photos_and_songs_from_there_and_leave_no_copy(store: Any, tmp_path: Path) -> None:
    owner = UserFactory()
    song = write_wav(tmp_path / "song.wav").read_bytes()
    turn = turns.start(owner, pictures=[photos.store_picture(owner, PHOTO)], sound=("song.wav", song))
    order = run_turn._order(turn, Decision(kind="recommend"), Situation())
    (photo,) = order.pictures
    assert photo.read_bytes() == store.Object(turn.picture.file.name).get()["Body"].read()
    assert photo.name.endswith(".jpg")
    assert order.sound is not None
    with on_disk(order.sound) as copy:
        assert copy.read_bytes() == song and copy.suffix == ".wav"
    assert not copy.exists()


def test_what_a_person_keeps_there_counts_and_is_asked_for_once(
    store: Any, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = UserFactory()
    photos.store_picture(owner, PHOTO)
    kept = sum(one.size for one in store.objects.all())
    assert quotas.taken(owner) == kept > 0
    monkeypatch.setattr(Bucket, "size", None)
    assert quotas.taken(owner) == kept


def test_an_uploaded_history_waits_there_for_whichever_worker_comes(client: Client, store: Any) -> None:
    owner = UserFactory()
    upload = SimpleUploadedFile("history.json", HISTORY, "application/json")
    sign_in(client, owner).post("/library/history/", {"history": upload})
    job = LibraryJob.objects.get(kind=LibraryJob.Kind.HISTORY)
    assert names(store) == [job.argument] and job.argument.startswith("exports/")
    runner.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.counts["added"]) == (LibraryJob.State.DONE, 1)
    assert names(store) == []


def test_a_bucket_that_is_away_is_said_and_not_taken_for_a_deleted_photo(
    client: Client, store: Any, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = UserFactory()
    picture = photos.store_picture(owner, PHOTO)
    assert next(part for part in health.examine() if part.name == "store").ok
    request.getfixturevalue("away")
    answer = sign_in(client, owner).get(f"/pictures/{picture.pk}/full/", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "store_away")
    upload = SimpleUploadedFile("beach.jpg", encoded(painted(90, 60)), "image/jpeg")
    answer = client.post("/start/", {"picture": upload}, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "store_away")
    part = next(part for part in health.examine() if part.name == "store")
    assert not part.ok and not part.vital and "DYLUMO_S3_ENDPOINT" in part.cure


def test_what_is_forgotten_while_it_is_away_is_deleted_once_it_is_back(
    store: Any, settings: LazySettings, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = photos.store_picture(UserFactory(), PHOTO)
    here, later = settings.STORAGES, []
    monkeypatch.setattr(
        bucket.current_app, "send_task", lambda name, told, **options: later.append((name, *told)), raising=False
    )
    request.getfixturevalue("away")
    photos.forget_picture(picture)
    assert [name for name, _ in later] == [tasks.delete_file.name] * 2
    with pytest.raises(StoreAway):
        tasks.delete_file.run(later[0][1])
    settings.STORAGES = here
    assert len(names(store)) == 2
    for _, file in later:
        tasks.delete_file.run(file)
    assert names(store) == []


def test_a_backup_takes_them_along_and_a_restore_puts_them_where_they_are_kept(
    store: Any, settings: LazySettings, tmp_path: Path
) -> None:
    photos.store_picture(UserFactory(), PHOTO)
    kept = {one.key: one.get()["Body"].read() for one in store.objects.all()}
    settings.HOME = tmp_path
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "of-before.jpg").write_bytes(b"from before the bucket")
    assert sorted(backup.kept_elsewhere()) == sorted(kept)
    assert "media" not in backup._folders()

    draft = tmp_path / "draft" / "media"
    for name, content in kept.items():
        (draft / name).parent.mkdir(parents=True, exist_ok=True)
        (draft / name).write_bytes(content)
    (tmp_path / "media" / "of-before.jpg").unlink()
    with pytest.raises(restore.NotEmpty, match="bucket"):
        restore.refuse_full_home()
    store.objects.delete()
    restore.refuse_full_home()
    restore._upload(draft)
    assert {one.key: one.get()["Body"].read() for one in store.objects.all()} == kept
    assert not draft.exists()
