"""Probes of the tree's programs: what hangs is told from what lives, and from what nobody can know."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from redis import Redis

from dylumo_site import health
from dylumo_site.celery import HEARTBEAT_KEY
from dylumo_site.ops import liveness
from tests.local_server import Quiet, answering


@pytest.fixture
def redis(settings: Any) -> Iterator[Redis]:
    with Redis.from_url(settings.REDIS_URL) as redis:
        yield redis
        redis.delete(*(HEARTBEAT_KEY.format(name=name) for name in ("worker-in-test", "models", "models2")))


def say(redis: Redis, name: str, pid: int, at: float = 0.0) -> None:
    redis.set(HEARTBEAT_KEY.format(name=name), json.dumps({"pid": pid, "at": at}))


def test_a_worker_lives_while_it_says_so_itself(redis: Redis) -> None:
    probe, mine = liveness.beats("worker-in-test"), os.getpgid(os.getpid())
    assert probe(mine) is False, "nothing said"
    say(redis, "worker-in-test", os.getpid())
    assert probe(mine) is True
    assert probe(mine + 1) is False, "an earlier process of this name said it"
    say(redis, "worker-in-test", 2**22 + 1)
    assert probe(mine) is False, "a process that is gone said it"


def test_without_redis_no_worker_is_held_to_hang(settings: Any, tmp_path: Any) -> None:
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    assert liveness.beats("worker-in-test")(1) is None


@pytest.mark.parametrize("status", [200, 503])
def test_any_answer_of_the_web_process_is_a_sign_of_life(settings: Any, status: int) -> None:
    class Handler(Quiet):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

    with answering(Handler) as address:
        settings.ADDRESS, settings.PORT = "0.0.0.0", urlsplit(address).port
        assert liveness.web_answers(1) is True


def test_a_web_process_that_takes_connections_and_says_nothing_is_none(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(liveness, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.ADDRESS, settings.PORT = "127.0.0.1", silent.getsockname()[1]
        assert liveness.web_answers(1) is False


@pytest.mark.django_db
def test_one_of_two_workers_that_make_lists_is_enough(redis: Redis, settings: Any) -> None:
    settings.MODEL_WORKERS = 2
    assert health.model_workers() == ["models", "models2"]
    say(redis, "models2", os.getpid())
    assert next(part for part in health.examine() if part.name == "worker models").ok
    redis.delete(HEARTBEAT_KEY.format(name="models2"))
    assert not next(part for part in health.examine() if part.name == "worker models").ok
