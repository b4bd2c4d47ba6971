"""A turn's life: start, claim, cancel, retry, finish, fail; and picking up what a lost worker left behind.

State machine (``Turn.State``)::

    queued -> running -> done | failed | cancelled
    queued -> cancelled
    running -> queued      its worker was lost and attempts remain
    running -> failed      its worker was lost too often

Every transition is one conditional UPDATE, so two workers can never both make it. ``attempts`` fences: a worker that
was given up for lost and comes back finds a newer attempt and stops.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F, Max, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import get_language
from kombu.exceptions import OperationalError
from redis import RedisError

from accounts.models import User
from accounts.staff_access import pseudonym
from agents.conversations.event_types import TurnCancelled, TurnDone, TurnFailed, TurnQueued
from agents.conversations.events import announce
from agents.models import Conversation, FurtherPicture, Together, Turn
from core import counters, trace
from core.errors import BadInput, Conflict, DylumoError, TooMany
from feedback.experiments.assignment import arm_for
from feedback.taste import context
from feedback.treatments import STRATEGIES
from recommender.mapping import MOST_PHOTOS
from recommender.models import Picture, Playlist, ServicePlaylist

log = logging.getLogger("dylumo.turns")

LOST_AFTER = timedelta(seconds=8)
QUEUE = "models"
AWAY_SECONDS, LOOK_SECONDS = 60.0, 0.5
"""How long a worker waits for a database that does not answer, and how often it looks."""
JUST_ASKED = timedelta(seconds=1)
"""Younger than this, a turn's message may be on its way."""
MOST_ATTEMPTS = 3
AT_WORK = "turn-of:{worker}"
ASKED_BY = "request-of:{turn}"
NOTED_SECONDS = 3600
FORGOTTEN_AFTER = timedelta(minutes=10)
"""Who was not served for so long is first in any case."""
CONTENDED = 50
"""Waiting turns looked at before a worker gives up: each may have been taken by another one meanwhile."""
LONGEST_TEXT = 2000


class TurnOpen(Conflict):
    code = "turn_open"
    message = "Dylumo is still working on your last request."
    hint = "Wait for it to finish, or cancel it first."


class TooManyOpen(TooMany):
    code = "too_many_open"
    message = "Dylumo is still working on several of your requests."
    hint = "Wait for one of them to finish, or cancel one."


class NothingAsked(BadInput):
    code = "nothing_asked"
    message = "There is no photo and no wish to work from."
    hint = "Drop a photo, or describe in words what you would like to hear."


class TooManyPictures(BadInput):
    code = "too_many_pictures"
    message = "A list can be made from up to {most} photos."
    hint = "Choose the ones that matter most."
    told = {"most": MOST_PHOTOS}


class UnknownStrategy(BadInput):
    code = "unknown_strategy"
    message = "There is no such coordination strategy."
    hint = "Use one of: {names}."
    told = {"names": ", ".join(STRATEGIES)}


class WorkerLost(DylumoError):
    code = "worker_lost"
    status = 503
    message = "The worker that was on this stopped three times."
    hint = "Try again; if it keeps failing, the health page tells what is wrong."


