"""A person's playlists, saved tracks and plays, brought in from a service.

The steps: list the playlists, read those that changed page by page, read what was played lately, recognise what is
new. After each page the rows and the job's checkpoint are written in one transaction, so that an import may be killed
anywhere and goes on from the page before; it ends the same as one that was never disturbed. One page is in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef
from django.utils import timezone

from accounts.models import ServiceCredential, User
from recommender.library import disconnect
from recommender.library.jobs import state
from recommender.library.jobs.report import Outcome
from recommender.library.jobs.state import Later, Progress
from recommender.library.matching.service_tracks import WORDS_ONLY, match_batch
from recommender.models import (
    LibraryJob,
    Listen,
    PlaylistItem,
    ServiceEntry,
    ServicePlaylist,
    ServiceTrack,
    Track,
    TrackLink,
)
from recommender.services.protocol import (
    FoundPlaylist,
    FoundTrack,
    Garbled,
    MusicService,
    NotOffered,
    Page,
    QuotaSpent,
    RateLimited,
    ServiceError,
    ServiceInfo,
    Unreachable,
    Vanished,
)

Kind = ServicePlaylist.Kind
TOLD = ("title", "artist", "album", "genre", "year", "duration", "isrc", "url")
SAVED, TOP = "saved tracks", "most played"
"""External ids of the two lists that are no playlists; no service's ids have spaces."""
REST_SECONDS = 60.0
QUOTA_SECONDS = 3600.0
TRIES = 6
"""How often in a row a service may be out of reach before the import gives up."""


def import_library(person: User, service: MusicService, job: LibraryJob, progress: Progress) -> Outcome:
    """Bring in what is new or changed since the last time. ``job`` must be claimed; its checkpoint is read and kept.

    Raises ``Later`` when the service asks to wait, ``ServiceError`` when it will not do it, ``Cancelled``, ``Lost``.
    """
    return _Import(person, service, job, progress).run()


def later_for(error: ServiceError, tries: int) -> Later | None:
    """When a failure means waiting: for how long, and the sentence to show; None when asking again is no use."""
    if isinstance(error, QuotaSpent):
        return Later(f"Paused: {error.message} It goes on by itself.", error.retry_after or QUOTA_SECONDS)
    if isinstance(error, RateLimited):
        return Later(f"Waiting: {error.message}", error.retry_after or REST_SECONDS)
    if isinstance(error, Unreachable) and tries < TRIES:
        return Later("Waiting: the service cannot be reached; it is tried again.", error.retry_after or 5.0 * 2**tries)
    return None


