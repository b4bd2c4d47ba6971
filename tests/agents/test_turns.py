"""A turn's life: asked, claimed, cancelled, lost and picked up; one at a time in a conversation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from celery import current_app
from django.utils import timezone
from redis import Redis

from agents.conversations import turns
from agents.conversations.events import after
from agents.models import Conversation, Turn
from core import trace
from core.errors import Conflict
from tests.factories import ConversationFactory, TurnFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def handed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The turns given to a worker: the queue itself is tested with a real one."""
    given: list[str] = []
    monkeypatch.setattr("agents.conversations.turns.enqueue", given.append)
    return given


def kinds(conversation: Conversation) -> list[str]:
    return [frame["kind"] for frame in after(conversation.pk, 0)]


def test_asking_queues_a_turn_tells_it_and_hands_it_over_once_committed(
    handed: list[str], django_capture_on_commit_callbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        turn = turns.start(UserFactory(), text="  rain on\x00 the window ")
    assert (turn.state, turn.text, turn.number) == ("queued", "rain on the window", 1)
    assert kinds(turn.conversation) == ["turn.queued"]
    assert handed == [str(turn.pk)]


def test_asking_for_nothing_says_what_to_give() -> None:
    with pytest.raises(turns.NothingAsked) as refused:
        turns.start(UserFactory(), text="   ")
    assert refused.value.code == "nothing_asked"
    assert not Conversation.objects.exists()


def test_an_unknown_strategy_is_refused() -> None:
    with pytest.raises(turns.UnknownStrategy):
        turns.start(UserFactory(), text="calm", strategy="anarchy")


def test_a_second_request_waits_its_turn() -> None:
    first = turns.start(UserFactory(), text="calm")
    with pytest.raises(turns.TurnOpen):
        turns.start(first.conversation.owner, text="calmer", conversation=first.conversation)
    assert first.conversation.turns.count() == 1


def test_two_workers_cannot_claim_the_same_turn() -> None:
    turn = turns.start(UserFactory(), text="calm")
    assert turns.claim(str(turn.pk)) is not None
    assert turns.claim(str(turn.pk)) is None


def test_a_waiting_turn_is_cancelled_at_once_and_never_runs() -> None:
    turn = turns.start(UserFactory(), text="calm")
    assert turns.cancel(turn)
    assert turns.claim(str(turn.pk)) is None
    assert kinds(turn.conversation) == ["turn.queued", "turn.cancelled"]


def test_a_running_turn_learns_of_its_cancelling_at_the_next_beat() -> None:
    turn = turns.claim(str(turns.start(UserFactory(), text="calm").pk))
    assert turn and turns.beat(turn)
    turns.cancel(turn)
    assert not turns.beat(turn)
    assert turns.stopped(turn)
    turn.refresh_from_db()
    assert turn.state == "cancelled"


def test_a_lost_workers_turn_is_handed_over_and_the_old_worker_can_no_longer_end_it(
    handed: list[str], django_capture_on_commit_callbacks
) -> None:
    turn = turns.claim(str(turns.start(UserFactory(), text="calm").pk))
    assert turn
    Turn.objects.update(heartbeat=timezone.now() - timedelta(minutes=1))
    with django_capture_on_commit_callbacks(execute=True):
        assert turns.sweep() == {"handed_over": 1, "failed": 0}
    assert handed == [str(turn.pk)]
    again = turns.claim(str(turn.pk))
    assert again and again.attempts == 2
    assert not turns.beat(turn)
    assert not turns.finish(turn, answer="late", playlist=None, verdict=None)
    assert turns.finish(again, answer="in time", playlist=None, verdict=None)


def test_a_turn_that_loses_its_worker_three_times_fails_with_a_code() -> None:
    turn = TurnFactory(state="running", attempts=3, heartbeat=timezone.now() - timedelta(minutes=1))
    assert turns.sweep() == {"handed_over": 0, "failed": 1}
    turn.refresh_from_db()
    assert (turn.state, turn.error["code"]) == ("failed", "worker_lost")


def test_a_workers_successor_takes_up_at_once_what_it_died_over(
    handed: list[str], django_capture_on_commit_callbacks
) -> None:
    turn = turns.claim(str(turns.start(UserFactory(), text="calm").pk))
    assert turn
    dying = turns.noted("models@here", turn)
    dying.__enter__()  # and is never left: the process is gone
    with django_capture_on_commit_callbacks(execute=True):
        assert not turns.left_behind("models2@here"), "another worker's"
        assert turns.left_behind("models@here")
        assert not turns.left_behind("models@here")
    assert handed == [str(turn.pk)]
    turn.refresh_from_db()
    assert turn.state == "queued"


def test_a_successor_leaves_alone_what_was_ended_or_is_at_work_elsewhere(handed: list[str]) -> None:
    turn = turns.claim(str(turns.start(UserFactory(), text="calm").pk))
    assert turn
    with turns.noted("models@here", turn):
        pass
    assert not turns.left_behind("models@here")
    turns.noted("models@here", turn).__enter__()
    Turn.objects.update(attempts=2)  # the sweep was faster, and another worker has it
    assert not turns.left_behind("models@here")
    turn.attempts = 2
    turns.noted("models@here", turn).__enter__()
    turns.finish(turn, answer="done", playlist=None, verdict=None)
    assert not turns.left_behind("models@here")
    assert handed == []


def test_a_worker_that_says_it_lives_while_it_is_looked_at_keeps_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    turn = turns.claim(str(turns.start(UserFactory(), text="calm").pk))
    assert turn
    seen = Turn.objects.get(pk=turn.pk)
    assert turns.beat(turn)
    assert not turns._requeue(seen)
    assert Turn.objects.get(pk=turn.pk).state == "running"


def test_without_redis_a_turn_is_run_all_the_same(settings, tmp_path) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": f"unix://{tmp_path}/nobody.sock"}}
    turn = turns.claim(str(turns.start(UserFactory(), text="calm").pk))
    assert turn
    with turns.noted("models@here", turn):
        assert turns.beat(turn)
    assert not turns.left_behind("models@here")


@pytest.fixture
def queue(settings) -> Iterator[Redis]:
    with Redis.from_url(settings.REDIS_URL) as redis:
        redis.flushdb()
        yield redis
        redis.flushdb()


def test_for_each_turn_that_waits_there_is_a_message(
    handed: list[str], queue: Redis, django_capture_on_commit_callbacks
) -> None:
    asked = timezone.now() - timedelta(seconds=5)
    waiting = [TurnFactory(conversation=ConversationFactory(), heartbeat=asked) for _ in range(3)]
    TurnFactory(conversation=ConversationFactory())  # just asked: its message may be on its way
    current_app.send_task("agents.tasks.run_turn", ["whichever"])
    with django_capture_on_commit_callbacks(execute=True):
        assert turns.sweep() == {"handed_over": 2, "failed": 0}
    assert handed == [str(turn.pk) for turn in waiting[:2]], "two of three were lost with their Redis"


def test_a_long_queue_is_not_made_longer(handed: list[str], queue: Redis, django_capture_on_commit_callbacks) -> None:
    for _ in range(2):
        TurnFactory(conversation=ConversationFactory(), heartbeat=timezone.now() - timedelta(minutes=9))
        current_app.send_task("agents.tasks.run_turn", ["whichever"])
    with django_capture_on_commit_callbacks(execute=True):
        turns.sweep()
    assert handed == []


def test_while_the_queue_is_down_the_sweep_waits(handed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    TurnFactory(heartbeat=timezone.now() - timedelta(minutes=1))
    monkeypatch.setattr(turns.current_app.conf, "broker_url", "redis+socket:///nobody/is/here.sock")
    assert turns.sweep() == {"handed_over": 0, "failed": 0}


def test_who_asked_first_is_known_when_it_is_handed_over_again(
    queue: Redis, django_capture_on_commit_callbacks
) -> None:
    with trace.about(request="a" * 16), django_capture_on_commit_callbacks(execute=True):
        turn = turns.start(UserFactory(), text="calm")
    Turn.objects.update(state="running", attempts=1, heartbeat=timezone.now() - timedelta(minutes=1))
    with trace.about(request="b" * 16), django_capture_on_commit_callbacks(execute=True):
        assert turns.sweep()["handed_over"] == 1
    with turns.traced(turn):
        assert trace.request_id() == "a" * 16


def test_trying_again_asks_the_same_anew() -> None:
    failed = TurnFactory(state="failed", text="calm", number=1)
    again = turns.retry(failed)
    assert (again.number, again.text, again.state) == (2, "calm", "queued")


def test_only_what_failed_can_be_tried_again() -> None:
    with pytest.raises(Conflict):
        turns.retry(TurnFactory(state="done"))


def test_event_numbers_have_no_gaps_and_replay_starts_after_the_last_seen() -> None:
    turn = turns.start(UserFactory(), text="calm")
    turns.cancel(turn)
    turns.retry(Turn.objects.get(pk=turn.pk))
    frames = after(turn.conversation_id, 0)
    assert [frame["seq"] for frame in frames] == [1, 2, 3]
    assert after(turn.conversation_id, 2) == frames[2:]
