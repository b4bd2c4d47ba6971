"""Keeping conversations: name them, and forget them with everything that belongs to them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from agents.conversations.turns import TurnOpen
from agents.models import Conversation, Turn
from core.errors import Conflict, NotFound
from core.schemas import Alignment, ImageReading, load
from recommender.library.photos import forget_picture
from recommender.mapping import average
from recommender.models import Playlist, Track
from recommender.playlists.titles import made_by_rule
from recommender.ranking.alignment import align_track


def own(person: User | None, conversation_id: UUID) -> Conversation:
    """The person's conversation; raises NotFound for anyone else's."""
    mine = Conversation.objects.visible_to(person).select_related("picture", "head__parent", "owner", "refresh")
    if conversation := mine.filter(pk=conversation_id).first():
        return conversation
    raise NotFound


class NoPhoto(Conflict):
    code = "no_photo"
    message = "This conversation has no photo that was read."
    hint = "Drop a photo to see how well a track fits it."


def fit(conversation: Conversation, track_id: int) -> Alignment:
    """How well a track, one of the catalogue or of the person's own, fits the conversation's photo, or its photos
    together. Raises NotFound,
    NoPhoto and ``alignment.TooLittleKnown``."""
    track = Track.objects.visible_to(conversation.owner).select_related("profile").filter(pk=track_id).first()
    if track is None:
        raise NotFound
    turn = conversation.pictured()
    readings = [load(ImageReading, picture.reading) for picture in (turn.pictures() if turn else ()) if picture.reading]
    if not readings:
        raise NoPhoto
    return align_track(average(readings), track)


def show(conversation: Conversation, playlist: Playlist, before: Playlist | None) -> None:
    """Make this version the one that is shown instead of ``before``, and name the list after it (``_title_after``).
    ``conversation`` may be older than its row: a name that was given meanwhile stays."""
    row = Conversation.objects.filter(pk=conversation.pk)
    row.update(head=playlist, updated=timezone.now())
    if title := _title_after(conversation, before, playlist):
        row.filter(title=conversation.title).update(**title)


def _title_after(conversation: Conversation, before: Playlist | None, playlist: Playlist) -> dict[str, Any]:
    """The title's fields: the first version's, then that of each other one, as long as it is made from what is heard
    and nobody gave the list a name."""
    own = {"title": playlist.title[:120], "wording": playlist.wording}
    if not conversation.title:
        return own
    if before is None or (conversation.title, conversation.wording) != (before.title[:120], before.wording):
        return {}
    return own if made_by_rule(before) and made_by_rule(playlist) else {}


def rename(conversation: Conversation, title: str) -> None:
    conversation.title, conversation.wording = title, None
    conversation.save(update_fields=["title", "wording"])


@transaction.atomic
def forget(conversation: Conversation) -> None:
    """Delete the conversation, its lists in all versions, its songs, and its photos unless another one shows them.

    Raises TurnOpen while a turn is at work.
    """
    if conversation.turns.filter(state__in=Turn.OPEN).exists():
        raise TurnOpen
    turns = list(conversation.turns.select_related("picture").prefetch_related("further__picture"))
    pictures = {picture for turn in turns for picture in turn.pictures()} | {conversation.picture} - {None}
    versions(conversation).delete()
    conversation.delete()
    for turn in turns:
        if turn.sound:
            transaction.on_commit(partial(turn.sound.delete, save=False))
    for picture in pictures:
        shown = Q(picture=picture) | Q(turns__picture=picture) | Q(turns__further__picture=picture)
        if picture and not Conversation.objects.filter(shown).exists():
            forget_picture(picture)


def forget_all(chosen: Iterable[Conversation]) -> tuple[int, int]:
    """Forget each; how many went, and how many stayed because a turn is at work on them."""
    gone = at_work = 0
    for conversation in chosen:
        try:
            forget(conversation)
            gone += 1
        except TurnOpen:
            at_work += 1
    return gone, at_work


def versions(conversation: Conversation) -> Playlist.PlaylistQueries:
    """Every version of every list this conversation ever showed."""
    known = set(conversation.turns.exclude(playlist=None).values_list("playlist_id", flat=True))
    if conversation.head_id:
        known.add(conversation.head_id)
    fresh = known
    while fresh:
        linked = Playlist.objects.filter(Q(children__in=fresh) | Q(parent__in=fresh)).values_list("pk", flat=True)
        fresh = set(linked) - known
        known |= fresh
    return Playlist.objects.filter(pk__in=known)
