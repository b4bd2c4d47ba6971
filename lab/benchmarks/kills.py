"""SIGKILL at random instants over every kind of process of the split deployment, while people use it.

The deployment and the people are those of ``load``, with the pieces of the box as catalogue, two ``models`` workers and
people who pause, so that there is less to do than could be done. What is killed is chosen by chance (seeded), each kind
equally often: a web process, a ``models`` worker, the ``default`` worker, the scheduler, Redis, PostgreSQL (its first
process; the others follow). The supervisor starts each again, as it does on a real machine: a part after one second, or
later while it keeps failing; an engine when the next look finds it gone. The next kill is a random while after
everything takes work again: nobody's single fault is hidden by another one.

Counted, of everything that was acknowledged to somebody: turns that are not there or have not ended, ends that were
told twice, plays that are not there or there twice, events that an open page did not get or got twice. A turn is late
when more than 30 s lie between asking and its end. ``made_twice``: requests whose answer was lost with a web process
and which their person therefore sent again, although the first had been heard.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg

from lab.benchmarks._figures import machine, spread
from lab.benchmarks._hosts import Hosts, running_hosts
from lab.benchmarks._people import Told, keep_coming, photos
from lab.benchmarks.load import events_faults, warm

KILLS, PEOPLE, SEED = 200, 2, 20261130
MOST_MINUTES = 60.0
GAP_SECONDS = 6.0
"""At most so long after everything has come back from the kill before; by chance."""
PAUSE_SECONDS = 4.0
LATE_SECONDS = 30.0
AFTER_SECONDS = 90.0
"""What is open at the end is waited for so long."""
PHOTOS = 200
CATALOGUE = {"DYLUMO_SONGS": "0", "DYLUMO_MUSIC": "1"}
"""The 28 pieces of the box: what is measured does not depend on how many there are, and they are soon there."""
KINDS = ("web", "models", "default", "scheduler", "redis", "postgres")

OF_TURNS = """
SELECT turn.id, turn.conversation_id, turn.state, turn.attempts, turn.created, turn.finished, turn.error ->> 'code',
       (SELECT count(*) FROM agents_event AS event WHERE event.turn_id = turn.id
        AND event.kind IN ('turn.done', 'turn.failed', 'turn.cancelled'))