@transaction.atomic
def start(
    person: User,
    *,
    pictures: Sequence[Picture] = (),
    together: str = Together.AVERAGE,
    text: str = "",
    sound: tuple[str, bytes] | None = None,
    conversation: Conversation | None = None,
    strategy: str | None = None,
    within: ServicePlaylist | None = None,
    mode: str = "only",
    moment: Sequence[str] = (),
    said_by: str = "",
) -> Turn:
    """Queue a turn and say so; the work is handed to a worker once this is committed.

    ``sound``: (file name, bytes) of an uploaded song to compare with the picture. Without ``conversation`` a new one
    begins, which chooses from all tracks, or by ``mode`` from those of the playlist ``within``. ``strategy`` wins over
    what is tried on this person and over what is set. The same picture given twice counts once. ``moment``: names of
    ``feedback.taste.context``. ``said_by``: a guest's name. Raises NothingAsked, TooManyPictures, TooManyOpen,
    TurnOpen, UnknownStrategy, UnknownContext.
    """
    strategy = strategy or arm_for(person, "list").strategy or settings.STRATEGY
    if strategy not in STRATEGIES:
        raise UnknownStrategy
    text = " ".join(text.replace("\x00", " ").split())[:LONGEST_TEXT]
    pictures = list(dict.fromkeys(pictures))
    if not (pictures or text or sound):
        raise NothingAsked
    if len(pictures) > MOST_PHOTOS:
        raise TooManyPictures
    _mind_open(person)
    picture = pictures[0] if pictures else None
    if conversation is None:
        conversation = Conversation.objects.create(
            owner=person, picture=picture, title=text[:120], within=within, mode=mode
        )
    else:
        conversation = Conversation.objects.select_for_update().get(pk=conversation.pk)
        if picture:
            Conversation.objects.filter(pk=conversation.pk).update(picture=picture)
    number = (conversation.turns.aggregate(last=Max("number"))["last"] or 0) + 1
    turn = Turn(
        conversation=conversation, number=number, text=text, picture=picture, together=together, strategy=strategy
    )
    turn.moment, turn.said_by, turn.language = ",".join(context.named(moment)), said_by, get_language() or ""
    if sound:
        turn.sound.save(f"{turn.id}{_ending(sound[0])}", ContentFile(sound[1]), save=False)
        turn.sound_name = sound[0][:200]
    try:
        _open(turn, pictures)
    except Exception:  # no file without its row
        turn.sound.delete(save=False)
        raise
    announce(turn, TurnQueued(text=text))
    hand_over(turn)
    return turn


def _mind_open(person: User) -> None:
    """Raises TooManyOpen. Asked under a lock of the person's row, so that two requests at once count each other."""
    User.objects.select_for_update(no_key=True).filter(pk=person.pk).first()
    if Turn.objects.filter(conversation__owner=person, state__in=Turn.OPEN).count() >= settings.OPEN_TURNS:
        raise TooManyOpen


def _ending(name: str) -> str:
    ending = name.rpartition(".")[2].lower()
    return f".{ending}" if ending.isalnum() and len(ending) <= 5 else ""


def _open(turn: Turn, pictures: Sequence[Picture]) -> None:
    try:
        with transaction.atomic():
            turn.save()
            further = enumerate(pictures[1:], 2)
            FurtherPicture.objects.bulk_create(FurtherPicture(turn=turn, picture=p, place=n) for n, p in further)
    except IntegrityError as error:
        raise TurnOpen from error


def enqueue(turn_id: str) -> None:
    """Put the turn into the workers' queue. Raises kombu's OperationalError while the queue is down."""
    current_app.send_task("agents.tasks.run_turn", [turn_id])


def hand_over(turn: Turn) -> None:
    """Tell a worker after commit that one more turn waits; it takes the one that is next (``claim_next``). Should the
    queue be down, the sweep tells it later."""

    request = trace.request_id()

    def send() -> None:
        if request:
            with suppress(RedisError, OSError):  # only log lines would lack it
                cache.add(ASKED_BY.format(turn=turn.pk), request, timeout=NOTED_SECONDS)  # the first one asked for it
        try:
            enqueue(str(turn.pk))
        except OperationalError as error:
            log.warning("turn %s waits for the sweep: %s", turn.pk, type(error).__name__)

    transaction.on_commit(send)


def claim_next() -> Turn | None:
    """Make the turn whose turn it is this worker's; None when nobody waits. Round robin by person: first comes whoever
    was served longest ago, so that one who asks for much holds nobody else up."""
    recently = timezone.now() - FORGOTTEN_AFTER
    served = Turn.objects.filter(conversation__owner=OuterRef("conversation__owner"), started__gte=recently).order_by(
        "-started"
    )
    waiting = (
        Turn.objects.filter(state=Turn.State.QUEUED)
        .annotate(served=Subquery(served.values("started")[:1]))
        .order_by(F("served").asc(nulls_first=True), "created")
    )
    for turn_id in waiting.values_list("pk", flat=True)[:CONTENDED]:
        if turn := claim(str(turn_id)):
            return turn
    return None


def claim(turn_id: str) -> Turn | None:
    """Make the turn this worker's; None when it is not waiting (done, cancelled, or another's)."""
    now = timezone.now()
    claimed = Turn.objects.filter(pk=turn_id, state=Turn.State.QUEUED).update(
        state=Turn.State.RUNNING, attempts=F("attempts") + 1, started=now, heartbeat=now
    )
    if not claimed:
        return None
    return Turn.objects.select_related(
        "conversation__owner", "conversation__picture", "conversation__head", "conversation__within", "picture"
    ).get(pk=turn_id)


