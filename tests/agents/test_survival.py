"""A turn outlives its worker and Redis: real processes, really killed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from tests.browser.conftest import FILL
from tests.site.site_copy import Copy, eventually, kill, own_copy

ASK = """
import os, django; os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dylumo_site.settings"); django.setup()
from accounts.models import User
from agents.conversations import turns
print(turns.start(User.objects.create_guest(), text="a quiet evening by the lake").pk)
"""
LOOK = """
import json, os, django; os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dylumo_site.settings"); django.setup()
from agents.models import Turn
from agents.conversations.events import after
from recommender.models import Playlist
turn = Turn.objects.get(pk={turn!r})
frames = after(turn.conversation_id, 0)
print(json.dumps(dict(state=turn.state, attempts=turn.attempts, lists=Playlist.objects.filter(
    owner=turn.conversation.owner).count(), answer=turn.answer, kinds=[f["kind"] for f in frames],
    numbers=[f["seq"] for f in frames])))
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Copy]:
    with own_copy() as copy:
        copy.up()
        copy.python(FILL)
        yield copy


def look(site: Copy, turn: str) -> dict[str, Any]:
    return json.loads(site.python(LOOK.format(turn=turn)))


def models_worker(site: Copy) -> psutil.Process:
    for process in psutil.process_iter(["cmdline"]):
        if "models" in (process.info["cmdline"] or []):
            try:
                if process.environ().get("DYLUMO_HOME") == str(site.folder):
                    return process
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
    raise AssertionError("the worker is not there")


def is_whole(told: dict[str, Any]) -> None:
    """One answer, one list, one end, and no gap in the events."""
    assert told["state"] == "done" and told["lists"] == 1 and told["answer"]
    assert told["numbers"] == list(range(1, len(told["numbers"]) + 1))
    assert told["kinds"].count("turn.done") == 1


def test_a_turn_whose_worker_is_killed_is_done_soon_after_without_doubles(site: Copy) -> None:
    worker = models_worker(site)
    worker.suspend()  # so that it cannot finish before it is killed
    turn = site.python(ASK)
    worker.resume()
    if eventually(lambda: look(site, turn)["state"] == "running", 20):
        kill(models_worker(site).pid)
    begun = time.monotonic()
    assert eventually(lambda: look(site, turn)["state"] == "done", 180), look(site, turn)
    is_whole(look(site, turn))
    assert time.monotonic() - begun < 180


def test_a_turn_outlives_a_redis_that_is_killed_and_the_next_one_works_too(site: Copy) -> None:
    turn = site.python(ASK)
    kill(site.pids()["redis"])
    assert eventually(lambda: look(site, turn)["state"] == "done", 180), look(site, turn)
    is_whole(look(site, turn))
    assert eventually(lambda: site.health()[0] == 200, 30)
    following = site.python(ASK)
    assert eventually(lambda: look(site, following)["state"] == "done", 30), look(site, following)
