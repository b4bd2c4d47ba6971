"""A turn outlives its worker and Redis: real processes, really killed."""

from __future__ import annotations

import time
from collections.abc import Iterator

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


@pytest.fixture(scope="module")
def site() -> Iterator[Copy]:
    with own_copy(migrated=True) as copy:
        copy.up()
        copy.python(FILL)
        yield copy


def state(site: Copy, turn: str) -> str:
    ((found,),) = site.rows("SELECT state FROM agents_turn WHERE id = %s", turn)
    return str(found)


def models_worker(site: Copy) -> psutil.Process:
    for process in psutil.process_iter(["cmdline"]):
        if "models" in (process.info["cmdline"] or []):
            try:
                if process.environ().get("DYLUMO_HOME") == str(site.folder):
                    return process
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
    raise AssertionError("the worker is not there")


def is_whole(site: Copy, turn: str) -> None:
    """One answer, one list, one end, and no gap in the events."""
    ((conversation, owner, answer),) = site.rows(
        "SELECT conversation_id, owner_id, answer FROM agents_turn AS turn"
        " JOIN agents_conversation AS its ON its.id = conversation_id WHERE turn.id = %s",
        turn,
    )
    assert answer
    assert site.rows("SELECT count(*) FROM recommender_playlist WHERE owner_id = %s", owner) == [(1,)]
    events = site.rows("SELECT seq, kind FROM agents_event WHERE conversation_id = %s ORDER BY seq", conversation)
    assert [number for number, _ in events] == list(range(1, len(events) + 1))
    assert [kind for _, kind in events].count("turn.done") == 1


def test_a_turn_whose_worker_is_killed_is_done_soon_after_without_doubles(site: Copy) -> None:
    worker = models_worker(site)
    worker.suspend()  # so that it cannot finish before it is killed
    turn = site.python(ASK)
    worker.resume()
    if eventually(lambda: state(site, turn) == "running", 20):
        kill(models_worker(site).pid)
    begun = time.monotonic()
    assert eventually(lambda: state(site, turn) == "done", 180), state(site, turn)
    is_whole(site, turn)
    assert time.monotonic() - begun < 180


def test_a_turn_outlives_a_redis_that_is_killed_and_the_next_one_works_too(site: Copy) -> None:
    turn = site.python(ASK)
    kill(site.pids()["redis"])
    assert eventually(lambda: state(site, turn) == "done", 180), state(site, turn)
    is_whole(site, turn)
    assert eventually(lambda: site.health()[0] == 200, 30)
    following = site.python(ASK)
    assert eventually(lambda: state(site, following) == "done", 30), state(site, following)
