"""One search over everything: the catalogue, the person's own tracks, and every service they may use, all at once.

Each service has a deadline of its own, so the whole takes as long as the slowest deadline, not as long as their sum.
One that fails or is late is named and does not hold up the others.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from asgiref.sync import async_to_sync
from django.db import connections
from django.urls import reverse

from accounts.models import User
from core.schemas import Label
from recommender.library.matching.name_search import found_by_name
from recommender.models import PlaylistItem, Track
from recommender.services.protocol import FoundTrack, Garbled, Query, ServiceError, Unreachable
from recommender.services.registry import INFOS, Offer

log = logging.getLogger("dylumo.services")

HERE = "here"
DEADLINE = 2.5
DEADLINES = {"musicbrainz": 3.5, "archive": 4.0}
"""Seconds; MusicBrainz is asked at most once a second, the archive takes several questions."""
GRACE = 0.2
"""Beyond its own patience, for an adapter to say what went wrong."""
MOST_FOUND = 10
_pool = ThreadPoolExecutor(max_workers=32, thread_name_prefix="search")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What one place said. ``error``: a sentence for the person, empty when it went well; ``seconds`` it took."""

    service: str
    title: str
    tracks: tuple[FoundTrack, ...] = ()
    error: str = ""
    code: str = ""
    seconds: float = 0.0


def here(person: User | None, query: Query) -> Answer:
    """What the catalogue and the person's own tracks have under these words, best first; by ISRC where one is asked.

    A track that a service told of carries that service's name, so that its terms go with it."""
    started = time.monotonic()
    tracks = Track.objects.visible_to(person)
    if query.isrc:
        ids = list(tracks.filter(isrc=query.isrc).values_list("pk", flat=True)[: query.limit])
    else:
        sure = found_by_name(tracks, [Label(name=query.words, score=1.0, kind="word")])
        ids = sorted(sure, key=lambda pk: (-sure[pk], pk))[: query.limit]
    rows = tracks.prefetch_related("links").in_bulk(ids)
    found = tuple(_own(rows[pk]) for pk in ids if pk in rows)
    return Answer(service=HERE, title="Here", tracks=found, seconds=time.monotonic() - started)


def in_lists_of(person: User | None, ids: Sequence[str]) -> dict[str, str]:
    """By track id, the title of the person's newest list that has it."""
    if person is None:
        return {}
    items = PlaylistItem.objects.filter(playlist__owner=person, track_id__in=[int(one) for one in ids])
    listed = items.order_by("playlist__created").values_list("track_id", "playlist__title")
    return {str(track): title for track, title in listed}


def _own(track: Track) -> FoundTrack:
    told_by = next((link for link in track.links.all() if link.service in INFOS), None)
    of_service = told_by if track.source == Track.Source.SERVICE else None
    sound = reverse("audio", args=[track.pk]) if track.file and not track.missing_since else ""
    return FoundTrack(
        service=of_service.service if of_service else HERE,
        external_id=of_service.external_id if of_service else str(track.pk),
        title=track.title,
        artist=track.artist,
        album=track.album,
        duration=track.duration,
        isrc=track.isrc,
        year=track.year,
        explicit=track.explicit,
        genre=track.genre,
        url=told_by.url if told_by else "",
        stream_url=sound,
        playable=bool(sound) or None,
    )


async def answers(offers: Sequence[Offer], query: Query) -> AsyncIterator[Answer]:
    """What each service said, in the order in which they answer. Raises nothing: failures are answers too."""
    asked = [asyncio.ensure_future(_answer(offer, query)) for offer in offers if offer.info.can.search]
    try:
        for done in asyncio.as_completed(asked):
            yield await done
    finally:
        for task in asked:
            task.cancel()


def all_answers(offers: Sequence[Offer], query: Query) -> list[Answer]:
    """The same, when all have answered or are late."""

    async def gathered() -> list[Answer]:
        return [answer async for answer in answers(offers, query)]

    return async_to_sync(gathered)()


def deadline(service: str) -> float:
    return DEADLINES.get(service, DEADLINE)


async def _answer(offer: Offer, query: Query) -> Answer:
    started, name = time.monotonic(), offer.info.name
    patience = deadline(name)
    found: tuple[FoundTrack, ...] = ()
    error: ServiceError | None = None
    try:
        work = asyncio.get_running_loop().run_in_executor(_pool, _ask, offer, query, patience)
        found = await asyncio.wait_for(work, patience + GRACE)
    except ServiceError as problem:
        error = problem
    except TimeoutError:
        error = Unreachable(name, "It did not answer in time.")
    except Exception:
        log.exception("searching %s", name)
        error = Garbled(name)
    return Answer(
        service=name,
        title=offer.info.title,
        tracks=found,
        error=error.message if error else "",
        code=error.code if error else "",
        seconds=time.monotonic() - started,
    )


def _ask(offer: Offer, query: Query, patience: float) -> tuple[FoundTrack, ...]:
    """In a thread of the pool, which must not keep the database connection that a token may have needed."""
    try:
        if query.isrc and not offer.info.can.by_isrc:
            return ()
        return tuple(offer.open(patience).search(query))[: query.limit]
    finally:
        connections.close_all()
