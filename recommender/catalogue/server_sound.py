"""Listening to the music on a person's own server: fetched song by song, heard, and not kept."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from dylumo_site.errors import DylumoError
from recommender.catalogue import shelf
from recommender.catalogue.hearing import Heard, hear
from recommender.catalogue.imports import later_for
from recommender.catalogue.jobs import Progress, save_checkpoint
from recommender.catalogue.outcome import Outcome
from recommender.catalogue.processes import each
from recommender.models import LibraryJob, ServiceTrack, Track
from recommender.services.base import ServiceError, Vanished
from recommender.services.subsonic import Subsonic
from recommender.streaming import SOUND_TYPES

SLICE = 24
"""Songs fetched and heard in one turn, so that a long library holds nobody else up."""
LARGEST_SONG = 300 * 2**20
ENDINGS = {kind: ending for ending, kind in SOUND_TYPES.items()} | {"audio/x-flac": ".flac"}


class TooLong(DylumoError):
    code = "song_too_large"
    message = "The file is too large to be listened to."


def hear_slice(person: User, service: Subsonic, job: LibraryJob, progress: Progress) -> Outcome | None:
    """Hear the next songs that are known by their words only; None when there may be more. A song that cannot be heard
    is noted and not asked for again. Raises ``Later``, ServiceError, Cancelled, Lost."""
    waiting = unheard(person, service.info.name)
    done = int(job.checkpoint.get("done", 0))
    total = done + waiting.count()
    songs = list(waiting.select_related("track")[:SLICE])
    if not songs:
        return Outcome(read=done, added=done)
    try:
        with tempfile.TemporaryDirectory(prefix="dylumo-songs-") as folder:
            for song, heard in _heard(songs, service, Path(folder)):
                _keep(song, heard)
                done += 1
                progress.step(done, total, song.title)
    except ServiceError as error:
        tries = int(job.checkpoint.get("tries", 0))
        if later := later_for(error, tries):
            save_checkpoint(job, {"done": done, "tries": tries + 1})
            raise later from error
        raise
    save_checkpoint(job, {"done": done})
    return None


def unheard(person: User, service: str) -> QuerySet[ServiceTrack]:
    """The person's songs on the server whose sound nobody has heard yet."""
    return ServiceTrack.objects.filter(
        owner=person, service=service, heard="", track__profile__isnull=True, track__source=Track.Source.SERVER
    ).order_by("pk")


def _heard(
    songs: Sequence[ServiceTrack], service: Subsonic, folder: Path
) -> Iterator[tuple[ServiceTrack, Heard | DylumoError]]:
    """Each song with what was heard, or with why it could not be; its file is gone again at once."""
    files: dict[Path, ServiceTrack] = {}
    for song in songs:
        try:
            files[_fetched(song, service, folder)] = song
        except (Vanished, TooLong) as error:
            yield song, error
    with closing(each(hear, list(files))) as heard:
        for path, answer in heard:
            with contextlib.suppress(OSError):
                path.unlink()
            yield files[path], answer


def _fetched(song: ServiceTrack, service: Subsonic, folder: Path) -> Path:
    with service.stream(song.external_id) as response:
        kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
        path = folder / f"{song.pk}{ENDINGS.get(kind, '.mp3')}"
        size = 0
        with path.open("wb") as file:
            for chunk in response.iter_bytes():
                size += len(chunk)
                if size > LARGEST_SONG:
                    raise TooLong
                file.write(chunk)
    return path


def _keep(song: ServiceTrack, heard: Heard | DylumoError) -> None:
    track = song.track
    with transaction.atomic():
        if isinstance(heard, Heard) and track is not None:
            shelf.describe(track, heard.reading, track.genre)
        note = "heard" if isinstance(heard, Heard) else heard.code
        ServiceTrack.objects.filter(pk=song.pk).update(heard=note[:40])
