"""The live side on real processes: how soon a person sees something, and whether 100 sockets lose anything.

A whole copy of the site (database, Redis, web, workers) runs on a loopback port with a home of its own, on the basic
tier, with the public table as its catalogue. First one visitor after another: a sample photo and refinements, timed
from sending the request to the event's arrival. Then many at once, each with a socket and a turn in flight; every
socket must have received the events 1, 2, 3, ... once and in order, and what a second socket is replayed afterwards
must be the same. Nothing leaves the machine. Text vectors are not part of the catalogue here.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from itertools import pairwise
from typing import Any

from lab.benchmarks._figures import data_folder, machine, spread
from lab.benchmarks._site import ENDS, Site, Visitor, Watch, running_site

SOCKETS, ALONE, WARM_UP = 100, 10, 2
LONGEST_SECONDS = 480.0
"""The crowd's turns are waited for this long."""
SAMPLES = ("sunset-sea", "forest-morning", "rainy-city", "party-lights")
REFINEMENTS = ("a bit slower", "happier please", "no vocals", "something calmer")
WISHES = ("a rainy evening at home", "driving along the coast", "angry and loud", "a calm walk in the forest")
TARGETS = {"first_event": 300.0, "first_tracks": 1500.0, "refinement": 1000.0}


def run(sockets: int = SOCKETS, alone: int = ALONE) -> dict[str, Any]:
    """The figures; milliseconds are median and 95th percentile."""
    table = data_folder() / "spotify" / "tracks_features_70k.csv.gz"
    with running_site() as site:
        began = time.perf_counter()
        site.fill(table)
        filled = time.perf_counter() - began
        before = site.web_megabytes()
        figures = asyncio.run(_measure(site, sockets, alone))
        return {
            **figures,
            "targets_ms": TARGETS,
            "web_megabytes": {"before": before, "after": site.web_megabytes()},
            "import_seconds": round(filled, 1),
            "machine": machine(),
        }


async def _measure(site: Site, sockets: int, alone: int) -> dict[str, Any]:
    for number in range(WARM_UP):
        await one_visit(site, number)
    visits = [await one_visit(site, number) for number in range(alone)]
    return {
        "alone": {
            name: spread([one for visit in visits for one in visit[name]])
            for name in ("first_event", "first_tracks", "photo_turn", "refinement_first_event", "refinement")
        }
        | {"visits": alone, "refinements": alone * len(REFINEMENTS)},
        "crowd": await crowd(site, sockets),
    }


async def one_visit(site: Site, number: int) -> dict[str, list[float]]:
    """A photo and refinements by one visitor, nobody else there; milliseconds."""
    visitor = Visitor(site)
    await visitor.come()
    sent = time.perf_counter()
    await visitor.start(sample=SAMPLES[number % len(SAMPLES)])
    async with visitor.watching() as watch:
        done = await watch.until(1, ENDS)
        took = {
            "first_event": [watch.times[0] - sent],
            "first_tracks": [await watch.until(1, ("tracks",)) - sent],
            "photo_turn": [done - sent],
            "refinement_first_event": [],
            "refinement": [],
        }
        for turn, text in enumerate(REFINEMENTS, 2):
            sent = time.perf_counter()
            await visitor.say(text)
            took["refinement"].append(await watch.until(turn, ENDS) - sent)
            took["refinement_first_event"].append(watch.first_after(sent) - sent)
    await visitor.leave()
    return {name: [1000 * seconds for seconds in times] for name, times in took.items()}


async def crowd(site: Site, sockets: int) -> dict[str, Any]:
    """Many visitors, each with one turn; all sockets are open while the turns wait and run."""
    visitors = [Visitor(site) for _ in range(sockets)]
    gate = asyncio.Semaphore(20)  # arrivals at a time
    began = time.perf_counter()
    async with AsyncExitStack() as stack:
        sent = await asyncio.gather(*(_arrive(visitor, place, gate) for place, visitor in enumerate(visitors)))
        watches = [await stack.enter_async_context(visitor.watching()) for visitor in visitors]
        opened = time.perf_counter() - began
        waiting = sum(not any(frame["kind"] in ENDS for frame in watch.frames) for watch in watches)
        ends = [asyncio.create_task(watch.until(1, ENDS)) for watch in watches]
        await asyncio.wait(ends, timeout=LONGEST_SECONDS)
        ended = [task for task in ends if task.done()]
        for task in ends:
            task.cancel()
        seconds = time.perf_counter() - began
        again = [await replayed(visitor, len(watch.frames)) for visitor, watch in zip(visitors, watches, strict=True)]
        told = faults(watches, again)
    for visitor in visitors:
        await visitor.leave()
    return {
        "sockets": sockets,
        "turns_in_flight_when_all_were_open": waiting,
        "turns_ended": len(ended),
        "turns_done": sum(frame["kind"] == "turn.done" for watch in watches for frame in watch.frames),
        "events": sum(len(watch.frames) for watch in watches),
        **told,
        "post_ms": spread([1000 * (after - before) for before, after in sent]),
        "open_seconds": round(opened, 1),
        "seconds": round(seconds, 1),
    }


async def _arrive(visitor: Visitor, place: int, gate: asyncio.Semaphore) -> tuple[float, float]:
    async with gate:
        await visitor.come()
        before = time.perf_counter()
        await visitor.start(text=WISHES[place % len(WISHES)])
        return before, time.perf_counter()


async def replayed(visitor: Visitor, wanted: int) -> Watch:
    """What a second socket receives, up to as many events as the first one has."""
    watch: Watch
    async with visitor.watching() as watch, asyncio.timeout(30), watch.arrived:
        await watch.arrived.wait_for(lambda: len(watch.frames) >= wanted)
    return watch


def faults(watches: list[Watch], again: list[Watch]) -> dict[str, int]:
    """Events lost, repeated and out of order over all sockets, against what the replay holds."""
    lost = repeated = disordered = 0
    for watch, stored in zip(watches, again, strict=True):
        numbers = [frame["seq"] for frame in watch.frames]
        lost += len({frame["seq"] for frame in stored.frames} - set(numbers))
        repeated += len(numbers) - len(set(numbers))
        disordered += sum(after < before for before, after in pairwise(numbers))
        disordered += sum(one != other for one, other in zip(watch.frames, stored.frames, strict=False))
    return {"lost": lost, "repeated": repeated, "out_of_order_or_changed": disordered}