FROM agents_turn AS turn WHERE turn.created > %s ORDER BY turn.created
"""
HOLES = """
SELECT count(*) FROM agents_conversation AS one
WHERE last_seq <> (SELECT count(*) FROM agents_event AS event WHERE event.conversation_id = one.id)
"""


@dataclass(frozen=True)
class Kill:
    kind: str
    at: datetime


@dataclass(frozen=True)
class Asked:
    """A turn as its row and events tell it."""

    conversation: Any
    state: str
    attempts: int
    created: datetime
    finished: datetime | None
    code: str | None
    ends_told: int

    @property
    def seconds(self) -> float | None:
        return (self.finished - self.created).total_seconds() if self.finished else None


def run(
    kills: int = KILLS,
    minutes: float = MOST_MINUTES,
    people: int = PEOPLE,
    gap: float = GAP_SECONDS,
    seed: int = SEED,
) -> dict[str, Any]:
    """The counts, and milliseconds as median and 95th percentile. Fewer kills where ``minutes`` are over before."""
    return asyncio.run(_measure(kills, minutes, people, gap, seed))


async def _measure(kills: int, minutes: float, people: int, gap: float, seed: int) -> dict[str, Any]:
    told, over, began = Told(), asyncio.Event(), time.monotonic()
    pictures = photos(PHOTOS, seed)
    async with running_hosts("web1", "web2", "models1", "models2", "default1", "scheduler1", **CATALOGUE) as hosts:
        webs = [web.url for web in hosts.of_kind("web")]
        await warm(hosts, photos(4, seed + 1))
        start = datetime.now(UTC)
        coming = asyncio.create_task(
            keep_coming(webs, told, pictures, at_once=people, seed=seed, over=over, pause=PAUSE_SECONDS)
        )
        done = await kill_at_random(hosts, kills, minutes, gap, random.Random(seed))
        await hosts.until_ready()
        over.set()
        await coming
        turns = await _all_ended(hosts, start)
        return {
            "kills": dict(Counter(kill.kind for kill in done)),
            **verdict(turns, told, done),
            **events_faults(hosts, told),
            **_plays(hosts, told),
            "conversations_with_holes": hosts.rows(HOLES)[0][0],
            "first_tracks_ms": spread([1000 * one for one in told.first_tracks]),
            "turn_ms_as_the_page_sees_it": spread([1000 * one for one in told.ends]),
            "requests_sent_again": told.asked_again,
            "answers_that_were_none": told.refused,
            "people_who_gave_up": len(told.given_up_at),
            "minutes": round((time.monotonic() - began) / 60, 1),
            "sizes": {"people": people, "gap": gap, "pause": PAUSE_SECONDS, "seed": seed},
            "machine": machine(),
        }


async def kill_at_random(hosts: Hosts, count: int, minutes: float, gap: float, dice: random.Random) -> list[Kill]:
    """``count`` of them, unless the minutes are over before; each up to ``gap`` seconds after everything takes work."""
    done: list[Kill] = []
    over = time.monotonic() + 60 * minutes
    for kind in order_of(count, dice):
        if time.monotonic() > over:
            break
        await hosts.until_ready()
        await asyncio.sleep(dice.uniform(0, gap))
        while (pid := victim(hosts, kind, dice)) is None:
            await asyncio.sleep(0.1)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            done.append(Kill(kind, datetime.now(UTC)))
    return done


def order_of(count: int, dice: random.Random) -> list[str]:
    """Each kind equally often, give or take one, in an order of chance."""
    kinds = [KINDS[place % len(KINDS)] for place in range(count)]
    dice.shuffle(kinds)
    return kinds


def victim(hosts: Hosts, kind: str, dice: random.Random) -> int | None:
    if kind in ("redis", "postgres"):
        return hosts.engine_pid(kind)
    return dice.choice(hosts.of_kind(kind)).pid


async def _all_ended(hosts: Hosts, start: datetime) -> list[Asked]:
    """All turns that were asked since, once none is open any more or that was waited for in vain."""
    deadline = time.monotonic() + AFTER_SECONDS
    while True:
        with suppress(psycopg.OperationalError):
            turns = [Asked(*row[1:]) for row in await asyncio.to_thread(hosts.rows, OF_TURNS, start)]
            if all(turn.finished for turn in turns) or time.monotonic() > deadline:
                return turns
        await asyncio.sleep(0.5)


def verdict(turns: list[Asked], told: Told, kills: list[Kill]) -> dict[str, Any]:
    """What became of the turns that were acknowledged, and of all there are."""
    there = Counter(turn.conversation for turn in turns)
    acknowledged = {conversation: 1 + told.said.get(conversation, 0) for conversation in told.conversations}
    late = [turn for turn in turns if turn.seconds is not None and turn.seconds > LATE_SECONDS]
    again = [turn for turn in turns if turn.attempts > 1 and turn.seconds is not None]
    return {
        "turns": len(turns),
        "turns_acknowledged": sum(acknowledged.values()),
        "turns_lost": sum(max(0, count - there[one]) for one, count in acknowledged.items()),
        "turns_that_never_ended": sum(turn.finished is None for turn in turns),
        "turns_late": len(late),
        "ends_doubled": sum(turn.ends_told > 1 for turn in turns),
        "made_twice": len(set(there) - set(acknowledged)),
        "by_state": dict(Counter(turn.state for turn in turns)),
        "by_code": dict(Counter(turn.code for turn in turns if turn.code)),
        "turn_ms": spread([1000 * turn.seconds for turn in turns if turn.seconds is not None]),
        "longest_turn_ms": round(1000 * max((turn.seconds or 0.0 for turn in turns), default=0.0)),
        "turns_begun_again": len(again),
        "begun_again_ms": spread([1000 * (turn.seconds or 0.0) for turn in again]) if again else None,
        "late": [
            {"seconds": round(turn.seconds or 0.0, 1), "attempts": turn.attempts, "state": turn.state,
             "killed_meanwhile": _meanwhile(turn, kills)}
            for turn in late
        ],
    }  # fmt: skip


def _meanwhile(turn: Asked, kills: list[Kill]) -> list[str]:
    """Which kinds were killed while it was open, and how many seconds after it was asked."""
    return [
        f"{kill.kind} {(kill.at - turn.created).total_seconds():.0f}"
        for kill in kills
        if turn.finished and (kill.at - turn.created).total_seconds() > -15 and kill.at < turn.finished
    ]


def _plays(hosts: Hosts, told: Told) -> dict[str, int]:
    kept = hosts.rows("SELECT event_key, count(*) FROM feedback_reaction WHERE event_key <> '' GROUP BY event_key")
    found = {key: int(count) for key, count in kept}
    return {
        "plays_acknowledged": len(told.plays),
        "plays_lost": sum(key not in found for key in told.plays),
        "plays_doubled": sum(found.get(key, 0) > 1 for key in told.plays),
    }
