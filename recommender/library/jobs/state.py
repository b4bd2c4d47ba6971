"""The state machine of long catalogue jobs.

queued -> running (claimed) | cancelled
running -> done | failed | cancelled
running -> queued (it makes room for others between two steps, it waits until ``not_before`` because a service asks
    for that, or its worker was lost and attempts remain)

Every transition is one ``UPDATE ... WHERE state = ...``: of two workers, or a worker and a canceller, exactly one
wins, and the loser learns it from the returned False.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from core.errors import DylumoError
from recommender.library.jobs.report import Outcome
from recommender.models import LibraryJob

if TYPE_CHECKING:
    from accounts.models import User

log = logging.getLogger(__name__)

State = LibraryJob.State
OPEN = (State.QUEUED, State.RUNNING)
HEARTBEAT_SECONDS = 3.0
LOST_AFTER = timedelta(seconds=20)
MAX_ATTEMPTS = 3
SAVE_SECONDS = 0.5
"""Progress is written at most this often."""

OnStep = Callable[[int, int, str], None]
"""``on_step(done, total, note)``; total is 0 while it is unknown."""


class Cancelled(DylumoError):
    code = "cancelled"
    status = 409
    message = "This was cancelled; what had been finished by then is kept."
    hint = "Start it again to do the rest."


class Later(DylumoError):
    """The rest can only be done in ``seconds``: a service asks for rest, or its day's allowance is used up."""

    code = "waiting"
    status = 503

    def __init__(self, message: str, seconds: float, *, hint: str | None = None, code: str | None = None) -> None:
        super().__init__(message, hint=hint, code=code)
        self.seconds = seconds


class Lost(DylumoError):
    code = "worker_lost"
    status = 503
    message = "The worker doing this was lost more than once."
    hint = "Check the memory and disk of the machine, then start it again: what was finished is kept."


def open_job(kind: LibraryJob.Kind, argument: str = "", owner: User | None = None) -> tuple[LibraryJob, bool]:
    """The open job of this kind, argument and owner, and whether it was made just now."""
    wanted = {"kind": kind, "argument": argument, "owner": owner}
    try:
        with transaction.atomic():
            return LibraryJob.objects.create(**wanted), True
    except IntegrityError:
        known = LibraryJob.objects.filter(**wanted, state__in=OPEN).first()
        return (known, False) if known else open_job(kind, argument, owner)  # it ended between the two statements


def claim(job_id: UUID) -> LibraryJob | None:
    """queued -> running, for the caller alone; None when another worker has it or it has ended."""
    now = timezone.now()
    due = Q(not_before=None) | Q(not_before__lte=now)
    won = LibraryJob.objects.filter(due, pk=job_id, state=State.QUEUED).update(
        state=State.RUNNING, heartbeat=now, attempts=F("attempts") + 1, error=None, not_before=None, note=""
    )
    return LibraryJob.objects.get(pk=job_id) if won else None


def finish(job: LibraryJob, outcome: Outcome) -> bool:
    """running -> done."""
    return _end(job, State.DONE, counts=outcome.counts(), skipped=outcome.reasons())


def fail(job: LibraryJob, error: DylumoError) -> bool:
    """running -> failed, or -> cancelled when that is why it stopped."""
    state = State.CANCELLED if isinstance(error, Cancelled) else State.FAILED
    return _end(job, state, error=error.as_json())


def make_room(job: LibraryJob, later: Later | None = None) -> bool:
    """running -> queued: the rest is done in another turn, which is no new attempt; not before ``later``."""
    now = timezone.now()
    waits = {"not_before": now + timedelta(seconds=later.seconds), "note": later.message[:300]} if later else {}
    won = LibraryJob.objects.filter(pk=job.pk, state=State.RUNNING, attempts=job.attempts)
    return bool(won.update(state=State.QUEUED, heartbeat=now, attempts=F("attempts") - 1, **waits))


