"""Server-sent events under the real web server: the past first, then what comes, and nothing held in between."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from django.conf import LazySettings
from django.db import connection
from redis import Redis

from accounts import api_tokens
from agents.api import event_stream
from agents.conversations import events
from agents.conversations.event_types import BriefMade, PeopleChanged, ReadingMade, TurnDone, TurnQueued, TurnStarted
from agents.models import Conversation, Turn
from tests.factories import TurnFactory, UserFactory
from tests.site.site_copy import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The site served by uvicorn from a thread of this process, on the tests' own database."""
    from dylumo_site.asgi import application

    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application, lifespan="off", log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def turn() -> Turn:
    """An open turn that has told two things."""
    made: Turn = TurnFactory(state="running")
    events.announce(made, TurnStarted(strategy="blackboard", attempt=1))
    events.announce(made, BriefMade())
    return made


class Stream:
    """A program's end of a stream."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.iter_lines()

    def message(self) -> dict[str, str]:
        """The next message with an id, as its fields."""
        fields: dict[str, str] = {}
        for line in self._lines:
            name, _, value = line.partition(": ")
            if name:
                fields[name] = value
            elif "id" in fields:
                return fields
            else:
                fields = {}
        return {}

    def numbers(self, count: int) -> list[int]:
        return [int(self.message()["id"]) for _ in range(count)]

    def rest(self) -> list[str]:
        """The kinds of all that is still to come, until the stream ends."""
        return [line.removeprefix("event: ") for line in self._lines if line.startswith("event: ")]


@contextmanager
def stream_of(address: str, turn: Turn, query: str = "", **headers: str) -> Iterator[Stream]:
    secret = api_tokens.make(turn.conversation.owner, "test")[1]
    sent = {"Accept": "text/event-stream", "Authorization": f"Bearer {secret}"} | headers
    url = f"{address}/api/v1/conversations/{turn.conversation_id}/events/{query}"
    with httpx.Client(timeout=10) as program, program.stream("GET", url, headers=sent) as answer:
        yield Stream(answer)


def end(turn: Turn) -> None:
    Turn.objects.filter(pk=turn.pk).update(state="done")
    events.announce(turn, TurnDone(answer="", playlist=None, ms=1))


def connections() -> int:
    """How many others are connected to the tests' database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def test_the_past_comes_first_and_then_what_happens_as_it_happens(address: str, turn: Turn) -> None:
    with stream_of(address, turn) as stream:
        assert stream.answer.headers["Content-Type"] == "text/event-stream"
        assert stream.answer.headers["Cache-Control"] == "no-store"
        assert stream.numbers(2) == [1, 2]
        asked = time.monotonic()
        events.announce(turn, TurnQueued(text="Clair de lune – é"))
        message = stream.message()
        assert time.monotonic() - asked < event_stream.HEARTBEAT / 2
    assert (message["id"], message["event"]) == ("3", "turn.queued")
    frame: dict[str, Any] = json.loads(message["data"])
    assert (frame["seq"], frame["turn"], frame["payload"]) == (3, str(turn.pk), {"text": "Clair de lune – é"})


def test_a_program_that_comes_back_gets_only_what_it_missed(address: str, turn: Turn) -> None:
    with stream_of(address, turn, "?after=0", **{"Last-Event-ID": "1"}) as stream:
        assert stream.numbers(1) == [2]


def test_the_stream_may_be_asked_for_in_the_address(address: str, turn: Turn) -> None:
    with stream_of(address, turn, "?format=sse&after=1", Accept="*/*") as stream:
        assert stream.numbers(1) == [2]


def test_until_done_ends_with_the_turn(address: str, turn: Turn) -> None:
    with stream_of(address, turn, "?until=done") as stream:
        stream.numbers(2)
        end(turn)
        assert stream.rest() == ["turn.done"]


def test_until_done_ends_at_once_when_nothing_is_open(address: str, turn: Turn) -> None:
    end(turn)
    with stream_of(address, turn, "?until=done") as stream:
        assert stream.rest() == ["turn.started", "brief", "turn.done"]


def test_an_idle_stream_holds_no_database_connection(address: str, turn: Turn) -> None:
    before = connections()
    with stream_of(address, turn) as one, stream_of(address, turn) as other:
        assert one.numbers(2) == other.numbers(2) == [1, 2]
        assert eventually(lambda: connections() <= before)
        events.announce(turn, PeopleChanged())
        assert one.numbers(1) == other.numbers(1) == [3]


def test_a_notification_that_was_lost_is_made_up_for(address: str, turn: Turn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT", 0.2)
    with stream_of(address, turn) as stream:
        stream.numbers(2)
        monkeypatch.setattr(events, "_notify", lambda event: None)
        events.announce(turn, PeopleChanged())
        assert stream.numbers(1) == [3]


def test_a_late_notification_after_a_gap_brings_the_whole_gap_in_order(
    address: str, turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    with stream_of(address, turn) as stream:
        stream.numbers(2)
        with monkeypatch.context() as silent:
            silent.setattr(events, "_notify", lambda event: None)
            events.announce(turn, ReadingMade(tier="basic"))
            events.announce(turn, BriefMade())
        events.announce(turn, PeopleChanged())
        assert stream.numbers(3) == [3, 4, 5]


def test_without_redis_the_rows_still_tell(address: str, turn: Turn, monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        async def new_channel(self) -> str:
            raise ConnectionRefusedError

    monkeypatch.setattr(event_stream, "get_channel_layer", Away)
    monkeypatch.setattr(event_stream, "HEARTBEAT", 0.2)
    with stream_of(address, turn, "?until=done") as stream:
        stream.numbers(2)
        end(turn)
        assert stream.rest() == ["turn.done"]


def test_silence_is_filled_so_that_the_line_stays_open(
    address: str, turn: Turn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT", 0.1)
    with stream_of(address, turn, "?after=2") as stream:
        assert next(line for line in stream._lines if line.startswith(":")) == ": still here"


def test_the_stream_of_a_deleted_conversation_ends(address: str, turn: Turn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT", 0.2)
    with stream_of(address, turn) as stream:
        stream.numbers(2)
        Conversation.objects.filter(pk=turn.conversation_id).delete()
        assert stream.rest() == []


def test_a_stranger_gets_an_error_not_a_stream(address: str, turn: Turn) -> None:
    stranger = TurnFactory(conversation=turn.conversation, state="done")
    stranger.conversation.owner = UserFactory()
    with stream_of(address, stranger) as stream:
        assert stream.answer.status_code == 404
        assert json.loads(stream.answer.read())["error"]["code"] == "not_found"
        assert stream.answer.headers["Content-Type"] == "application/json"


def test_a_program_that_leaves_is_forgotten(address: str, turn: Turn, settings: LazySettings) -> None:
    redis = Redis.from_url(settings.REDIS_URL)
    with stream_of(address, turn) as stream:
        stream.numbers(2)
        assert _listening(redis, turn)
    assert eventually(lambda: not _listening(redis, turn))


def _listening(redis: Redis, turn: Turn) -> list[bytes]:
    return list(redis.pubsub_channels(f"*{events.group_of(turn.conversation_id)}"))
