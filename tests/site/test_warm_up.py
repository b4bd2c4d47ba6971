"""A worker that makes lists takes none before its models are in memory: another one may have them there already."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from celery.exceptions import WorkerShutdown
from celery.worker import state
from celery.worker.components import Consumer

from dylumo_site import celery


@pytest.fixture
def step() -> celery.WarmUp:
    queues = SimpleNamespace(consume_from={"models": None})
    return celery.WarmUp(SimpleNamespace(app=SimpleNamespace(amqp=SimpleNamespace(queues=queues)), hostname="m@here"))


def test_it_is_warm_before_it_takes_anything(step: celery.WarmUp, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(step, "begin", done.append)
    step.start(SimpleNamespace(hostname="m@here"))
    assert done == ["m@here"]
    assert Consumer.last, "Celery starts the step that takes messages after all others"
    assert celery.Heartbeat in celery.WarmUp.requires, "and it has said that it lives by then"


def test_one_that_is_asked_to_end_while_it_warms_up_ends(step: celery.WarmUp, monkeypatch: pytest.MonkeyPatch) -> None:
    never = threading.Event()
    monkeypatch.setattr(step, "begin", lambda _called: never.wait(60))
    monkeypatch.setattr(state, "should_stop", 0)
    try:
        with pytest.raises(WorkerShutdown):
            step.start(SimpleNamespace(hostname="m@here"))
    finally:
        never.set()


def test_one_that_does_not_get_warm_takes_turns_all_the_same(
    step: celery.WarmUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = threading.Event()
    monkeypatch.setattr(step, "begin", lambda _called: never.wait(60))
    monkeypatch.setattr(celery, "WARM_SECONDS", 0.0)
    step.start(SimpleNamespace(hostname="m@here"))
    never.set()


def test_a_worker_of_the_other_queue_loads_nothing() -> None:
    queues: Any = SimpleNamespace(consume_from={"default": None})
    assert not celery.WarmUp(SimpleNamespace(app=SimpleNamespace(amqp=SimpleNamespace(queues=queues)))).enabled
