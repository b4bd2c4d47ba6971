"""The split deployment under load: what a second worker brings, and what a turn, a track and a socket cost.

Two web processes, one and then two ``models`` workers, a ``default`` worker and a scheduler, each with a home of its
own, against one PostgreSQL, one Redis and one server that speaks S3, all on this machine (``_hosts``). People come one
after another at so many places, never pausing: each opens the first page, drops a photo that nobody dropped before,
waits for its list, says a word, waits again, and plays a song (``_people``). The catalogue is the editor's songs with
their vectors, the tier is basic.

Both numbers of workers are measured in the same run, by the same people. The processes of the site, the engines and the
people share this machine's cores: where it has two, a second worker can at most double what is left of them.
``cpu_seconds_a_turn`` is by process, over the phase; ``one_worker`` and ``two_workers`` are alike but for the worker.
"""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import AsyncExitStack
from math import inf
from typing import Any
from uuid import UUID

from lab.benchmarks._figures import machine, spread
from lab.benchmarks._hosts import Hosts, cpu_seconds, resident_megabytes, running_hosts
from lab.benchmarks._people import Person, Told, keep_coming, photos
from lab.benchmarks._site import ENDS, Visitor

PEOPLE, SECONDS, SOCKETS, SEED = 6, 75.0, 100, 17
PHOTOS = 160
SIZES = """
SELECT pg_total_relation_size('recommender_track'), pg_total_relation_size('recommender_audioprofile'),
       pg_total_relation_size('recommender_annotation'), pg_total_relation_size('recommender_trackvector'),
       (SELECT count(*) FROM recommender_track), (SELECT count(*) FROM recommender_trackvector)
"""
BY_SPACE = """
SELECT space.name, dimensions, count(*)
FROM recommender_trackvector AS one JOIN recommender_vectorspace AS space ON space.id = space_id GROUP BY 1, 2
"""
ASKED_OF_THE_DATABASE = (
    "SELECT xact_commit + xact_rollback, sessions FROM pg_stat_database WHERE datname = current_database()"
)
OF_TURNS = """
SELECT sum(pg_total_relation_size(name::regclass)), (SELECT count(*) FROM agents_turn)
FROM unnest(%s::text[]) AS name
"""
TABLES_OF_TURNS = [
    "agents_conversation", "agents_turn", "agents_event", "recommender_playlist", "recommender_playlistitem",
    "recommender_picture", "django_session", "accounts_user",
]  # fmt: skip


def run(people: int = PEOPLE, seconds: float = SECONDS, sockets: int = SOCKETS, seed: int = SEED) -> dict[str, Any]:
    """The figures; milliseconds are median and 95th percentile."""
    return asyncio.run(_measure(people, seconds, sockets, seed))


async def _measure(people: int, seconds: float, sockets: int, seed: int) -> dict[str, Any]:
    pictures = photos(PHOTOS, seed)
    async with running_hosts(
        "web1", "web2", "models1", "default1", "scheduler1", DYLUMO_OPEN_LINES=str(10 * sockets)
    ) as hosts:
        await warm(hosts, pictures[:2])
        half = len(pictures) // 2
        one = await _phase(hosts, pictures[2:half], people, seconds, seed)
        hosts.start("models2")
        await hosts.until_ready()
        await warm(hosts, photos(4, seed + 1))
        two = await _phase(hosts, pictures[half:], people, seconds, seed)
        return {
            "one_worker": one,
            "two_workers": two,
            "throughput_ratio": round(two["turns_a_minute"] / one["turns_a_minute"], 2),
            "bytes_a_track": _bytes_a_track(hosts),
            "bytes_a_turn": _bytes_a_turn(hosts),
            "bytes_a_photo": round(hosts.stored_bytes() / hosts.rows("SELECT count(*) FROM recommender_picture")[0][0]),
            "megabytes_100_sockets": round(await _sockets(hosts, sockets) * 100 / sockets, 1),
            "people_at_once": people,
            "seconds": seconds,
            "seed": seed,
            "machine": machine(),
        }


async def warm(hosts: Hosts, pictures: list[bytes]) -> None:
    """As many visits at once as there are workers, so that each has its models in memory."""
    over = asyncio.Event()
    over.set()
    webs = [web.url for web in hosts.of_kind("web")]
    await asyncio.gather(*(Person(webs, Told(), random.Random(0)).visit(photo) for photo in pictures))