@dataclass
class _Import:
    person: User
    service: MusicService
    job: LibraryJob
    progress: Progress
    at: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.info = self.service.info
        self.credential = credential_of(self.person, self.info.name)
        self.at = dict(self.job.checkpoint) or {"done": 0, "total": 0, "added": 0, "updated": 0, "read": 0, "skips": {}}

    def run(self) -> Outcome:
        try:
            if "todo" not in self.at:
                self._survey()
            while self.at["todo"]:
                self._read_page(self.at["todo"][0])
            self._listens()
        except ServiceError as error:
            tries = self.at.get("tries", 0)
            if later := later_for(error, tries):
                self.at["tries"] = tries + 1
                state.save_checkpoint(self.job, self.at)
                raise later from error
            raise
        while count := match_batch(self.person, self.info):
            self._step(f"{count} looked up")
        forget_unused(self.person, self.info)
        return self._outcome()

    # --- what there is

    def _survey(self) -> None:
        """List everything; note what has to be read. What the service no longer lists is gone here too."""
        found = [(Kind.PLAYLIST, one) for one in self._listing()]
        for offered, kind, name in ((self.info.can.saved, Kind.SAVED, SAVED), (self.info.can.top, Kind.TOP, TOP)):
            if offered:
                title = kind.label.capitalize()
                found.append((kind, FoundPlaylist(service=self.info.name, external_id=name, title=title)))
        with transaction.atomic():
            seen = [self._listed(one, kind) for kind, one in found]
            mine = ServicePlaylist.objects.filter(owner=self.person, service=self.info.name)
            mine.exclude(kind=Kind.KEPT).exclude(pk__in=[row.pk for row in seen]).delete()
            todo = [row for row in seen if row.readable and self._is_due(row)]
            self.at |= {
                "todo": [str(row.pk) for row in todo],
                "total": sum(row.count or 0 for row in todo),
                "cursor": None,
                "position": 0,
            }
            state.save_checkpoint(self.job, self.at)

    def _listing(self) -> Iterator[FoundPlaylist]:
        cursor = None
        while self.info.can.playlists:
            page = self.service.playlists(cursor)
            yield from page.items
            if (cursor := page.cursor) is None:
                return

    def _listed(self, found: FoundPlaylist, kind: Kind) -> ServicePlaylist:
        told: dict[str, Any] = {
            "credential": self.credential,
            "kind": kind,
            "title": found.title,
            "url": found.url,
            "readable": found.readable,
            "listed": found.snapshot[:200],
        }
        if found.count is not None:
            told["count"] = found.count
        row, _ = ServicePlaylist.objects.update_or_create(
            owner=self.person, service=self.info.name, external_id=found.external_id, defaults=told
        )
        return row

    def _is_due(self, row: ServicePlaylist) -> bool:
        """Changed, never read whole, without a mark to tell, or more than halfway to the day it must be forgotten."""
        if not row.snapshot or row.snapshot != row.listed or row.fetched_at is None:
            return True
        keep = self.info.keep_days
        return keep is not None and timezone.now() - row.fetched_at > timedelta(days=keep) / 2

    # --- one page

    def _read_page(self, playlist_id: str) -> None:
        playlist = ServicePlaylist.objects.filter(pk=playlist_id).first()
        if playlist is None:  # disconnected meanwhile
            self._next_list()
            state.save_checkpoint(self.job, self.at)
            return
        try:
            page = self._page(playlist)
        except (Vanished, NotOffered) as error:
            self._leave_out(error)
            return
        except Garbled as error:
            if self.at["cursor"] is None:
                self._leave_out(error)
            else:  # a place to go on from that the service does not know any more: from the beginning
                self.at |= {"cursor": None, "position": 0}
            return
        with transaction.atomic():
            self._keep_page(playlist, page)
            state.save_checkpoint(self.job, self.at)
        self._step(playlist.title)

    def _page(self, playlist: ServicePlaylist) -> Page[FoundTrack]:
        cursor = self.at["cursor"]
        match playlist.kind:
            case Kind.SAVED:
                return self.service.saved(cursor)
            case Kind.TOP:
                return Page(items=tuple(self.service.top()))
        return self.service.playlist_tracks(playlist.external_id, cursor)

    def _keep_page(self, playlist: ServicePlaylist, page: Page[FoundTrack]) -> None:
        start = self.at["position"]
        ids = self._keep(page.items)
        playlist.entries.filter(position__gte=start, position__lt=start + len(page.items)).delete()
        ServiceEntry.objects.bulk_create(
            ServiceEntry(playlist=playlist, told_id=ids[one.external_id], position=start + place)
            for place, one in enumerate(page.items)
        )
        for reason in page.dropped:
            self.at["skips"][reason] = self.at["skips"].get(reason, 0) + 1
        self.at |= {"cursor": page.cursor, "position": start + len(page.items), "tries": 0}
        self.at["done"] += len(page.items)
        self.at["read"] += len(page.items) + len(page.dropped)
        if page.cursor is None:
            playlist.entries.filter(position__gte=self.at["position"]).delete()
            now = timezone.now()
            ServicePlaylist.objects.filter(pk=playlist.pk).update(
                snapshot=F("listed"), count=self.at["position"], fetched_at=now, expires=expiry(self.info, now)
            )
            self._next_list()

    def _keep(self, found: Sequence[FoundTrack]) -> dict[str, int]:
        """Rows for these recordings, new or brought up to date; their keys by external id. What now reads differently
        is looked up anew."""
        by_id = {one.external_id: one for one in found}
        mine = ServiceTrack.objects.filter(owner=self.person, service=self.info.name, external_id__in=by_id)
        known = {row.external_id: row for row in mine}
        now, changed, same = timezone.now(), [], []
        for external_id, row in known.items():
            told = service_fields(by_id[external_id])
            if told == {name: getattr(row, name) for name in TOLD}:
                same.append(row.pk)
                continue
            for name, value in told.items():
                setattr(row, name, value)
            row.match, row.fetched_at, row.expires = ServiceTrack.Match.NEW, now, expiry(self.info, now)
            changed.append(row)
        ServiceTrack.objects.filter(pk__in=same).update(fetched_at=now, expires=expiry(self.info, now))
        ServiceTrack.objects.bulk_update(changed, [*TOLD, "match", "fetched_at", "expires"])
        new = [
            ServiceTrack(
                owner=self.person,
                credential=self.credential,
                service=self.info.name,
                external_id=external_id,
                fetched_at=now,
                expires=expiry(self.info, now),
                **service_fields(one),
            )
            for external_id, one in by_id.items()
            if external_id not in known
        ]
        made = ServiceTrack.objects.bulk_create(new)
        self.at["added"] += len(made)
        self.at["updated"] += len(changed)
        return {row.external_id: row.pk for row in (*known.values(), *made)}

    def _next_list(self) -> None:
        self.at |= {"todo": self.at["todo"][1:], "cursor": None, "position": 0}

    def _leave_out(self, error: ServiceError) -> None:
        self.at["skips"][error.code] = self.at["skips"].get(error.code, 0) + 1
        self._next_list()
        state.save_checkpoint(self.job, self.at)

    # --- the rest

    def _listens(self) -> None:
        """What was played since the last play known from this service."""
        if not self.info.can.recent:
            return
        mine = Listen.objects.filter(owner=self.person, source=self.info.name)
        plays = self.service.recent(mine.aggregate(last=Max("at"))["last"])
        with transaction.atomic():
            ids = self._keep([play.track for play in plays])
            Listen.objects.bulk_create(
                (
                    Listen(owner=self.person, told_id=ids[play.track.external_id], at=play.at, source=self.info.name)
                    for play in plays
                ),
                ignore_conflicts=True,
            )

    def _step(self, note: str) -> None:
        self.progress.step(self.at["done"], max(self.at["total"], self.at["done"]), note)

    def _outcome(self) -> Outcome:
        at = self.at
        outcome = Outcome(read=at["read"], added=at["added"], updated=at["updated"])
        for code, count in at["skips"].items():
            outcome.skip(code, self.info.title, SKIPPED.get(code, "it could not be used"), count)
        outcome.unchanged = max(0, at["read"] - at["added"] - at["updated"] - outcome.skipped)
        return outcome


