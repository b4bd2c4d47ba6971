"""What people do with a list says something too: kept as reactions of its tracks, each once.

The key of what was done to a list begins with the version that it made, so that undoing the version takes what it said
back, and redoing it says it again. Nothing is kept while learning is paused.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from feedback.models import Reaction
from feedback.taste import impressions, reactions, take_choices
from recommender.models import Playlist

Kind = Reaction.Kind


def saved(person: User | None, playlist_id: UUID) -> None:
    """The list was saved, as a file or at a service; of somebody who is not its owner nothing is kept."""
    playlist = Playlist.objects.visible_to(person).filter(pk=playlist_id).first()
    if person is not None and playlist is not None:
        tracks = playlist.items.values_list("track_id", flat=True)
        _keep(person, playlist, dict.fromkeys(tracks, Kind.SAVED), f"{playlist.pk}")


def arranged(person: User, shown: Playlist, made: Playlist) -> None:
    """Tracks were taken out of the list, or one was moved in it."""
    before, after = _places(shown), _places(made)
    said = {track: Kind.REMOVED for track in before if track not in after}
    _keep(person, shown, said or _moved(before, after), f"{made.pk}")


def swapped(person: User, shown: Playlist, made: Playlist, track_id: int) -> None:
    """One was sent away for another (or for no other: then it is still there, and nothing was said)."""
    if track_id not in _places(made):
        _keep(person, shown, {track_id: Kind.SWAPPED}, f"{made.pk}")


def refined(person: User, shown: Playlist, made: Playlist) -> None:
    """Tracks left when the person asked for something else in words."""
    after = _places(made)
    said = {track: Kind.REFINED_AWAY for track in _places(shown) if track not in after}
    _keep(person, shown, said, f"{made.pk}")


def stepped(person: User, version: Playlist, *, back: bool) -> None:
    """The change that made this version was undone (``back``) or made again, and so is what it said."""
    rows = Reaction.objects.visible_to(person).filter(event_key__startswith=f"{version.pk}:").exclude(kind=Kind.SAVED)
    rows.update(undone=timezone.now() if back else None)
    if shown := version.parent if back else version:
        take_choices.stepped(person, shown)


def _places(playlist: Playlist) -> dict[int, int]:
    """Place by track id."""
    tracks = playlist.items.order_by("position").values_list("track_id", flat=True)
    return {track: place for place, track in enumerate(tracks)}


def _moved(before: Mapping[int, int], after: Mapping[int, int]) -> dict[int, Kind]:
    """The track that was moved: the one that went furthest, for the others only made room. Of two neighbours that
    changed places, both."""
    steps = {track: after[track] - place for track, place in before.items() if after[track] != place}
    furthest = max((abs(step) for step in steps.values()), default=0)
    return {
        track: Kind.MOVED_DOWN if step > 0 else Kind.MOVED_UP for track, step in steps.items() if abs(step) == furthest
    }


@transaction.atomic
def _keep(person: User, shown: Playlist, said: Mapping[int, str], made: str) -> None:
    """Each with the impression it answers."""
    if not said or reactions.paused(person):
        return
    facts = {"playlist": shown, **impressions.of_list(person, shown)}
    Reaction.objects.bulk_create(
        [
            Reaction(
                owner=person,
                track_id=item.track_id,
                kind=said[item.track_id],
                event_key=f"{made}:{said[item.track_id]}:{item.track_id}",
                position=item.position,
                propensity=item.propensity,
                **facts,
            )
            for item in shown.items.filter(track_id__in=said)
        ],
        ignore_conflicts=True,
    )
