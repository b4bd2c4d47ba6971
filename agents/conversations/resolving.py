"""Covers, previews and store links for the list that is shown: asked for once it stands, never before, and told to its
open pages as they come.

A list never waits for this: the task is queued when the list is committed, and a queue or a service that is down costs
it nothing.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from uuid import UUID

from celery import current_app
from django.core.cache import cache
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from agents.conversations.event_types import Found
from agents.conversations.events import announce
from agents.models import Conversation, Event, Turn
from recommender.library import store_listings
from recommender.models import Playlist
from recommender.services.protocol import ServiceError, Unreachable
from recommender.services.registry import INFOS

log = logging.getLogger("dylumo.services")

EVERY = 0.6
"""Seconds between two events while answers come in."""
LOOK_AGAIN = 600
"""Seconds for which opening the same list again asks for nothing."""
OFFLINE = "No music service can be reached: links and your own music still work."


def enqueue(conversation_id: str) -> None:
    """Raises kombu's OperationalError while the queue is down."""
    current_app.send_task("agents.tasks.resolve", [conversation_id])


def ask_for(conversation: Conversation) -> None:
    """Have the tracks of the list that is being written looked up, once it is committed."""

    def send() -> None:
        try:
            enqueue(str(conversation.pk))
        except OperationalError as error:
            log.warning("no covers for %s: %s", conversation.pk, type(error).__name__)

    if store_listings.stores():
        transaction.on_commit(send)


def look_again(conversation: Conversation) -> None:
    """The same for a list that is opened: it may be older than what is known, or no service was there when it was
    made."""
    try:
        if conversation.head_id and cache.add(_key(conversation.head_id), 1, LOOK_AGAIN):
            ask_for(conversation)
    except (RedisError, OSError) as error:
        log.warning("no covers for %s: %s", conversation.pk, type(error).__name__)


def resolve(conversation_id: UUID) -> None:
    """Look up what the shown list's tracks lack and tell of it: one event now and then with the tracks found since, the
    last one with the services that failed. Nothing is told where there was nothing to ask."""
    conversation = Conversation.objects.select_related("owner", "head").filter(pk=conversation_id).first()
    turn = Turn.objects.filter(conversation=conversation).order_by("-number").first()
    if conversation is None or turn is None or conversation.head is None:
        return
    head, asked, told = conversation.head, False, time.monotonic()
    found: list[int] = []
    failed: dict[str, ServiceError] = {}
    ids = list(head.items.order_by("position").values_list("track_id", flat=True))
    for progress in store_listings.find(conversation.owner, ids):
        asked = True
        if progress.failure:
            failed[progress.service] = progress.failure
        elif progress.found:
            found.append(progress.found)
        if found and time.monotonic() > told + EVERY:
            announce(turn, Found(playlist=head.pk, tracks=tuple(found)))
            found, told = [], time.monotonic()
    if asked:
        everyone = {offer.info.name for offer in store_listings.stores()}
        offline = failed.keys() == everyone and all(isinstance(one, Unreachable) for one in failed.values())
        services = [INFOS[name].title for name in failed]
        if offline:
            _let_look_again(head)
        announce(turn, Found(playlist=head.pk, tracks=tuple(found), failed=tuple(services), offline=offline))


def _let_look_again(head: Playlist) -> None:
    """Whoever opens the list next tries once more."""
    try:
        cache.delete(_key(head.pk))
    except (RedisError, OSError) as error:
        log.warning("%s waits to be looked up: %s", head.pk, type(error).__name__)


def _key(playlist_id: UUID | None) -> str:
    return f"resolving:{playlist_id}"


@dataclass(frozen=True)
class Note:
    """What the page says of services that could not be asked; ``offline``: none of them could."""

    text: str
    offline: bool


def note_of(conversation: Conversation, head: Playlist) -> Note | None:
    """On the services that failed when this list was last looked up, if any did."""
    told = Event.objects.filter(conversation=conversation, kind="found", payload__playlist=str(head.pk))
    last = told.order_by("-seq").first()
    if last is None or not last.payload.get("failed"):
        return None
    if last.payload.get("offline"):
        return Note(OFFLINE, offline=True)
    names = " and ".join(last.payload["failed"])
    return Note(f"{names} could not be asked: some covers and previews are missing.", offline=False)
