"""Rate a version of a list, change one's mind, take it back."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from accounts.models import User
from core.errors import BadInput, NotFound
from feedback.models import ListRating
from feedback.taste import impressions, reactions
from feedback.taste.evidence import Heard
from recommender.models import Playlist, PlaylistItem

MOST, MIDDLE = 5, 3
KINDS = ("rated_well", "rated_badly")
"""What a rating is to the learners."""
STARS = range(1, MOST + 1)
LONGEST_NOTE = 500
LEARNED_FROM = 30
"""The newest ratings that are learned from."""


def rate(person: User, playlist_id: UUID, stars: int, note: str = "") -> ListRating:
    """Keep what the person thinks of this version, in place of what they thought of it before.

    Raises NotFound for a list that is not theirs, BadInput for stars beyond 1..5, LearningPaused.
    """
    playlist = _own(person, playlist_id)
    if not 1 <= stars <= MOST:
        raise BadInput("A list gets 1 to {most} stars.", code="bad_stars", told={"most": MOST})
    if reactions.paused(person):
        raise reactions.LearningPaused
    told = {"stars": stars, "note": note.strip()[:LONGEST_NOTE], "created": timezone.now()}
    told |= impressions.of_list(person, playlist)
    rating, _ = ListRating.objects.update_or_create(owner=person, playlist=playlist, defaults=told)
    return rating


def take_back(person: User, playlist_id: UUID) -> None:
    """As if the version had never been rated; twice is the same as once."""
    ListRating.objects.visible_to(person).filter(playlist=_own(person, playlist_id)).delete()


def rating_of(person: User | None, playlist: Playlist) -> ListRating | None:
    return ListRating.objects.visible_to(person).filter(playlist=playlist).first()


def heard(person: User) -> list[Heard]:
    """What the person's ratings say of the tracks in the rated lists; three stars say nothing."""
    rows = ListRating.objects.visible_to(person).exclude(stars=MIDDLE).order_by("-created")[:LEARNED_FROM]
    rated = {row.playlist_id: row for row in rows}
    items = PlaylistItem.objects.filter(playlist_id__in=rated).order_by("playlist_id", "position")
    return [
        Heard(
            track_id=track,
            kind=KINDS[(away := rated[playlist].stars - MIDDLE) < 0],
            at=rated[playlist].created,
            share=abs(away) / (MOST - MIDDLE),
        )
        for playlist, track in items.values_list("playlist_id", "track_id")
    ]


def _own(person: User, playlist_id: UUID) -> Playlist:
    if found := Playlist.objects.visible_to(person).filter(pk=playlist_id).first():
        return found
    raise NotFound("That list does not exist, or is not yours.")