async def _phase(hosts: Hosts, pictures: list[bytes], people: int, seconds: float, seed: int) -> dict[str, Any]:
    told, over = Told(), asyncio.Event()
    webs = [web.url for web in hosts.of_kind("web")]
    pids = hosts.processes()
    before, began = cpu_seconds(pids), time.perf_counter()
    ((transactions, connections),) = hosts.rows(ASKED_OF_THE_DATABASE)
    coming = asyncio.create_task(keep_coming(webs, told, pictures, at_once=people, seed=seed, over=over))
    await asyncio.sleep(seconds)
    over.set()
    turns, took = len(told.ends), time.perf_counter() - began
    used = {name: after - before[name] for name, after in cpu_seconds(pids).items()}
    ((transactions_after, connections_after),) = hosts.rows(ASKED_OF_THE_DATABASE)
    await coming
    return {
        "turns": turns,
        "turns_a_minute": round(60 * turns / took, 1),
        "first_tracks_ms": spread([1000 * one for one in told.first_tracks]),
        "turn_ms": spread([1000 * one for one in told.ends]),
        **events_faults(hosts, told),
        "answers_that_were_none": told.refused,
        "cpu_seconds_a_turn": {name: round(value / turns, 3) for name, value in used.items()},
        "cpu_seconds_a_turn_in_all": round(sum(used.values()) / turns, 3),
        "database_transactions_a_turn": round((transactions_after - transactions) / turns, 1),
        "database_connections_a_turn": round((connections_after - connections) / turns, 1),
        "resident_megabytes": resident_megabytes(pids),
    }


def events_faults(hosts: Hosts, told: Told) -> dict[str, int]:
    """Events that open pages received, and of those stored: lost on the way, received twice, received out of order."""
    stored: dict[UUID, set[int]] = {}
    for conversation, seq in hosts.rows(
        "SELECT conversation_id, seq FROM agents_event WHERE conversation_id = ANY(%s)", list(told.watches)
    ):
        stored.setdefault(conversation, set()).add(seq)

    def wanted(key: UUID, seqs: list[int]) -> float:
        """What came after the person had left is not missing; who gave up waited for everything."""
        return inf if key in told.given_up_at else max(seqs, default=0)

    received = {key: [frame["seq"] for frame in watch.frames] for key, watch in told.watches.items()}
    return {
        "events": sum(map(len, received.values())),
        "events_lost": sum(
            len({seq for seq in stored.get(key, ()) if seq <= wanted(key, seqs)} - set(seqs))
            for key, seqs in received.items()
        ),
        "events_doubled": sum(len(seqs) - len(set(seqs)) for seqs in received.values()),
        "events_out_of_order": sum(seqs != sorted(seqs) for seqs in received.values()),
    }


def _bytes_a_track(hosts: Hosts) -> dict[str, Any]:
    ((track, profile, annotation, vectors, tracks, vectorised),) = hosts.rows(SIZES)
    return {
        "rows_and_indexes": round((track + profile + annotation) / tracks),
        "a_vector_and_its_index": round(vectors / max(1, vectorised)),
        "tracks": tracks,
        "vectors": {f"{name} ({dimensions})": count for name, dimensions, count in hosts.rows(BY_SPACE)},
    }


def _bytes_a_turn(hosts: Hosts) -> dict[str, float]:
    ((size, turns),) = hosts.rows(OF_TURNS, TABLES_OF_TURNS)
    return {"rows_and_indexes": round(int(size) / turns), "turns": turns}


async def _sockets(hosts: Hosts, count: int) -> float:
    """Megabytes that one web process takes more while so many sockets are open at it."""
    web = hosts.of_kind("web")[0]
    pids = {web.name: web.pid or 0}
    visitor = Visitor(web)
    await visitor.come()
    await visitor.start(text="a calm evening")
    async with visitor.watching() as watch:
        await watch.until(1, ENDS)
    before = resident_megabytes(pids)[web.name]
    async with AsyncExitStack() as stack:
        watches = [await stack.enter_async_context(visitor.watching()) for _ in range(count)]
        await asyncio.gather(*(one.until(1, ENDS) for one in watches))
        more = resident_megabytes(pids)[web.name] - before
    await visitor.leave()
    return more
