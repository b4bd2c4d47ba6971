"""Covers, previews and store links for the list that is shown: asked for once it stands, never before, and told to its
open pages as they come.

A list never waits for this: the task is queued when the list is committed, and a queue or a service that is down costs
it nothing.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from celery import current_app
from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later
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
OFFLINE = later("No music service can be reached: links and your own music still work.")


def enqueue(conversation_id: str, playlist_id: str) -> None:
    """Raises kombu's OperationalError while the queue is down."""
    current_app.send_task("agents.tasks.resolve", [conversation_id, playlist_id])


def ask_for(conversation: Conversation, playlist: Playlist | None) -> None:
    """Have a list's tracks looked up, once it is committed. Again is nothing for a while: the same list may be shown
    anew, opened by many, or be older than what is known."""

    def send(playlist: Playlist) -> None:
        try:
            if not cache.add(_key(playlist.pk), 1, LOOK_AGAIN):
                return
            try:
                enqueue(str(conversation.pk), str(playlist.pk))
            except OperationalError as error:
                cache.delete(_key(playlist.pk))
                log.warning("no covers for %s: %s", conversation.pk, type(error).__name__)
        except (RedisError, OSError) as error:
            log.warning("no covers for %s: %s", conversation.pk, type(error).__name__)

    if playlist and store_listings.stores():
        transaction.on_commit(partial(send, playlist))


def resolve(conversation_id: UUID, playlist_id: UUID) -> None:
    """Look up what the list's tracks lack and tell of it: one event now and then with the tracks found since, the last
    one with the services that failed. What was told already is not told again: open pages would fetch the list anew
    for nothing. Ends early when another list took its place; a shared conversation's versions are all looked at."""
    conversation = Conversation.objects.select_related("owner").filter(pk=conversation_id).first()
    turn = Turn.objects.filter(conversation=conversation).order_by("-number").first()
    playlist = Playlist.objects.filter(pk=playlist_id).first()
    if conversation is None or turn is None or playlist is None:
        return
    if not _looked_at(conversation, playlist):
        _let_look_again(playlist)
        return
    told = time.monotonic()
    found: list[int] = []
    failed: dict[str, ServiceError] = {}
    ids = list(playlist.items.order_by("position").values_list("track_id", flat=True))
    for progress in store_listings.find(conversation.owner, ids):
        if progress.failure:
            failed[progress.service] = progress.failure
        elif progress.found:
            found.append(progress.found)
        if found and time.monotonic() > told + EVERY:
            announce(turn, Found(playlist=playlist.pk, tracks=tuple(found)))
            found, told = [], time.monotonic()
        if not _looked_at(conversation, playlist):
            _let_look_again(playlist)
            break
    everyone = {offer.info.name for offer in store_listings.stores()}
    offline = bool(failed) and failed.keys() == everyone
    offline = offline and all(isinstance(one, Unreachable) for one in failed.values())
    if offline:
        _let_look_again(playlist)
    services = [INFOS[name].title for name in failed]
    before = _last_told(conversation, playlist)
    if found or (services, offline) != (before.get("failed", []), before.get("offline", False)):
        announce(turn, Found(playlist=playlist.pk, tracks=tuple(found), failed=tuple(services), offline=offline))


def _looked_at(conversation: Conversation, playlist: Playlist) -> bool:
    shown = Q(head=playlist) | Q(share_token__isnull=False)
    return Conversation.objects.filter(shown, pk=conversation.pk).exists()


def _let_look_again(playlist: Playlist) -> None:
    """Whoever opens the list next tries once more."""
    try:
        cache.delete(_key(playlist.pk))
    except (RedisError, OSError) as error:
        log.warning("%s waits to be looked up: %s", playlist.pk, type(error).__name__)


def _key(playlist_id: UUID) -> str:
    return f"resolving:{playlist_id}"


@dataclass(frozen=True)
class Note:
    """What the page says of services that could not be asked; ``offline``: none of them could."""

    text: str
    offline: bool


def note_of(conversation: Conversation, head: Playlist) -> Note | None:
    """On the services that failed when this list was last looked up, if any did."""
    told = _last_told(conversation, head)
    if not told.get("failed"):
        return None
    if told["offline"]:
        return Note(_(OFFLINE), offline=True)
    names = _(" and ").join(told["failed"])
    return Note(
        _("{names} could not be asked: some covers and previews are missing.").format(names=names), offline=False
    )


def _last_told(conversation: Conversation, playlist: Playlist) -> dict[str, Any]:
    """The newest ``Found`` of this list as it was stored; empty where there is none."""
    told = Event.objects.filter(conversation=conversation, kind="found", payload__playlist=str(playlist.pk))
    return told.order_by("-seq").values_list("payload", flat=True).first() or {}