def save_checkpoint(job: LibraryJob, checkpoint: dict[str, Any]) -> None:
    """Keep how far the job is, in the transaction of the work itself: both are done, or neither. Raises ``Lost`` when
    another worker has the job, ``Cancelled`` when it should stop."""
    mine = LibraryJob.objects.filter(pk=job.pk, state=State.RUNNING, attempts=job.attempts)
    if not mine.filter(cancel_requested=False).update(checkpoint=checkpoint, heartbeat=timezone.now()):
        raise Cancelled() if mine.exists() else Lost()


def _end(job: LibraryJob, state: LibraryJob.State, **fields: Any) -> bool:
    won = LibraryJob.objects.filter(pk=job.pk, state=State.RUNNING, attempts=job.attempts).update(
        state=state, finished=timezone.now(), **fields
    )
    return bool(won)


def cancel(job: LibraryJob) -> bool:
    """A queued job ends at once, a running one at its next step; False when it has already ended."""
    now = timezone.now()
    if LibraryJob.objects.filter(pk=job.pk, state=State.QUEUED).update(
        state=State.CANCELLED, finished=now, cancel_requested=True, error=Cancelled().as_json()
    ):
        return True
    return bool(LibraryJob.objects.filter(pk=job.pk, state=State.RUNNING).update(cancel_requested=True))


def requeue_lost() -> list[LibraryJob]:
    """Running jobs whose heartbeat stopped go back to the queue, or fail when their attempts are used up.

    Returns every queued job that has waited long enough to be announced to the workers (again).
    """
    deadline = timezone.now() - LOST_AFTER
    lost = LibraryJob.objects.filter(state=State.RUNNING, heartbeat__lt=deadline)
    lost.filter(cancel_requested=True).update(
        state=State.CANCELLED, finished=timezone.now(), error=Cancelled().as_json()
    )
    lost.filter(attempts__gte=MAX_ATTEMPTS).update(state=State.FAILED, finished=timezone.now(), error=Lost().as_json())
    lost.update(state=State.QUEUED)
    due = Q(not_before=None) | Q(not_before__lte=timezone.now())
    waiting = list(LibraryJob.objects.filter(due, state=State.QUEUED, heartbeat__lt=deadline))
    LibraryJob.objects.filter(pk__in=[job.pk for job in waiting]).update(heartbeat=timezone.now())
    return waiting


class Progress:
    """What a running job reports: how far it is and whether to stop. Also shown by commands, without a row.

    ``on_step`` is called at each step.
    """

    def __init__(self, job: LibraryJob | None = None, on_step: OnStep | None = None) -> None:
        self._job, self._on_step, self._saved = job, on_step, 0.0

    def step(self, done: int, total: int, note: str = "") -> None:
        """Record progress; raises ``Cancelled`` when someone asked for it, ``Lost`` when another worker has the job."""
        if self._on_step:
            self._on_step(done, total, note)
        now = time.monotonic()
        if self._job is None or (now - self._saved < SAVE_SECONDS and done < total):
            return
        self._saved = now
        row = LibraryJob.objects.filter(pk=self._job.pk, state=State.RUNNING, attempts=self._job.attempts)
        if not row.update(done=done, total=total, heartbeat=timezone.now()):
            raise Lost()
        if row.filter(cancel_requested=True).exists():
            raise Cancelled()


@contextmanager
def beating(job: LibraryJob) -> Iterator[None]:
    """Keep the job's heartbeat going from a thread of its own: one long statement must not look like a lost worker."""
    stop = threading.Event()

    def beat() -> None:
        try:
            while not stop.wait(HEARTBEAT_SECONDS):
                LibraryJob.objects.filter(pk=job.pk, state=State.RUNNING, attempts=job.attempts).update(
                    heartbeat=timezone.now()
                )
        except Exception:  # without a heartbeat the sweep will requeue the job; the work itself goes on
            log.exception("the heartbeat of job %s stopped", job.pk)
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=f"heartbeat-{job.pk}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
