"""How a person steers the use of their taste: its weight, familiar or new, facts pinned and facts removed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
from django.db import transaction

from accounts.models import User
from core.errors import BadInput, NotFound
from core.schemas import Preference
from core.text import artist_key
from feedback.models import Reaction, TasteSettings
from feedback.taste.learners.decayed_mean import ProfileTaste
from recommender.models import ServiceTrack, Track
from recommender.ranking.familiarity import Familiarity
from recommender.ranking.features import Pool

MOST_TIMES = 4.0
"""How many times its usual weight the taste counts when it shall decide all it can."""
PINNED_AT = 0.5
"""A pinned fact is at least so strong (standard deviations of a feature, or -1..1 of a label)."""
PIN_WORTH = 4.0
"""The reactions' worth of sureness that pinned facts have."""
MOST_HEARD = 5000
HEARD = (Reaction.Kind.LIKE, Reaction.Kind.PLAYED, Reaction.Kind.REPEATED)


def settings_of(person: User | None) -> TasteSettings:
    """The person's row; the usual settings, not saved, where there is none."""
    found = TasteSettings.objects.filter(owner=person).first() if person else None
    return found or TasteSettings()


@transaction.atomic
def _changing(person: User) -> TasteSettings:
    TasteSettings.objects.get_or_create(owner=person)
    return TasteSettings.objects.select_for_update().get(owner=person)


@transaction.atomic
def steer(person: User, *, balance: float | None = None, novelty: float | None = None) -> TasteSettings:
    """Set the weight between picture and taste (0..1), and familiar to new (-1..1). Raises BadInput beyond."""
    if (balance is not None and not 0 <= balance <= 1) or (novelty is not None and not -1 <= novelty <= 1):
        raise BadInput("These settings go no further than their ends.", code="beyond_the_dial")
    row = _changing(person)
    row.balance = row.balance if balance is None else balance
    row.novelty = row.novelty if novelty is None else novelty
    row.save()
    return row


@transaction.atomic
def pin(person: User, target: str, learned: Mapping[str, Preference]) -> None:
    """Keep a learned fact as it is now: it fades no more. Raises NotFound for what was not learned."""
    if target not in learned:
        raise NotFound("Nothing of that kind was learned of you.", hint="Reload the page: it may have changed.")
    row, strength = _changing(person), learned[target].strength
    row.pinned[target] = round(float(np.copysign(max(abs(strength), PINNED_AT), strength)), 4)
    row.save()


@transaction.atomic
def remove(person: User, target: str, learned: Mapping[str, Preference]) -> None:
    """Unlearn a fact, and learn nothing of its kind any more; twice is the same as once. Raises
    NotFound for what was not learned."""
    row = _changing(person)
    if target in row.removed:
        return
    if target not in learned and target not in row.pinned:
        raise NotFound("Nothing of that kind was learned of you.", hint="Reload the page: it may have changed.")
    row.pinned.pop(target, None)
    row.removed = sorted({*row.removed, target})
    row.save()


@transaction.atomic
def release(person: User, target: str) -> None:
    """Neither pinned nor removed any more: it is learned as everything else is."""
    row = _changing(person)
    row.pinned.pop(target, None)
    row.removed = [one for one in row.removed if one != target]
    row.save()


def times(balance: float) -> float:
    """What the usual weight of the taste is multiplied by: 0 at the picture's end, 1 in the middle."""
    return min(balance / (1.0 - balance), MOST_TIMES) if balance < 1 else MOST_TIMES


def pinned_facts(pinned: Mapping[str, float]) -> dict[str, Preference]:
    return {
        target: Preference(target=target, strength=strength, track_id=0, title="", taught_by="pinned")
        for target, strength in pinned.items()
    }


def pinned_taste(pinned: Mapping[str, float]) -> ProfileTaste | None:
    return ProfileTaste(leanings=pinned_facts(pinned), count=PIN_WORTH) if pinned else None


def familiarity_of(person: User, novelty: float) -> Familiarity | None:
    """What the person knows: what they liked and listened to here, and what their services and files tell of. None
    with the dial in the middle."""
    if not novelty:
        return None
    reacted = Reaction.objects.visible_to(person).standing().filter(kind__in=HEARD)
    here = reacted.order_by("-created").values_list("track_id", flat=True)[:MOST_HEARD]
    elsewhere = ServiceTrack.objects.filter(owner=person, track__isnull=False).order_by("-pk")
    ids = {*here, *elsewhere.values_list("track_id", flat=True)[:MOST_HEARD]}
    names = Track.objects.filter(pk__in=ids).exclude(artist="").values_list("artist", flat=True)
    return Familiarity(dial=novelty, heard=ids, artists={artist_key(name) for name in names})


def without(tracks: Pool, removed: Collection[str]) -> Pool:
    """The tracks as if nothing were known of their removed sides, so that no learner can learn of them."""
    if not removed:
        return tracks
    return replace(
        tracks,
        columns={n: np.full(len(tracks), np.nan) if n in removed else one for n, one in tracks.columns.items()},
        moods=_labels(tracks.moods, "mood", removed),
        genres=_labels(tracks.genres, "genre", removed),
        instruments=_labels(tracks.instruments, "instrument", removed),
        facts=tuple(
            replace(facts, artist="") if f"artist:{artist_key(facts.artist)}" in removed else facts
            for facts in tracks.facts
        ),
    )


def _labels(
    labels: tuple[Mapping[str, float], ...], kind: str, removed: Collection[str]
) -> tuple[Mapping[str, float], ...]:
    return tuple({name: x for name, x in has.items() if f"{kind}:{name}" not in removed} for has in labels)