def beat(turn: Turn) -> bool:
    """Say that the worker lives. False when the turn is no longer this worker's, or should stop."""
    return bool(
        Turn.objects.filter(
            pk=turn.pk, state=Turn.State.RUNNING, attempts=turn.attempts, cancel_requested=False
        ).update(heartbeat=timezone.now())
    )


def _close(turn: Turn, state: Turn.State, **fields: Any) -> bool:
    closed = Turn.objects.filter(pk=turn.pk, state=Turn.State.RUNNING, attempts=turn.attempts).update(
        state=state, finished=timezone.now(), **fields
    )
    if closed:
        transaction.on_commit(partial(_count, turn, state, code=(fields.get("error") or {}).get("code", "")))
    return bool(closed)


def _count(turn: Turn, state: Turn.State, code: str = "") -> None:
    counters.count("turns_ended", state=state.value, code=code)
    counters.observe("turn_seconds", (timezone.now() - turn.created).total_seconds(), state=state.value)


@transaction.atomic
def finish(turn: Turn, *, answer: str, playlist: Playlist | None, verdict: dict[str, Any] | None) -> bool:
    """running -> done, with the answer; False when the turn was taken away meanwhile."""
    if not _close(turn, Turn.State.DONE, answer=answer, playlist=playlist, verdict=verdict):
        return False
    if playlist:
        Conversation.objects.filter(pk=turn.conversation_id).update(head=playlist, updated=timezone.now())
    took = timezone.now() - (turn.started or turn.created)
    ms = round(took.total_seconds() * 1000)
    announce(turn, TurnDone(answer=answer, playlist=playlist.pk if playlist else None, ms=ms))
    return True


@transaction.atomic
def fail(turn: Turn, error: DylumoError) -> bool:
    """running -> failed, with what to tell the person."""
    if not _close(turn, Turn.State.FAILED, error=error.as_json()):
        return False
    announce(turn, TurnFailed(**error.as_json()))
    return True


@transaction.atomic
def cancel(turn: Turn) -> bool:
    """Stop a turn: at once when it waits, at the worker's next look when it runs. False when it had ended."""
    now = timezone.now()
    if Turn.objects.filter(pk=turn.pk, state=Turn.State.QUEUED).update(state=Turn.State.CANCELLED, finished=now):
        announce(turn, TurnCancelled())
        transaction.on_commit(partial(_count, turn, Turn.State.CANCELLED))
        return True
    return bool(Turn.objects.filter(pk=turn.pk, state=Turn.State.RUNNING).update(cancel_requested=True))


@transaction.atomic
def stopped(turn: Turn) -> bool:
    """running -> cancelled: the worker saw the request."""
    if not _close(turn, Turn.State.CANCELLED):
        return False
    announce(turn, TurnCancelled())
    return True


@transaction.atomic
def retry(turn: Turn) -> Turn:
    """Ask the same again, as a new turn of the conversation. Raises TurnOpen, or Conflict when it did not fail."""
    if turn.state not in (Turn.State.FAILED, Turn.State.CANCELLED):
        raise Conflict("Only a request that failed or was cancelled can be tried again.", code="not_failed")
    _mind_open(turn.conversation.owner)
    conversation = Conversation.objects.select_for_update().get(pk=turn.conversation_id)
    number = (conversation.turns.aggregate(last=Max("number"))["last"] or 0) + 1
    pictures = turn.pictures()
    again = Turn(
        conversation=conversation,
        number=number,
        text=turn.text,
        picture=pictures[0] if pictures else None,
        together=turn.together,
        sound=turn.sound.name,
        sound_name=turn.sound_name,
        strategy=turn.strategy,
        moment=turn.moment,
        said_by=turn.said_by,
        language=turn.language,
    )
    _open(again, pictures)
    announce(again, TurnQueued(text=again.text))
    hand_over(again)
    return again


