"""Traces: one for all that a request causes, by OpenTelemetry's protocol, and nothing of a person in it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextvars import copy_context
from typing import Any

import pytest
from celery import current_app
from celery.app.trace import build_tracer
from django.conf import LazySettings
from django.test import Client
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from redis import Redis

from agents import tasks
from agents.conversations import run_turn
from agents.models import Turn
from core import trace
from dylumo_site import tracing
from tests.agents.fakes import team_seeing
from tests.factories import TrackFactory
from tests.local_server import Quiet, answering

WORDS = "a calm evening by the lake"


class Collector(Quiet):
    """As OpenTelemetry's collector takes spans over HTTP."""

    got: list[ExportTraceServiceRequest]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/traces" and self.headers["Content-Type"] == "application/x-protobuf":
            self.got.append(ExportTraceServiceRequest.FromString(body))
            self.send_response(200)
        else:
            self.send_response(404)
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def recorder() -> Iterator[tracing.Recorder]:
    Collector.got = []
    with answering(Collector) as address:
        switched_on = tracing.switch_on(f"{address}/")
        yield switched_on
        trace.record_by(None)
        switched_on.provider.shutdown()


def spans(recorder: tracing.Recorder) -> list[Span]:
    recorder.provider.force_flush()
    return [
        span for told in Collector.got for of in told.resource_spans for group in of.scope_spans for span in group.spans
    ]


def facts(span: Span) -> dict[str, Any]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


@pytest.fixture
def queue(settings: LazySettings) -> Iterator[Redis]:
    with Redis.from_url(settings.REDIS_URL) as redis:
        redis.flushdb()
        yield redis
        redis.flushdb()


def as_a_worker_does(headers: dict[str, Any]) -> None:
    """Run a turn for a message with these headers."""
    run = build_tracer(tasks.run_turn.name, tasks.run_turn, app=current_app)
    request = {**headers, "hostname": "worker@here"}
    copy_context().run(run, "a message", ["whose turn it is"], {}, request)  # as in a process of its own


@pytest.mark.django_db(transaction=True)
def test_a_request_and_the_turn_it_asks_for_are_one_trace(
    client: Client, queue: Redis, recorder: tracing.Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in range(4):
        TrackFactory(profile__valence=step / 4, profile__arousal=step / 4)
    monkeypatch.setattr(run_turn, "team", team_seeing)
    number = client.post("/start/", {"sample": "sunset-sea"})["X-Request-ID"]
    (message,) = queue.lrange("models", 0, -1)
    as_a_worker_does(json.loads(message)["headers"])
    told = spans(recorder)
    (first,) = [span for span in told if not span.parent_span_id]
    assert first.name == "POST /start/" and first.span_id.hex() == number
    assert {span.trace_id.hex() for span in told} == {number.rjust(32, "0")}
    assert facts(first) == {"dylumo.request": number, "http.route": "/start/", "http.response.status_code": 302}
    by_name = {span.name: span for span in told}
    task, turn, step = by_name["agents.tasks.run_turn"], by_name["turn"], by_name["mapping"]
    assert (task.parent_span_id, turn.parent_span_id) == (first.span_id, task.span_id)
    assert step.parent_span_id == turn.span_id and facts(step)["dylumo.round"] == 1
    assert facts(turn)["dylumo.turn"] == str(Turn.objects.get().pk)
    assert all(facts(span)["dylumo.request"] == number for span in told)


@pytest.mark.django_db(transaction=True)
def test_a_turn_is_a_part_of_its_own_request_whoever_brought_the_message(
    client: Client, queue: Redis, recorder: tracing.Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_turn, "run_turn", lambda _turn: None)
    number, another = client.post("/start/", {"text": WORDS})["X-Request-ID"], trace.new_request()
    as_a_worker_does({"dylumo_request": another})
    (turn,) = [span for span in spans(recorder) if span.name == "turn"]
    assert turn.trace_id.hex() == number.rjust(32, "0") and turn.parent_span_id.hex() == number


@pytest.mark.django_db
def test_nothing_of_a_person_and_nothing_that_was_said_is_told(client: Client, recorder: tracing.Recorder) -> None:
    client.get("/s/secret-of-a-list/?token=secret", headers={"user-agent": "Ada's browser", "cookie": "x=secret"})
    with trace.about(request=trace.new_request()), pytest.raises(ValueError), trace.span("a step"):
        raise ValueError("what somebody said: secret")
    failed = {span.name: span for span in spans(recorder)}["a step"]
    assert failed.status.code == 2 and facts(failed)["error.type"] == "ValueError"
    whole = b"".join(told.SerializeToString() for told in Collector.got)
    assert b"/s/<str:token>/" in whole
    assert b"secret" not in whole and b"Ada" not in whole and b"127.0.0.1" not in whole


def test_what_nobody_asked_for_is_no_trace(recorder: tracing.Recorder) -> None:
    with trace.about(request=""), trace.span("a sweep"):
        pass
    assert spans(recorder) == []


@pytest.mark.parametrize(("endpoint", "loaded"), [("", "False"), ("http://127.0.0.1:1", "True")])
def test_it_is_off_and_not_even_loaded_unless_the_owner_names_a_collector(endpoint: str, loaded: str) -> None:
    code = (
        f"import os, sys; os.environ |= {{'DYLUMO_OTLP_ENDPOINT': '{endpoint}'}};"
        "import dylumo_site.asgi, dylumo_site.celery; print('opentelemetry.sdk.trace' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == [loaded], done.stderr
