"""A library of 10,000 songs brought in and recognised, and the same import killed at 20 random moments.

The library is served by a local server that speaks Spotify's protocol, in a process of its own on the same machine. It
has 50 playlists. Three songs in four are real rows of the 70,676-row table of tracks, written as another service would
write them (``identity.REWRITINGS``); the table is the catalogue. The others are not in it. No song has an ISRC, so each
is looked up by its names. Politeness is set aside for the local server only (``DYLUMO_STAND_IN_PACE``).

Memory is the resident memory of the importing process: its rise over the whole import, sampled ten times a second.
``unknown`` says of the songs that are in the table and were not recognised, why: ``names differ`` where the rewriting
made another recording's names of them for ``identity.compare``, ``not looked at`` where the right row was never among
the candidates, which would be a fault of the lookup.

``ends_the_same``: after each of 20 imports was killed (SIGKILL) at a random moment and taken up again, the rows are
those of the import that nobody disturbed. Targets: 60 seconds on 2 cores; the same memory for a fifth of the songs.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psutil
from django.conf import settings
from django.db import connections
from django.utils import timezone

from accounts.connections import credentials
from accounts.connections.oauth_client import Tokens
from accounts.models import User
from lab.benchmarks import identity
from lab.benchmarks._figures import data_folder, machine
from lab.scratch_database import own_database
from recommender.library.importers import service_library
from recommender.library.importers.tables.importer import import_table
from recommender.library.jobs import state
from recommender.library.jobs.state import Progress
from recommender.library.matching.service_tracks import to_found_track
from recommender.models import LibraryJob, ServiceEntry, ServiceTrack, Track
from recommender.services import http, registry
from recommender.services.protocol import FoundTrack
from recommender.services.track_identity import Kind, compare

SONGS, LISTS, KNOWN = 10_000, 50, 0.75
KILLS, SEED = 20, 3
TARGET_SECONDS = 60.0
PACE = 100_000
Song = tuple[str, str, int]
"""Title, artist, seconds."""


def run(songs: int = SONGS, kills: int = KILLS) -> dict[str, Any]:
    """Seconds, megabytes, shares recognised, and whether killed imports end like an undisturbed one."""
    table = data_folder() / "spotify" / "tracks_features_70k.csv.gz"
    with own_database("dylumo_bench_import"), _stand_in(songs):
        import_table(table, None, Progress())
        person, calm = _person("calm"), _Watched()
        seconds = calm.of(lambda: bring_in(person))
        told = ServiceTrack.objects.filter(owner=person)
        again = _timed(lambda: bring_in(person))
        small, fifth = _person("small"), _Watched()
        with _stand_in(songs // 5):
            fifth.of(lambda: bring_in(small))
        wild = _person("wild")
        killed = bring_in_disturbed(wild, kills, seconds)
        return {
            "songs": songs,
            "catalogue": Track.objects.filter(owner=None).count(),
            "seconds": round(seconds, 1),
            "target_seconds": TARGET_SECONDS,
            "seconds_of_a_core": round(calm.cpu, 1),
            "seconds_again_unchanged": round(again, 1),
            "recognised": told.filter(match__in=["isrc", "names"]).count(),
            "of_the_table": sum(row is not None for _, row in library(songs)),
            "unknown": unknown(person, songs),
            "kept_by_their_words": told.filter(match="none").count(),
            "megabytes_rise": round(calm.rise, 1),
            "megabytes_rise_for_a_fifth": round(fifth.rise, 1),
            "killed": killed,
            "ends_the_same": digest(wild) == digest(person),
            "seed": SEED,
            **machine(),
        }


def library(songs: int) -> list[tuple[Song, FoundTrack | None]]:
    """The songs as the service tells them, each with the row of the table that it is; seeded."""
    chance = random.Random(SEED)
    rows = chance.sample(identity.rows(), int(songs * KNOWN))
    told: list[tuple[Song, FoundTrack | None]] = []
    for row in rows:
        track = row.track
        for rewrite in chance.sample(identity.REWRITINGS, chance.randint(0, 2)):
            track = rewrite(track, chance)
        told.append(((track.title, track.artist, round(track.duration)), row.track))
    others = range(songs - len(told))
    told += [((f"Unheard {n:x} {chance.random():.6f}", f"Nobody {n % 400}", 200), None) for n in others]
    chance.shuffle(told)
    return told


def unknown(person: User, songs: int) -> dict[str, Any]:
    """Why songs of the table were not recognised: counts, and examples."""
    truth = dict(enumerate(library(songs), 1))
    why: dict[str, list[str]] = {"names differ": [], "not looked at": []}
    for told in ServiceTrack.objects.filter(owner=person, match="none"):
        row = truth[int(told.external_id)][1]
        if row is not None:
            same = compare(to_found_track(told), row).kind is Kind.SAME
            said = (
                f"{told.artist} | {told.title} | {told.duration:.0f} <- {row.artist} | {row.title} | {row.duration:.0f}"
            )
            why["not looked at" if same else "names differ"].append(said)
    return {name: {"count": len(said), "examples": said[:12]} for name, said in why.items()}


def bring_in(person: User) -> None:
    job, _ = state.open_job(LibraryJob.Kind.IMPORT, "spotify", person)
    claimed = state.claim(job.pk)
    assert claimed
    state.finish(
        claimed,
        service_library.import_library(person, registry.service_for(person, "spotify"), claimed, Progress(claimed)),
    )


def bring_in_disturbed(person: User, kills: int, seconds: float) -> int:
    """Imports killed after a random while each, then one that is left in peace; how many were really killed."""
    chance, killed = random.Random(SEED), 0
    connections.close_all()
    for _ in range(kills):
        process = multiprocessing.get_context("fork").Process(target=_child, args=(person.pk,))
        process.start()
        process.join(chance.uniform(0.0, 2.0 * seconds / (kills + 5)))
        killed += process.is_alive()
        process.kill()
        process.join()
        LibraryJob.objects.filter(owner=person, state="running").update(
            heartbeat=timezone.now() - timedelta(minutes=5), attempts=1
        )
        state.requeue_lost()
        connections.close_all()
    bring_in(person)
    return killed


def _child(person_id: int) -> None:
    http.client.cache_clear()
    bring_in(User.objects.get(pk=person_id))
    os._exit(0)


def digest(person: User) -> str:
    """Of everything an import leaves, without keys and times."""
    entries = ServiceEntry.objects.filter(playlist__owner=person).order_by("playlist__external_id", "position")
    told = ServiceTrack.objects.filter(owner=person).order_by("external_id")
    own = Track.objects.filter(owner=person).order_by("title", "artist", "duration")
    kept = [
        list(entries.values_list("playlist__external_id", "playlist__count", "position", "told__external_id")),
        list(told.values_list("external_id", "title", "artist", "match", "confidence", "track__title")),
        list(own.values_list("title", "artist", "duration", "source")),
    ]
    return hashlib.sha256(repr(kept).encode()).hexdigest()


def _person(name: str) -> User:
    person: User = User.objects.create_user(f"{name}@example.org")
    tokens = Tokens(access="t0ken", refresh="")
    credentials.keep(person, "spotify", tokens=tokens, account_id=name, account_name=name, scopes=[])
    return person


class _Watched:
    """How much more memory this process had at most while something ran, in megabytes, and its seconds of a core."""

    rise = cpu = 0.0

    def of(self, work: Callable[[], Any]) -> float:
        process, stop = psutil.Process(), threading.Event()
        before, began = process.memory_info().rss, time.process_time()

        def watch() -> None:
            while not stop.wait(0.1):
                self.rise = max(self.rise, (process.memory_info().rss - before) / 2**20)

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            return _timed(work)
        finally:
            self.cpu = time.process_time() - began
            stop.set()
            watcher.join()


def _timed(work: Callable[[], Any]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


@contextmanager
def _stand_in(songs: int) -> Iterator[None]:
    """Spotify's place taken by a local server with so many songs."""
    context = multiprocessing.get_context("fork")
    connections.close_all()
    here, there = context.Pipe()
    server = context.Process(target=_serve, args=(songs, there), daemon=True)
    server.start()
    before = settings.SERVICE_ENDPOINTS, settings.STAND_IN_PACE
    try:
        settings.SERVICE_ENDPOINTS = {"spotify": here.recv()}
        settings.STAND_IN_PACE = PACE
        yield
    finally:
        settings.SERVICE_ENDPOINTS, settings.STAND_IN_PACE = before
        server.kill()
        server.join()


def _serve(songs: int, pipe: Any) -> None:
    """In a process of its own, which also makes the songs up: the importing one must not be larger for it."""
    from tests.recommender.services import protocol_server, service_apis

    told = [
        service_apis.Song(n, title, artist, seconds)
        for n, ((title, artist, seconds), _) in enumerate(library(songs), 1)
    ]
    size = -(-len(told) // LISTS)
    lists = {f"list{n}": told[n * size : (n + 1) * size] for n in range(LISTS)}
    with protocol_server.serving(service_apis.SpotifyApi(songs=told[:10], lists=lists, likes=told[:20])) as running:
        pipe.send(running.url)
        threading.Event().wait()
