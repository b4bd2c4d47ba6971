"""What the first page shows before anything is asked: the sample photos, each with the lists this copy made for it.

An account that nobody can sign in to owns them. They are made like anybody's: a turn that a worker runs, one version
of the list for each way to hear the photo, a read-only link. Nothing here is told to experiments or learned from.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop as later

from accounts.models import User
from agents.conversations import conversations, resolving, revisions, sharing, turns
from agents.conversations.chips import TakeTab, tabs_of
from agents.conversations.page import ConversationPage
from agents.models import Conversation, Turn
from core.errors import DylumoError
from core.schemas import MusicBrief, load
from feedback.taste import context
from recommender.library.photos import store_picture
from recommender.models import Playlist, Track
from recommender.perception.images.decode import content_hash

log = logging.getLogger("dylumo.showcase")

EMAIL = "samples@dylumo.invalid"
SAMPLES = {
    "sunset-sea": later("Sunset over the sea"),
    "party-lights": later("Party lights"),
    "rainy-city": later("City in the rain"),
    "forest-morning": later("Forest in the morning"),
}
"""The sample photos by file name, in the order of the page, and what each is called."""
TRY_AGAIN_AFTER = timedelta(minutes=10)
KEPT = timedelta(days=36500)
"""Sample photos do not expire."""


@dataclass(frozen=True)
class Sample:
    """A sample photo with its list as the page shows it. ``tabs``: the ways to hear it that have a list."""

    key: str
    name: str
    page: ConversationPage
    tabs: tuple[TakeTab, ...]


@dataclass(frozen=True)
class Showcase:
    """``shown``: None while no list is ready. ``making``: the samples whose lists are being made now. ``ready``: the
    samples that can be shown."""

    shown: Sample | None
    making: tuple[str, ...]
    ready: tuple[tuple[str, str], ...]


def sample_file(key: str) -> Path:
    return Path(settings.STATICFILES_DIRS[0]) / "samples" / f"{key}.webp"


def keep() -> int:
    """See to it that every sample has its lists; how many turns were queued. Does nothing while there is no music."""
    if not settings.SAMPLE_LISTS or not Track.objects.exists():
        return 0
    owner, made = User.objects.get_or_create(email=EMAIL, defaults={"name": "Dylumo", "is_active": False})
    if made:
        context.pause(owner)  # the list must not hang on the hour at which this copy was started
    found = {found.picture.name: found for found in _all(owner) if found.picture}
    return sum(_keep(owner, key, found.get(f"{key}.webp")) for key in SAMPLES)


def is_sample(conversation: Conversation) -> bool:
    return conversation.owner.email == EMAIL


def _all(owner: User | None) -> QuerySet[Conversation]:
    found = Conversation.objects.visible_to(owner).select_related("picture", "head", "owner").order_by("created")
    return found.defer("head__text_vector", "head__picture_vector")


@cache
def _hash(file: Path) -> str:
    return content_hash(file.read_bytes())


def _keep(owner: User, key: str, found: Conversation | None) -> int:
    if found and found.picture and found.picture.sha256 == _hash(sample_file(key)):
        if found.share_token:
            for version in conversations.versions(found):
                resolving.ask_for(found, version)  # what was found expires
            return 0
        turn = found.turns.order_by("-number").first()
        if turn is None or turn.state in Turn.OPEN or timezone.now() - turn.created < TRY_AGAIN_AFTER:
            _finish(found, turn)
            return 0
        if found.head and found.head.items.exists():
            _finish(found, turn)
            return 0
    if found:
        if found.turns.filter(state__in=Turn.OPEN).exists():
            return 0  # it is replaced once it has ended
        conversations.forget(found)
    picture = store_picture(owner, sample_file(key).read_bytes(), f"{key}.webp")
    picture.expires = timezone.now() + KEPT
    picture.save(update_fields=["expires"])
    turns.start(owner, pictures=[picture])
    return 1


def turn_ended(turn: Turn) -> None:
    """A sample whose list is there is shown at once, not at the next look at all of them."""
    if is_sample(turn.conversation):
        _finish(Conversation.objects.get(pk=turn.conversation_id), Turn.objects.get(pk=turn.pk))


@transaction.atomic
def _finish(conversation: Conversation, turn: Turn | None) -> None:
    """A list for each way to hear the photo, and the link by which everybody may see it."""
    shared = Conversation.objects.select_for_update().values_list("share_token", flat=True).get(pk=conversation.pk)
    if shared or turn is None or turn.state != Turn.State.DONE or conversation.head is None:
        return
    brief = load(MusicBrief, conversation.head.brief)
    try:
        for tab in tabs_of(brief):
            if not tab.chosen:
                revisions.hear_as(conversation, tab.number, learn=False)
        conversation.refresh_from_db()
        while conversation.head and conversation.head.parent_id:
            conversation.head = revisions.undo(conversation)
    except DylumoError as error:
        log.warning("a sample has fewer lists than it could have: %s", error.code)
    sharing.share(conversation)


def showcase(wanted: str = "", take: int = 0) -> Showcase:
    """What the page shows: the ``wanted`` sample, else the first, in its ``take``, else in the one that was chosen."""
    owner = User.objects.filter(email=EMAIL).first() if settings.SAMPLE_LISTS else None
    found = {Path(one.picture.name).stem: one for one in _all(owner) if one.picture} if owner else {}
    ready = {key: found[key] for key in SAMPLES if key in found and found[key].share_token and found[key].head_id}
    nearly = Q(state=Turn.State.DONE, created__gt=timezone.now() - TRY_AGAIN_AFTER)  # but for the other takes
    opened = Turn.objects.filter(Q(state__in=Turn.OPEN) | nearly, conversation__owner=owner)
    at_work = set(opened.values_list("conversation_id", flat=True)) if owner else set()
    making = tuple(key for key in SAMPLES if key in found and key not in ready and found[key].pk in at_work)
    key = wanted if wanted in ready else next(iter(ready), "")
    shown = _sample(key, ready[key], take) if key else None
    return Showcase(shown, making, tuple((key, SAMPLES[key]) for key in ready))


def _sample(key: str, conversation: Conversation, take: int) -> Sample:
    lists = dict(conversations.versions(conversation).order_by("-created").values_list("brief__take", "pk"))
    if take in lists:
        conversation.head = Playlist.objects.get(pk=lists[take])
    page = ConversationPage(conversation, shared=True)
    return Sample(key, SAMPLES[key], page, tuple(tab for tab in page.takes if tab.number in lists))