def sweep() -> dict[str, int]:
    """Find turns whose worker went silent, and hand them over again or end them; and see that for each waiting turn
    there is a message. Redis may lose some as it dies, and a worker whose database is away uses one up for nothing:
    one too few, and everybody would wait for the next one's.

    Returns how many were handed over and how many failed.
    """
    now = timezone.now()
    handed = failed = 0
    for turn in Turn.objects.filter(state=Turn.State.RUNNING, heartbeat__lt=now - LOST_AFTER):
        again, ended = _take_back(turn)
        handed, failed = handed + again, failed + ended
    waiting = Turn.objects.filter(state=Turn.State.QUEUED, heartbeat__lt=now - JUST_ASKED).order_by("created")
    if (asked := waiting.count()) and (messages := _messages()) is not None:
        for turn in waiting[: max(0, asked - messages)]:
            hand_over(turn)  # one message too many is harmless: whoever finds no turn has none to do
            handed += 1
    return {"handed_over": handed, "failed": failed}


def _messages() -> int | None:
    """How many messages wait for a worker that makes lists; None while the queue is down."""
    try:
        with current_app.connection_for_read() as broker, broker.channel() as channel:
            told: int = channel.queue_declare(QUEUE).message_count
    except (OperationalError, RedisError, OSError) as error:
        log.warning("the queue cannot be looked at: %s", type(error).__name__)
        return None
    return told


@contextmanager
def noted(worker: str, turn: Turn) -> Iterator[None]:
    """Note, while inside, what the worker of this name is at: for its successor, should it die."""
    key = AT_WORK.format(worker=worker)
    with suppress(RedisError, OSError):  # without the note the sweep finds the turn, some seconds later
        cache.set(key, (str(turn.pk), turn.attempts), timeout=NOTED_SECONDS)
    try:
        yield
    finally:
        with suppress(RedisError, OSError):
            cache.delete(key)


@contextmanager
def traced(turn: Turn) -> Iterator[None]:
    """Log lines inside are about this turn and the request that asked for it: a worker's message may have been sent
    for another turn."""
    request = trace.request_id()
    with suppress(RedisError, OSError):
        request = cache.get(ASKED_BY.format(turn=turn.pk)) or request
    about = {"turn": str(turn.pk), "person": pseudonym(turn.conversation.owner_id)}
    with trace.about(request=request, **about), trace.span("turn") as facts:
        facts.update({"dylumo.turn": str(turn.pk), "dylumo.attempt": turn.attempts, "dylumo.strategy": turn.strategy})
        yield


def left_behind(worker: str) -> bool:
    """A worker of this name has just started: what the one before it was at when it died is handed over now, rather
    than when its silence is noticed. Returns whether there was something."""
    key = AT_WORK.format(worker=worker)
    try:
        told = cache.get(key)
        cache.delete(key)
    except (RedisError, OSError):
        return False
    if told is None:
        return False
    turn = Turn.objects.filter(pk=told[0], attempts=told[1], state=Turn.State.RUNNING).first()
    return turn is not None and any(_take_back(turn))


def give_back(turn: Turn, patience: float = AWAY_SECONDS) -> bool:
    """A worker could not go on because of the database: once that answers, hand the turn over, rather than when the
    worker's silence is noticed. Returns whether it was handed over or ended; without an answer the sweep finds it."""
    give_up = time.monotonic() + patience
    while True:
        try:
            mine = Turn.objects.filter(pk=turn.pk, attempts=turn.attempts, state=Turn.State.RUNNING).first()
            return mine is not None and any(_take_back(mine))
        except DatabaseError:
            connection.close()
            if time.monotonic() > give_up:
                return False
            time.sleep(LOOK_SECONDS)


def _take_back(turn: Turn) -> tuple[bool, bool]:
    """A lost worker's turn goes to the next one, or ends. Returns whether it was handed over, and whether it failed."""
    if turn.cancel_requested:
        stopped(turn)
        return False, False
    if turn.attempts >= MOST_ATTEMPTS:
        return False, fail(turn, WorkerLost())
    return _requeue(turn), False


@transaction.atomic
def _requeue(turn: Turn) -> bool:
    # The heartbeat fences: a worker that is only slow, and has said so meanwhile, keeps its turn.
    moved = Turn.objects.filter(
        pk=turn.pk, state=Turn.State.RUNNING, attempts=turn.attempts, heartbeat=turn.heartbeat
    ).update(state=Turn.State.QUEUED, heartbeat=timezone.now())
    if moved:
        hand_over(turn)
    return bool(moved)
