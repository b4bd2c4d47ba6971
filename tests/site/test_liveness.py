"""Probes of the tree's programs: what hangs is told from what lives, and from what nobody can know."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from redis import Redis

from dylumo_site.ops import liveness, presence
from tests.local_server import Quiet, answering


@pytest.fixture
def redis(settings: Any) -> Iterator[Redis]:
    with Redis.from_url(settings.REDIS_URL) as redis:
        yield redis
        redis.delete(KEY)


KEY = presence.KEY.format(name=presence.full_name("worker-in-test"))


def say(redis: Redis, pid: int) -> None:
    redis.set(KEY, json.dumps({"pid": pid, "serves": []}))


def test_a_worker_lives_while_it_says_so_itself(redis: Redis) -> None:
    probe, mine = liveness.beats("worker-in-test"), os.getpgid(os.getpid())
    assert probe(mine) is False, "nothing said"
    say(redis, os.getpid())
    assert probe(mine) is True
    assert probe(mine + 1) is False, "an earlier process of this name said it"
    say(redis, 2**22 + 1)
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


def test_a_workers_name_in_its_home_is_free_again_when_it_is_gone(tmp_path: Any) -> None:
    code = "from core import home; print(home.take_free_slot('models'), home.take_slot('models'), flush=True); input()"
    there = {**os.environ, "DYLUMO_HOME": str(tmp_path)}

    def begun() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", code], env=there, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def called(process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        return process.stdout.readline().split()[0]

    first, second = begun(), None
    try:
        assert called(first) == "models"
        second = begun()
        assert called(second) == "models2"
        first.kill()
        first.communicate()
        third = begun()
        assert called(third) == "models"
        third.communicate("\n")
    finally:
        for process in filter(None, (first, second)):
            process.kill()
            process.communicate()
