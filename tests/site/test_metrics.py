"""What programs of the owner may read of the site, and nobody else; and what log lines carry."""

from __future__ import annotations

import importlib
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from celery import current_app
from django.conf import LazySettings
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from redis import Redis

from accounts.staff_access import pseudonym
from agents import tasks
from agents.conversations import run_turn, turns
from agents.models import Turn
from core import counters, log_lines, trace
from core.errors import DylumoError
from dylumo_site.ops import presence
from recommender.services.http import counted
from recommender.services.protocol import Unreachable
from tests.factories import ConversationFactory, TurnFactory, UserFactory

pytestmark = pytest.mark.django_db

Told = dict[str, dict[tuple[tuple[str, str], ...], float]]


@pytest.fixture(autouse=True)
def redis(settings: LazySettings) -> Iterator[Redis]:
    with Redis.from_url(settings.REDIS_URL) as redis:
        redis.flushdb()
        yield redis
        redis.flushdb()


def read(client: Client, **headers: str) -> Told:
    """Every sample by its name and labels."""
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/plain")
    told: Told = {}
    for family in text_string_to_metric_families(answer.content.decode()):
        for one in family.samples:
            told.setdefault(one.name, {})[tuple(sorted(one.labels.items()))] = one.value
    return told


def test_turns_steps_queues_workers_and_services_are_told(client: Client, redis: Redis) -> None:
    turn = TurnFactory(state="running", steps={"agents": {"mapping": {"state": "running"}}})
    TurnFactory(conversation=ConversationFactory(), state="queued")
    current_app.send_task("agents.tasks.run_turn", ["x"], queue="models")
    presence.say_alive(redis, "models@a", ["models"])
    redis.sadd(presence.NAMES, "models@b")
    counters.observe("model_seconds", 0.3, reads="pictures", tier="basic")
    counters.observe("model_seconds", 70.0, reads="pictures", tier="basic")
    with pytest.raises(Unreachable), counted("deezer"):
        raise Unreachable("deezer")
    with counted("deezer"):
        pass
    assert turns.fail(turn, DylumoError(code="odd"))
    told = read(client)
    assert told["dylumo_turns"] == {(("state", "queued"),): 1, (("state", "running"),): 0}
    assert told["dylumo_queue_length"][(("queue", "models"),)] == 1
    assert 0 <= told["dylumo_queue_oldest_seconds"][(("queue", "models"),)] < 60
    assert told["dylumo_workers"] == {(("queue", "default"),): 0, (("queue", "models"),): 1}
    assert told["dylumo_part_up"] == {(("part", "database"),): 1, (("part", "redis"),): 1}
    assert told["dylumo_service_requests_total"] == {
        (("outcome", "ok"), ("service", "deezer")): 1,
        (("outcome", "service_unreachable"), ("service", "deezer")): 1,
    }
    assert told["dylumo_service_quota_left"][(("bucket", "searches"), ("service", "youtube"))] == 100
    labels = (("reads", "pictures"), ("tier", "basic"))
    assert told["dylumo_model_seconds_sum"][labels] == pytest.approx(70.3)
    assert told["dylumo_model_seconds_count"][labels] == 2
    assert told["dylumo_model_seconds_bucket"][(("le", "0.5"), *labels)] == 1
    assert told["dylumo_model_seconds_bucket"][(("le", "60.0"), *labels)] == 1
    assert sum(told["dylumo_database_connections"].values()) >= 1


def test_what_runs_is_told_by_its_step(client: Client) -> None:
    TurnFactory(state="running", steps={"agents": {"mapping": {"state": "done"}, "evaluation": {"state": "running"}}})
    assert read(client)["dylumo_turns_at_step"] == {(("step", "evaluation"),): 1}


@pytest.mark.django_db(transaction=True)
def test_a_finished_turn_is_counted_once_it_is_committed(client: Client) -> None:
    turn = TurnFactory(state="running", attempts=1)
    assert turns.fail(turn, DylumoError(code="odd"))
    assert turns.cancel(TurnFactory(conversation=ConversationFactory(), state="queued"))
    told = read(client)
    assert told["dylumo_turns_ended_total"] == {
        (("code", "odd"), ("state", "failed")): 1,
        (("code", ""), ("state", "cancelled")): 1,
    }
    assert told["dylumo_turn_seconds_count"][(("state", "failed"),)] == 1


