"""The health page: what works, what does not, and the cure, for people and for programs."""

from __future__ import annotations

import shutil
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import OperationalError, connection
from django.test import Client
from redis import Redis

from dylumo_site import health
from dylumo_site.ops import presence
from recommender.models import LibraryJob, Track

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def workers(settings: LazySettings) -> Iterator[Redis]:
    """Both workers and the scheduler have just said that they live."""
    with Redis.from_url(settings.REDIS_URL) as redis:
        for name in (*health.WORKERS, presence.SCHEDULER):
            presence.say_alive(redis, name, {name} & set(health.WORKERS))
        yield redis
        redis.delete(
            *(presence.KEY.format(name=name.decode()) for name in redis.smembers(presence.NAMES)), presence.NAMES
        )


def report(client: Client) -> tuple[int, str, dict[str, dict[str, Any]]]:
    answer = client.get("/health/")
    body = answer.json()
    return answer.status_code, body["status"], {part["name"]: part for part in body["parts"]}


def test_all_is_well_with_services_workers_and_music(client: Client) -> None:
    Track.objects.create(source=Track.Source.DEMO, title="Tide")
    status, state, parts = report(client)
    assert (status, state) == (200, "ok")
    assert "pgvector" in parts["database"]["finding"]
    assert parts["redis"]["finding"].startswith("Redis ")
    assert parts["music"]["finding"] == "1 tracks"
    assert not any(part["cure"] for part in parts.values())


def test_an_empty_catalogue_is_a_problem_that_names_its_cure_but_not_vital(client: Client) -> None:
    status, state, parts = report(client)
    assert (status, state) == (200, "degraded")
    assert "bin/run" in parts["music"]["cure"]


@pytest.mark.parametrize("name", ["default", "models"])
def test_a_silent_worker_is_down(client: Client, workers: Redis, name: str) -> None:
    workers.delete(presence.KEY.format(name=name))
    status, state, parts = report(client)
    assert (status, state) == (503, "down")
    assert not parts[f"worker {name}"]["ok"]
    assert parts[f"worker {name}"]["cure"]


def test_without_a_scheduler_the_site_is_degraded(client: Client, workers: Redis) -> None:
    workers.delete(presence.KEY.format(name=presence.SCHEDULER))
    status, state, parts = report(client)
    assert (status, state) == (200, "degraded")
    assert parts["scheduler"]["cure"]
    assert workers.sismember(presence.NAMES, presence.SCHEDULER) == 0, "who is gone is forgotten"


def test_workers_of_several_machines_are_counted_and_one_of_them_is_enough(client: Client, workers: Redis) -> None:
    presence.say_alive(workers, "models@there", ["models"])
    presence.say_alive(workers, "both@elsewhere", ["models", "default"])
    workers.delete(presence.KEY.format(name="models"))
    status, _, parts = report(client)
    assert status == 200
    assert parts["worker models"]["finding"].startswith("2 of them, the last alive ")


def test_a_balancer_asks_a_web_process_for_what_it_needs_itself(
    client: Client, workers: Redis, settings: LazySettings, tmp_path: Path
) -> None:
    workers.delete(presence.KEY.format(name="models"))
    assert client.get("/health/web/").json() == {"status": "ok"}, "workers are not its business"
    settings.REDIS_URL = f"unix://{tmp_path / 'nobody.sock'}"
    answer = client.get("/health/web/")
    assert (answer.status_code, answer.json()) == (503, {"status": "down"})


def test_without_redis_the_page_still_answers(client: Client, settings: LazySettings, tmp_path: Path) -> None:
    settings.REDIS_URL = f"unix://{tmp_path / 'nobody.sock'}"
    status, state, parts = report(client)
    assert (status, state) == (503, "down")
    assert parts["redis"]["finding"] == "does not answer"


def test_without_the_database_the_page_still_answers_even_to_someone_signed_in(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise OperationalError("connection refused: host=10.0.0.7 user=secret")

    monkeypatch.setattr(connection, "cursor", fail)
    client.cookies["sessionid"] = "someone"
    answer = client.get("/health/", headers={"accept": "text/html"})
    assert answer.status_code == 503
    text = answer.content.decode()
    assert "Something vital is down" in text
    assert "secret" not in text
    assert "10.0.0.7" not in text


def test_little_disk_space_is_told_before_it_is_gone(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**10, 10**10 - 1000, 1000))
    _, _, parts = report(client)
    assert not parts["disk"]["ok"]
    assert "Free some space" in parts["disk"]["cure"]


def test_the_tier_in_use_follows_what_is_on_disk(
    client: Client, settings: LazySettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from recommender.perception.images import built_in
    from recommender.perception.weights.manifest import files_of

    monkeypatch.setenv("DYLUMO_MODEL_DIR", str(tmp_path))
    assert report(client)[2]["models"]["finding"].startswith("pictures built in, sound basic")
    monkeypatch.setattr(built_in, "available", lambda: False)
    assert report(client)[2]["models"]["finding"].startswith("pictures basic, sound basic")
    settings.MODEL_TIER = "lite"
    assert not report(client)[2]["models"]["ok"]
    for file in files_of("pictures"):
        weights = tmp_path / file.name
        weights.parent.mkdir(parents=True, exist_ok=True)
        weights.write_bytes(b"weights")
    assert report(client)[2]["models"]["finding"].startswith("pictures lite, sound basic")


def test_the_models_are_listed_with_their_version_and_licence(client: Client) -> None:
    listed = client.get("/health/").json()["models"]
    assert {"file", "state", "version", "licence", "publisher", "what"} == set(listed[0])
    assert "YOLOX-nano" in client.get("/health/", headers={"accept": "text/html"}).content.decode()


def test_running_jobs_are_shown_with_their_progress(client: Client) -> None:
    LibraryJob.objects.create(kind=LibraryJob.Kind.SCAN, state=LibraryJob.State.RUNNING, done=3, total=9)
    assert report(client)[2]["jobs"]["finding"] == "scan a folder (3 of 9)"


def test_people_get_a_page_and_nobody_stores_it(client: Client) -> None:
    answer = client.get("/health/", headers={"accept": "text/html,*/*"})
    assert answer["Content-Type"].startswith("text/html")
    assert answer["Cache-Control"] == "no-store"
    assert "no tracks yet" in answer.content.decode()


def test_a_sign_of_life_looks_at_nothing_that_could_hang(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        answer = client.get(health.ALIVE)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
