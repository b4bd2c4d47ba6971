"""The parts apart: two web processes, two workers and a scheduler, each with a home of its own as on five machines,
against one PostgreSQL, one Redis and one bucket."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from django.core.cache import cache
from django.db import connection, transaction
from redis import Redis
from websockets.sync.client import connect

from agents.conversations import turns
from agents.models import Turn
from core import home
from dylumo_site import preparation
from dylumo_site.ops import presence
from recommender.models import Picture
from tests.factories import TrackFactory
from tests.local_server import speaking_s3
from tests.recommender.photos import encoded, seaside
from tests.site.site_copy import Copy, eventually

PATIENCE = 240
"""Seconds for anything on a busy machine; nothing here waits that long on an idle one."""


class Machine(Copy):
    """A home of its own, and one part in it."""

    def __init__(self, folder: Path, shared: dict[str, str]) -> None:
        super().__init__(folder)
        folder.mkdir()
        self.environment |= shared

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def part(self, *arguments: str) -> subprocess.Popen[str]:
        return self.start("-m", "dylumo_site", *arguments)

    def ended(self) -> tuple[int, str]:
        """Its part's status and what it said, once it has ended."""
        said, _ = self.started[-1].communicate(timeout=PATIENCE)
        return self.started[-1].returncode, said


@pytest.fixture
def machine(settings: Any) -> Iterator[Callable[[str], Machine]]:
    """Makes machines that share the tests' database and Redis, and a bucket."""
    there = connection.settings_dict
    with ExitStack() as stack, Redis.from_url(settings.REDIS_URL) as redis:
        store = stack.enter_context(speaking_s3())
        options = {"endpoint_url": store, "region_name": "us-east-1"}
        boto3.client("s3", aws_access_key_id="key", aws_secret_access_key="secret", **options).create_bucket(
            Bucket="photos"
        )
        redis.flushdb()
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dylumo-split-")))
        (folder / "secret_key").write_text(settings.SECRET_KEY)
        (folder / "token_keys").write_text("\n".join(home.token_keys()))
        shared = {
            "DATABASE_URL": f"postgresql://{there['USER']}@/{there['NAME']}?host={there['HOST']}",
            "REDIS_URL": settings.REDIS_URL,
            "DYLUMO_SECRET_KEY_FILE": str(folder / "secret_key"),
            "DYLUMO_TOKEN_KEYS_FILE": str(folder / "token_keys"),
            "DYLUMO_S3_BUCKET": "photos",
            "DYLUMO_S3_ENDPOINT": store,
            "DYLUMO_S3_KEY": "key",
            "DYLUMO_S3_SECRET": "secret",
            "DYLUMO_LOG": "json",
        }
        made: list[Machine] = []

        def make(name: str) -> Machine:
            made.append(Machine(folder / name, shared))
            return made[-1]

        yield make
        for process in (process for one in made for process in one.started):
            process.kill()
            process.communicate()
        redis.flushdb()


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/web/", timeout=5, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def living(redis: Redis, *serves: str) -> int:
    return sum(one.serves == serves for one in presence.living(redis))