def test_without_redis_the_rest_is_told(client: Client, settings: LazySettings, tmp_path: Any) -> None:
    settings.REDIS_URL = f"unix://{tmp_path / 'nobody.sock'}"
    told = read(client)
    assert told["dylumo_part_up"] == {(("part", "database"),): 1, (("part", "redis"),): 0}
    assert "dylumo_turns" in told and "dylumo_queue_length" not in told
    counters.count("turns_ended", state="done", code="")  # and nobody's work ends for a count


def test_for_everybody_else_there_is_nothing_at_this_address(client: Client, settings: LazySettings) -> None:
    read(client)
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 404
    assert client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 404, "a proxy stands before"
    settings.BEHIND_TLS = True
    assert client.get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "a long secret"
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer another"}).status_code == 404
    staff = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(staff, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/metrics").status_code == 404, "it is for programs"
    assert "dylumo_turns" in read(client, Authorization="Bearer a long secret")


def line(record: logging.LogRecord) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(log_lines.JsonLines().format(record))
    return told


def test_a_line_for_programs_says_what_it_belongs_to_and_nothing_else() -> None:
    try:
        raise ValueError("GET /s/secret-of-a-list")
    except ValueError as error:
        trouble = (type(error), error, error.__traceback__)
    record = logging.LogRecord("dylumo.turns", logging.ERROR, __file__, 1, "at %s", ("/s/secret",), trouble)
    record.request, record.data = "<WSGIRequest: GET '/s/secret'>", "what a library attached"
    with trace.about(request="r1", turn="t1", person="person-1"):
        told = line(record)
    assert {told[name] for name in ("request", "turn", "person")} == {"r1", "t1", "person-1"}
    assert set(told) == {"at", "level", "logger", "message", "process", "request", "turn", "person", "error"}
    assert "secret" not in json.dumps(told)
    assert set(line(record)) & {"request", "turn", "person"} == set()


def test_every_answer_and_error_page_has_the_requests_number(client: Client) -> None:
    answer = client.get("/nothing/here/")
    number = answer["X-Request-ID"]
    assert len(number) == 16 and f"not_found {number}" in answer.content.decode()
    assert client.get("/nothing/here/", headers={"X-Request-ID": "mine"})["X-Request-ID"] not in {number, "mine"}
    assert client.get("/health/")["X-Request-ID"]
    assert trace.told() == {}, "nothing of it is left for the next request"


@pytest.mark.django_db(transaction=True)
def test_a_request_is_followed_from_the_page_to_the_worker(
    client: Client, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = client.post("/start/", {"text": "a calm evening"})
    turn, (message,) = Turn.objects.get(), redis.lrange("models", 0, -1)
    number = answer["X-Request-ID"]
    assert json.loads(message)["headers"]["dylumo_request"] == number
    followed: list[dict[str, str]] = []
    monkeypatch.setattr(run_turn, "run_turn", lambda claimed: followed.append(trace.told()))
    tasks.run_turn.apply(["another turn's message"], headers={"dylumo_request": "another"})
    assert followed == [{"request": number, "turn": str(turn.pk), "person": pseudonym(turn.conversation.owner_id)}]


@pytest.mark.parametrize(
    ("told", "level", "formatter"), [("", "INFO", "line"), ("json", "INFO", "json"), ("debug,json", "DEBUG", "json")]
)
def test_how_much_is_logged_and_in_which_form_is_one_setting(
    monkeypatch: pytest.MonkeyPatch, told: str, level: str, formatter: str
) -> None:
    monkeypatch.setenv("DYLUMO_LOG", told)
    monkeypatch.delitem(sys.modules, "dylumo_site.settings")
    fresh = importlib.import_module("dylumo_site.settings")
    assert fresh.LOGGING["root"]["level"] == level
    assert fresh.LOGGING["handlers"]["stderr"]["formatter"] == formatter
