"""A listening history export into rows: each play once, however often the same export is read."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from accounts.models import User
from core.storage import KeptFile, on_disk
from core.text import folded
from recommender.library.importers.history_formats import HistoryError, Played, Unreadable, Unused, plays
from recommender.library.jobs.report import Outcome
from recommender.library.jobs.state import Progress
from recommender.library.matching.service_tracks import match_batch
from recommender.models import Listen, ServiceTrack
from recommender.services.protocol import Capabilities, ServiceInfo

BATCH = 1000


def _batches(entries: Iterator[Played | Unused]) -> Iterator[list[Played | Unused]]:
    """Lists of at most ``BATCH``; those read before the file turned out to be broken are given before its error."""
    batch: list[Played | Unused] = []
    try:
        for entry in entries:
            batch.append(entry)
            if len(batch) == BATCH:
                yield batch
                batch = []
    except HistoryError:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def uploads() -> Path:
    """Where exports waited for their import before they were kept as other uploads are."""
    return Path(settings.HOME) / "uploads"


UPLOADS = "exports"


def keep(content: File[bytes], ending: str) -> str:
    """Keep an uploaded export until its import, which deletes it; what the job is given."""
    return default_storage.save(f"{UPLOADS}/{uuid.uuid4()}{ending}", content)


def import_upload(argument: str, person: User, progress: Progress) -> Outcome:
    """Import an export that was uploaded, or one that lies at a path of this machine. Raises HistoryError."""
    if Path(argument).is_absolute():
        return import_history(Path(argument), person, progress)
    try:
        with on_disk(KeptFile(argument)) as path:
            return import_history(path, person, progress)
    except FileNotFoundError as error:
        raise Unreadable from error
    finally:
        default_storage.delete(argument)


def import_history(path: Path, person: User, progress: Progress) -> Outcome:
    """Read every play of an export into the person's listens, and recognise the recordings.

    Raises HistoryError; what stood before the trouble is kept. A play is known by its recording and its time.
    """
    outcome, services = Outcome(), set()
    try:
        for batch in _batches(plays(path)):
            services |= _keep_batch(batch, person, outcome)
            progress.step(outcome.read, 0, path.name)
    finally:
        for service in sorted(services):
            while match_batch(person, export_of(service), keep_words=False):
                progress.step(outcome.read, 0, "looking up recordings")
        if path.parent == uploads():
            path.unlink(missing_ok=True)
    if not outcome.read:
        raise HistoryError
    return outcome


def export_of(service: str) -> ServiceInfo:
    """An export as a source: kept apart from what the service itself tells, whose terms it does not share."""
    return ServiceInfo(name=service, title=service.replace("-", " ").capitalize(), can=Capabilities())


def _keep_batch(batch: Sequence[Played | Unused], person: User, outcome: Outcome) -> set[str]:
    outcome.read += len(batch)
    for place, entry in enumerate(batch, outcome.read - len(batch) + 1):
        if isinstance(entry, Unused):
            outcome.skip(entry.code, place, entry.why)
    played = [entry for entry in batch if isinstance(entry, Played)]
    with transaction.atomic():
        told = _recordings(played, person)
        wanted = {(told[_key(one)], one.at): one for one in played}
        outcome.unchanged += len(played) - len(wanted)
        known = set(
            Listen.objects.filter(
                owner=person, told__in={row for row, _ in wanted}, at__in={at for _, at in wanted}
            ).values_list("told", "at")
        )
        new = {key: one for key, one in wanted.items() if key not in known}
        Listen.objects.bulk_create(
            (
                Listen(owner=person, told_id=row, at=at, source=_service(one), seconds=one.seconds)
                for (row, at), one in new.items()
            ),
            ignore_conflicts=True,
        )
    outcome.added += len(new)
    outcome.unchanged += len(wanted) - len(new)
    return {_service(one) for one in played}


def _service(one: Played) -> str:
    return f"{one.source}-export"


def _key(one: Played) -> tuple[str, str]:
    """Service and id; recordings without an id are known by their names."""
    names = hashlib.sha256(f"{folded(one.artist)}\n{folded(one.title)}".encode()).hexdigest()[:40]
    return _service(one), one.external_id or f"names:{names}"


def _recordings(played: Sequence[Played], person: User) -> dict[tuple[str, str], int]:
    wanted = {_key(one): one for one in played}
    ServiceTrack.objects.bulk_create(
        (
            ServiceTrack(
                owner=person,
                service=service,
                external_id=external_id,
                title=one.title,
                artist=one.artist,
                album=one.album,
                isrc=one.isrc,
                duration=one.duration,
            )
            for (service, external_id), one in wanted.items()
        ),
        ignore_conflicts=True,
    )
    rows = ServiceTrack.objects.filter(
        owner=person,
        service__in={service for service, _ in wanted},
        external_id__in={external_id for _, external_id in wanted},
    ).values_list("service", "external_id", "pk")
    return {(service, external_id): pk for service, external_id, pk in rows}
