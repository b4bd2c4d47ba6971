"""Record, change and take back what a person says about a track or does with it; pause and forget.

A repeated report changes nothing: the same opinion again is the same row, the same event key counts once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.errors import BadInput, Conflict, NotFound
from core.text import artist_key
from feedback.models import LearningPause, ListRating, Reaction, TakeChoice, TasteSettings
from feedback.taste import impressions, take_choices
from feedback.taste.refused_tags import sounds_of
from recommender.models import Playlist, PlaylistItem, Track

Kind = Reaction.Kind
HEARD_AGAIN = timedelta(days=30)
"""Within this time a second listening to a track is one of choice, and counts as such."""
LAST_HOUR = timedelta(hours=1)
HEARD = 0.5
"""The share of a track from which it was listened to."""


class LearningPaused(Conflict):
    code = "learning_paused"
    message = "Learning is paused, so this was not kept."
    hint = "Turn it on again on the page of your taste."


class NoArtist(BadInput):
    code = "no_artist"
    message = "Nobody knows who plays this track."
    hint = "Say never to the song instead."


class NoSuchSound(BadInput):
    code = "no_such_sound"
    message = "This track is not known to sound like that."
    hint = "Choose one of the sounds that are offered for it."


@transaction.atomic
def record(
    person: User,
    track_id: int,
    kind: str,
    *,
    playlist_id: UUID | None = None,
    seconds: float = 0.0,
    share: float = 0.0,
    event_key: str = "",
    sound: str = "",
    lists: Playlist.PlaylistQueries | None = None,
) -> Reaction | None:
    """Keep one reaction; ``playlist_id`` is the list version the person was looking at, one of their own or of
    ``lists``, those that somebody let them see.

    ``seconds``, ``share`` (0..1) and ``event_key`` belong to ``played`` and ``skipped``; ``sound`` (``genre:jazz``) to
    ``never_sound``. None when learning is paused and it was something done. Raises NotFound for what the person may
    not see, LearningPaused for a like or "not now" while paused (a refusal is an order and is always kept), NoArtist,
    NoSuchSound, BadInput without a key.
    """
    mine = Playlist.objects.visible_to(person) if lists is None else lists
    facts = _impression(person, mine, track_id, playlist_id)
    tracks = Track.objects.all() if facts and lists is not None else Track.objects.visible_to(person)
    track = tracks.filter(pk=track_id).first()
    if track is None:
        raise NotFound("That track does not exist, or is not yours.")
    # one writer a person at a time: two quick clicks must not both find nothing there
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if kind in Reaction.DONE:
        if paused(person):
            return None
        length = {"seconds": max(seconds, 0.0), "share": min(max(share, 0.0), 1.0)}
        kept = _done(person, track, kind, event_key, facts | length)
    else:
        if kind in (Kind.LIKE, Kind.NOT_NOW) and paused(person):
            raise LearningPaused
        kept = _said(person, track, kind, facts, sound)
    if kept.kind == Kind.LIKE or (kept.kind == Kind.PLAYED and (kept.share or 0.0) >= HEARD):
        take_choices.stayed(kept)
    return kept


def _impression(
    person: User, lists: Playlist.PlaylistQueries, track_id: int, playlist_id: UUID | None
) -> dict[str, object]:
    if playlist_id is None:
        return {}
    item = (
        PlaylistItem.objects.filter(playlist_id=playlist_id, playlist__in=lists, track_id=track_id)
        .select_related("playlist")
        .first()
    )
    if item is None:
        raise NotFound("That track is not in this list.")
    return impressions.of_item(person, item)


def _done(person: User, track: Track, kind: str, event_key: str, facts: dict[str, object]) -> Reaction:
    if not event_key:
        raise BadInput("A report of what was played needs a key of its own.", code="no_event_key")
    told = {"track": track, "kind": kind, **facts}
    earlier = Reaction.objects.visible_to(person).standing().filter(track=track, kind=Kind.PLAYED, share__gte=HEARD)
    again = kind == Kind.PLAYED and earlier.filter(created__gt=timezone.now() - HEARD_AGAIN).exists()
    reaction, new = Reaction.objects.get_or_create(owner=person, event_key=event_key, defaults=told)
    if new and again and (reaction.share or 0.0) >= HEARD:
        shown = {name: value for name, value in facts.items() if name not in ("seconds", "share")}
        Reaction.objects.create(
            owner=person, track=track, kind=Kind.REPEATED, event_key=f"repeated:{reaction.pk}", **shown
        )
    return reaction


def _said(person: User, track: Track, kind: str, facts: dict[str, object], sound: str) -> Reaction:
    mine = Reaction.objects.visible_to(person).standing()
    if kind == Kind.NEVER_ARTIST:
        artist = artist_key(track.artist)
        if not artist:
            raise NoArtist
        before, told = mine.filter(kind=kind, artist=artist), {"artist": artist}
    elif kind == Kind.NEVER_SOUND:
        if sound not in sounds_of(track):
            raise NoSuchSound
        before, told = mine.filter(kind=kind, sound=sound), {"sound": sound}
    else:
        before, told = mine.filter(track=track, kind__in=Reaction.OPINIONS), {}
    standing = before.first()
    if standing is not None and standing.kind == kind:
        return standing
    before.update(undone=timezone.now())
    return Reaction.objects.create(owner=person, track=track, kind=kind, **told, **facts)


def undo(person: User, reaction_id: int) -> Reaction:
    """Take one back; twice is the same as once. Raises NotFound."""
    reaction = Reaction.objects.visible_to(person).select_related("track").filter(pk=reaction_id).first()
    if reaction is None:
        raise NotFound("That reaction does not exist, or is not yours.")
    if reaction.undone is None:
        reaction.undone = timezone.now()
        reaction.save(update_fields=["undone"])
    return reaction


def opinions(person: User | None, track_ids: Iterable[int]) -> dict[int, Reaction]:
    """What the person thinks of these tracks, by track id."""
    standing = Reaction.objects.visible_to(person).standing().filter(track_id__in=track_ids)
    said = standing.filter(kind__in=Reaction.SAID).order_by("created")
    return {reaction.track_id: reaction for reaction in said}


def said_since(person: User, moment: datetime) -> bool:
    """Has the person said what they think of any track since then?"""
    standing = Reaction.objects.visible_to(person).standing()
    return standing.filter(kind__in=Reaction.SAID, created__gt=moment).exists()


def paused(person: User | None) -> bool:
    return LearningPause.holds_for(person)


def pause(person: User) -> None:
    LearningPause.objects.get_or_create(owner=person)


def resume(person: User) -> None:
    LearningPause.objects.filter(owner=person).delete()


def forget_since(person: User, moment: datetime) -> int:
    """Delete what the person said, did and chose from then on, ratings of lists too, as if it had not been; how many.
    What a newer opinion had replaced before that moment stands again only if the person says it again."""
    return _deleted(person, created__gte=moment)


@transaction.atomic
def forget_all(person: User) -> int:
    """Delete every reaction, rating and choice of the person, refusals too, and what they pinned or removed. Returns
    how many."""
    TasteSettings.objects.filter(owner=person).update(pinned={}, removed=[])
    return _deleted(person)


def _deleted(person: User, **since: datetime) -> int:
    """How many there were; a way that was kept for a reaction's sake goes with it, and is no thing of its own."""
    TakeChoice.objects.visible_to(person).filter(stayed_for__isnull=False, **since).delete()
    kinds = (TakeChoice.objects, ListRating.objects, Reaction.objects)
    return sum(rows.visible_to(person).filter(**since).delete()[0] for rows in kinds)
