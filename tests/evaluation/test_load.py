"""What measurements under load count, and how they are asked for other sizes."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.management.base import CommandError

from lab.benchmarks import kills
from lab.benchmarks._people import Told, photos
from lab.management.commands.bench import sizes

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


def asked(conversation: object, *, state: str = "done", seconds: float | None = 2.0, ends: int = 1) -> kills.Asked:
    finished = None if seconds is None else NOON + timedelta(seconds=seconds)
    return kills.Asked(conversation, state, 1, NOON, finished, None, ends)


def test_what_was_acknowledged_and_is_not_there_is_lost_and_what_was_not_is_made_twice() -> None:
    kept, halved, gone, unanswered = uuid4(), uuid4(), uuid4(), uuid4()
    told = Told(conversations=[kept, halved, gone], said={kept: 1, halved: 1})
    found = kills.verdict([asked(kept), asked(kept), asked(halved), asked(unanswered)], told, [])
    assert (found["turns_acknowledged"], found["turns_lost"], found["made_twice"]) == (5, 2, 1)


def test_late_open_and_doubled_turns_are_told_apart() -> None:
    one = uuid4()
    turns = [asked(one), asked(one, seconds=31.0), asked(one, seconds=None, state="running"), asked(one, ends=2)]
    told = [kills.Kill("redis", NOON + timedelta(seconds=5)), kills.Kill("web", NOON + timedelta(seconds=60))]
    found = kills.verdict(turns, Told(conversations=[one]), told)
    assert (found["turns_late"], found["turns_that_never_ended"], found["ends_doubled"]) == (1, 1, 1)
    assert found["late"] == [{"seconds": 31.0, "attempts": 1, "state": "done", "killed_meanwhile": ["redis 5"]}]
    assert found["longest_turn_ms"] == 31000


def test_every_kind_is_killed_as_often_and_the_seed_says_in_which_order() -> None:
    order = kills.order_of(62, random.Random(1))
    assert set(Counter(order).values()) == {10, 11} and set(order) == set(kills.KINDS)
    assert order == kills.order_of(62, random.Random(1)) != kills.order_of(62, random.Random(2))


def test_no_two_photos_are_alike() -> None:
    made = photos(2, seed=1)
    assert made[0] != made[1] and made == photos(2, seed=1)


def test_sizes_are_those_that_the_measurement_has() -> None:
    assert sizes("kills", kills.run, ["kills=60", "gap=2.5"]) == {"kills": 60, "gap": 2.5}
    with pytest.raises(CommandError, match="no size called sockets"):
        sizes("kills", kills.run, ["sockets=3"])
    with pytest.raises(CommandError, match="kills is a number, such as 200"):
        sizes("kills", kills.run, ["kills=many"])
