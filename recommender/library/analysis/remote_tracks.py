"""Listening to music that lies elsewhere and may be heard: on a person's own server, in an open archive.

It is fetched song by song, heard, and not kept. Which services allow it is ``Capabilities.analysis``; the previews and
streams of all others are never fetched.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from core.errors import DylumoError
from core.range_response import SOUND_TYPES
from core.upstream import Incoming
from recommender.library.analysis import store
from recommender.library.analysis.analyze_file import Heard, hear
from recommender.library.importers.service_library import later_for
from recommender.library.jobs.process_pool import each
from recommender.library.jobs.report import Outcome
from recommender.library.jobs.state import Progress, save_checkpoint
from recommender.models import LibraryJob, ServiceTrack, Track
from recommender.services.protocol import Garbled, MusicService, NotOffered, ServiceError, Unreachable, Vanished

SLICE = 24
"""Songs fetched and heard in one turn, so that a long library holds nobody else up."""
LONGEST_FETCH = 180.0
"""Seconds one song may take to come."""
ENDINGS = {kind: ending for ending, kind in SOUND_TYPES.items()} | {"audio/x-flac": ".flac"}
MAY_BE_HEARD = (Track.Source.SERVER, Track.Source.OPEN)


class TooLarge(DylumoError):
    code = "song_too_large"
    message = "The file is too large to be listened to."


class TooSlow(DylumoError):
    code = "song_too_slow"
    message = "The file did not come in time."


NOT_THIS_ONE = (Vanished, Garbled, TooLarge, TooSlow)
"""Failures that speak of one song only: the others may still be had."""


def analyze_batch(person: User, service: MusicService, job: LibraryJob, progress: Progress) -> Outcome | None:
    """Hear the next songs that are known by their words only; None when there may be more. A song that cannot be heard
    is noted and not asked for again. Raises ``Later``, ServiceError, Cancelled, Lost."""
    if not service.info.can.analysis:
        raise NotOffered(
            service.info.name, "The sound of {service} may not be analysed.", told={"service": service.info.title}
        )
    at = {"done": 0, "left_out": {}, "tries": 0} | job.checkpoint
    waiting = unheard(person, service.info.name)
    total = at["done"] + waiting.count()
    songs = list(waiting.select_related("track")[:SLICE])
    if not songs:
        return _outcome(at, service)

    def still() -> None:
        progress.step(at["done"], total, service.info.title)

    try:
        with _folder(job) as folder, closing(_heard(songs, service, folder, still)) as answers:
            for song, heard in answers:
                with transaction.atomic():
                    note = _keep(song, heard)
                    at |= {"done": at["done"] + 1, "tries": 0}
                    if not isinstance(heard, Heard):
                        at["left_out"][note] = at["left_out"].get(note, 0) + 1
                    save_checkpoint(job, at)
                still()
    except ServiceError as error:
        if later := later_for(error, at["tries"]):
            save_checkpoint(job, at | {"tries": at["tries"] + 1})
            raise later from error
        raise
    return None


@contextmanager
def _folder(job: LibraryJob) -> Iterator[Path]:
    """A folder for the songs being heard. What a worker that was killed left behind goes first."""
    name = f"dylumo-songs-{job.pk}-"
    for left in Path(tempfile.gettempdir()).glob(f"{name}*"):
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=name, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def unheard(person: User, service: str) -> QuerySet[ServiceTrack]:
    """What the service told this person of, whose sound nobody has heard yet."""
    return ServiceTrack.objects.filter(
        owner=person, service=service, heard="", track__profile__isnull=True, track__source__in=MAY_BE_HEARD
    ).order_by("pk")


def _heard(
    songs: Sequence[ServiceTrack], service: MusicService, folder: Path, still: Callable[[], None]
) -> Generator[tuple[ServiceTrack, Heard | DylumoError], None, None]:
    """Each song with what was heard, or with why it could not be. A song is fetched when somebody is free to hear it,
    and its file is gone again at once."""
    files: dict[Path, ServiceTrack] = {}
    refused: list[tuple[ServiceTrack, DylumoError]] = []

    def fetched() -> Iterator[Path]:
        for song in songs:
            try:
                path = _fetched(song, service, folder, still)
            except NOT_THIS_ONE as error:
                refused.append((song, error))
                continue
            files[path] = song
            yield path

    with closing(each(hear, fetched())) as answers:
        for path, answer in answers:
            path.unlink(missing_ok=True)
            yield files[path], answer
            while refused:
                yield refused.pop()
    yield from refused


def _fetched(song: ServiceTrack, service: MusicService, folder: Path, still: Callable[[], None]) -> Path:
    """The song's file. ``still`` is called as it comes: whoever asked may have changed their mind."""
    give_up, size = time.monotonic() + LONGEST_FETCH, 0
    with service.stream(song.external_id) as response:
        path = folder / f"{song.pk}{_ending(song, response)}"
        try:
            with path.open("wb") as file:
                for chunk in response.pieces():
                    size += len(chunk)
                    if size > service.info.largest_song:
                        raise TooLarge
                    if time.monotonic() > give_up:
                        raise TooSlow
                    file.write(chunk)
                    still()
        except httpx.HTTPError as error:
            raise Unreachable(service.info.name) from error
        finally:
            if sys.exception():
                path.unlink(missing_ok=True)
    return path


def _ending(song: ServiceTrack, response: Incoming) -> str:
    """By what the service says it is, else by its name there."""
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    named = Path(song.external_id).suffix.lower()
    return ENDINGS.get(kind) or (named if named in SOUND_TYPES else ".mp3")


def _keep(song: ServiceTrack, heard: Heard | DylumoError) -> str:
    note = "heard" if isinstance(heard, Heard) else heard.code
    if isinstance(heard, Heard) and (track := Track.objects.filter(told_as=song).first()):  # not let go of meanwhile
        store.describe(track, heard.reading, track.genre)
    ServiceTrack.objects.filter(pk=song.pk).update(heard=note[:40])
    return note


def _outcome(at: dict[str, Any], service: MusicService) -> Outcome:
    outcome = Outcome(read=at["done"], added=at["done"] - sum(at["left_out"].values()))
    for code, count in at["left_out"].items():
        outcome.skip(code, service.info.title, WHY.get(code, "no sound could be made out in it"), count)
    return outcome


WHY = {
    Vanished.code: "it is not there any more, or not open to everybody",
    TooLarge.code: "its file is larger than is fetched",
    TooSlow.code: "its file did not come in time",
}