SKIPPED = {
    Vanished.code: "a playlist was deleted while it was being read",
    NotOffered.code: "the service does not open it to other programs",
    Garbled.code: "the service's answer made no sense",
}


def expiry(service: ServiceInfo, now: datetime) -> datetime | None:
    """Until when what a service tells may be kept."""
    return now + timedelta(days=service.keep_days) if service.keep_days is not None else None


def credential_of(person: User, service: str) -> ServiceCredential | None:
    """The permission that what the service tells comes by."""
    mine = ServiceCredential.objects.filter(owner=person, service=service)
    return mine.filter(status__in=ServiceCredential.USABLE).first() or mine.first()


def service_fields(found: FoundTrack) -> dict[str, Any]:
    """A recording's fields as the service tells them."""
    return {name: getattr(found, name) for name in TOLD}


def forget_unused(person: User, service: ServiceInfo) -> None:
    """Delete what no playlist and no play of the person's holds any more, and the words-only tracks made for it; what
    stands in a list made here stays, where the service's terms do not want it forgotten."""
    rows = ServiceTrack.objects.filter(owner=person, service=service.name)
    unused = rows.filter(
        ~Exists(ServiceEntry.objects.filter(told=OuterRef("pk"))), ~Exists(Listen.objects.filter(told=OuterRef("pk")))
    )
    if service.keep_days is None:
        unused = unused.filter(~Exists(PlaylistItem.objects.filter(track=OuterRef("track"))))
    unused.delete()
    disconnect.forget_tracks(orphans(person, service.name), disconnect.GONE, service.name)


def orphans(person: User, service: str) -> Track.TrackQueries:
    """Words-only tracks of the person's that no row of the service stands behind."""
    linked = TrackLink.objects.filter(track=OuterRef("pk"), service=service)
    told = ServiceTrack.objects.filter(track=OuterRef("pk"))
    return Track.objects.filter(Exists(linked), ~Exists(told), owner=person, source__in=WORDS_ONLY)


def forget_expired() -> int:
    """Delete stored copies that were not refreshed in the time the service's terms give; how many recordings."""
    now = timezone.now()
    ServicePlaylist.objects.filter(expires__lt=now).delete()
    gone = ServiceTrack.objects.filter(expires__lt=now)
    people = list(gone.values_list("owner", "service").distinct())
    count, _ = gone.delete()
    for owner, service in people:
        person = User.objects.filter(pk=owner).first()
        if person:
            disconnect.forget_tracks(orphans(person, service), disconnect.EXPIRED, service)
    return count