@pytest.mark.parametrize("missing", ["DATABASE_URL", "REDIS_URL", "DYLUMO_SECRET_KEY", "DYLUMO_TOKEN_KEYS"])
def test_a_part_alone_starts_no_engine_and_makes_no_key_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str
) -> None:
    monkeypatch.setenv("DYLUMO_HOME", str(tmp_path))
    shared = {**preparation.SHARED_ENGINES, **preparation.SHARED_KEYS}
    for name in shared:
        monkeypatch.setenv(name, "something")
    preparation.mind_the_others()
    monkeypatch.delenv(missing)
    with pytest.raises(home.ServiceError, match=f"{missing} is not set"):
        preparation.mind_the_others()
    assert not any(tmp_path.iterdir())
    if missing in preparation.SHARED_KEYS:
        (tmp_path / preparation.SHARED_KEYS[missing]).write_text("a key that the home has")
        preparation.mind_the_others()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_photo_given_at_one_web_process_is_seen_at_the_other_although_its_worker_is_killed(
    machine: Callable[[str], Machine], settings: Any
) -> None:
    for step in range(36):
        TrackFactory(profile__valence=(step % 6 + 0.5) / 6, profile__arousal=(step // 6 + 0.5) / 6)
    webs, workers = [machine("web1"), machine("web2")], [machine("worker1"), machine("worker2")]
    clock = machine("clock")
    for web in webs:
        web.part("web")
    for worker in workers:
        worker.part("worker", "--queue", "models,default")
    clock.part("scheduler")
    with Redis.from_url(settings.REDIS_URL) as redis:
        assert eventually(lambda: all(answers(web.url) for web in webs), PATIENCE)
        assert eventually(lambda: living(redis, "default", "models") == 2 and living(redis) == 1, PATIENCE)

    visitor = httpx.Client(base_url=webs[0].url, timeout=PATIENCE, trust_env=False)
    visitor.get("/").raise_for_status()
    headers = {"X-CSRFToken": visitor.cookies["csrftoken"], "Accept": "application/json"}
    photo = {"picture": ("beach.jpg", encoded(seaside()), "image/jpeg")}
    with no_list_written():  # whoever takes the turn is midway for as long as we want
        words = {"text": "a calm day by the sea"}
        assert visitor.post("/start/", data=words, files=photo, headers=headers).status_code == 201
        assert eventually(lambda: any(map(at_work, workers)), PATIENCE)
        (lost,) = filter(at_work, workers)
        lost.started[-1].kill()
        lost.started[-1].wait()

    turn = Turn.objects.get()
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    address = f"ws://127.0.0.1:{webs[1].port}/ws/conversations/{turn.conversation_id}/"
    kinds: list[str] = []
    with connect(address, additional_headers={"Cookie": cookies, "Origin": webs[1].url}, proxy=None) as line:
        while not kinds or kinds[-1] not in {"turn.done", "turn.failed"}:
            kinds.append(json.loads(line.recv(timeout=PATIENCE))["kind"])
    assert kinds[-1] == "turn.done" and kinds.count("tracks") >= 1
    turn.refresh_from_db()
    assert (turn.state, turn.attempts) == (Turn.State.DONE, 2)

    (picture,) = Picture.objects.all()
    address = f"{webs[1].url}/pictures/{picture.pk}/thumb/"
    shown = httpx.get(address, cookies=dict(visitor.cookies), timeout=PATIENCE, trust_env=False)
    assert shown.status_code == 200 and shown.content.startswith(b"\xff\xd8")
    assert httpx.get(address, timeout=PATIENCE, trust_env=False).status_code == 404, "a stranger"
    assert not any((one.folder / "media").exists() for one in (*webs, *workers)), "photos are in the bucket only"
    assert_each_ends_what_it_is_at(webs[0], next(one for one in workers if one is not lost), clock, visitor, headers)


def assert_each_ends_what_it_is_at(
    web: Machine, worker: Machine, clock: Machine, visitor: httpx.Client, headers: dict[str, str]
) -> None:
    """By SIGTERM: a worker its turn, a web process the request that is half said."""
    with no_list_written():
        assert visitor.post("/start/", data={"text": "a calm evening"}, headers=headers).status_code == 201
        assert eventually(lambda: at_work(worker), PATIENCE)
        worker.started[-1].send_signal(signal.SIGTERM)
    with socket.create_connection(("127.0.0.1", web.port), timeout=PATIENCE) as line:
        line.sendall(b"POST /api/v1/conversations/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n")
        line.sendall(b"Content-Type: application/json\r\nExpect: 100-continue\r\n\r\n")
        assert line.recv(1000).startswith(b"HTTP/1.1 100 "), "it waits for the rest"
        web.started[-1].send_signal(signal.SIGTERM)
        assert eventually(lambda: not answers(web.url), PATIENCE), "it takes nobody new"
        line.sendall(b"{}")
        assert line.recv(1000).startswith(b"HTTP/1.1 4"), "its asker has no session and is told so"
    clock.started[-1].send_signal(signal.SIGTERM)
    for one in (worker, web, clock):
        status, said = one.ended()
        assert status in (0, -signal.SIGTERM), said  # uvicorn ends in order, and then by the signal it was sent
    turn = Turn.objects.get(text="a calm evening")
    assert (turn.state, turn.attempts) == (Turn.State.DONE, 1)


@contextmanager
def no_list_written() -> Iterator[None]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("LOCK TABLE recommender_playlist IN SHARE MODE")
        yield


def at_work(worker: Machine) -> bool:
    name = f"models-default@{home.whereabouts(worker.folder)}"
    return cache.get(turns.AT_WORK.format(worker=name)) is not None
