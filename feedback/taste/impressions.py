"""What was shown when somebody reacted: the facts that every reaction and rating carries with it."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from accounts.models import User
from feedback.experiments.assignment import arms_for
from feedback.models.experiments import Experiment
from recommender.models import Playlist, PlaylistItem


def first_shown(playlist: Playlist) -> None:
    """Its owner sees this version; only the first time counts."""
    if playlist.shown is None:
        playlist.shown = timezone.now()
        Playlist.objects.filter(pk=playlist.pk, shown=None).update(shown=playlist.shown)


def of_list(person: User, playlist: Playlist) -> dict[str, Any]:
    """The fields of ``models.Impression`` for a version that this person was shown."""
    made_by = playlist.policy.split("+")[1:]
    # whoever listens along in somebody else's list sees the usual page
    laid_out = arms_for(person.pk, Experiment.Surface.PAGE) if playlist.owner_id == person.pk else []
    off = set(playlist.brief.get("switched_off", ()))
    names = [shift["name"] for shift in playlist.brief.get("moment", ())]
    return {
        "version": playlist.number,
        "policy": playlist.policy,
        "variant": "+".join([*made_by, *(arm.mark for arm in laid_out)])[:120],
        "moment": [name for name in names if f"now:{name}" not in off],
    }


def of_item(person: User, item: PlaylistItem) -> dict[str, Any]:
    """The same for one track of it, with its place and the chance it was drawn with."""
    return {
        "playlist": item.playlist,
        "position": item.position,
        "propensity": item.propensity,
        **of_list(person, item.playlist),
    }
