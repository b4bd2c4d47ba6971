"""What people did after they saw an arm, as one number a person: rows to arrays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from core.stats.interleaving import Draft, credit
from feedback.models import Reaction
from feedback.models.experiments import Experiment, Exposure
from recommender.models import PlaylistItem

Values = NDArray[np.float64]

BEFORE = timedelta(days=28)
"""How long before the exposure counts as what was known of a person."""
CREDITS = {
    "like": 1.0,
    "played": 0.5,
    "skipped": -0.5,
    "not_now": -1.0,
    "never_track": -1.0,
    "never_artist": -1.0,
    "never_sound": -1.0,
    "removed": -1.0,
    "swapped": -1.0,
}
"""What a reaction is worth to the ranking whose pick the track was."""
REFUSALS = (Reaction.Kind.NEVER_TRACK, Reaction.Kind.NEVER_ARTIST, Reaction.Kind.NEVER_SOUND)


@dataclass(frozen=True)
class Deed:
    """One standing reaction: what, and when."""

    kind: str
    at: datetime


@dataclass(frozen=True, eq=False, kw_only=True)
class Outcomes:
    """(n,) in the order people came: their arm's place (0: the control), the outcome, and the same metric in the time
    before. People whose time is not over yet, and those of whom the metric says nothing, are left out."""

    arm: NDArray[np.int64]
    outcome: Values
    before: Values


def of(experiment: Experiment, metric: str, now: datetime | None = None) -> Outcomes:
    """The people's outcomes for one of ``Experiment.Metric``."""
    now, window = now or timezone.now(), timedelta(hours=experiment.hours)
    places = {arm.pk: place for place, arm in enumerate(experiment.arms_in_order())}
    seen = list(experiment.exposures.filter(at__lte=now - window).order_by("at", "pk"))
    deeds = _deeds(seen, window)
    rows = []
    for one in seen:
        told = measure(metric, one, deeds[one.person_id], one.at, one.at + window)
        if told is not None:
            known = measure(metric, None, deeds[one.person_id], one.at - BEFORE, one.at)
            rows.append((places[one.arm_id or 0], told, known or 0.0))
    table = np.array(rows, dtype=np.float64).reshape(len(rows), 3)
    return Outcomes(arm=table[:, 0].astype(np.int64), outcome=table[:, 1], before=table[:, 2])


def credits_of(experiment: Experiment, first: str, second: str, now: datetime | None = None) -> list[float]:
    """One credit a person who saw a drafted list, in the order they came: above zero for the second ranking."""
    now, window = now or timezone.now(), timedelta(hours=experiment.hours)
    told = []
    for one in (
        experiment.exposures.filter(at__lte=now - window, playlist__isnull=False)
        .select_related("playlist")
        .order_by("at", "pk")
    ):
        items = PlaylistItem.objects.filter(playlist=one.playlist, team__in=[first, second]).order_by("position")
        picks = list(items.values_list("track_id", "team"))
        drafted = Draft(tuple(track for track, _ in picks), tuple(int(team == second) for _, team in picks))
        said = Reaction.objects.standing().filter(
            owner_id=one.person_id, track_id__in=drafted.tracks, created__gte=one.at, created__lt=one.at + window
        )
        reactions: dict[int, float] = defaultdict(float)
        for track, kind in said.values_list("track_id", "kind"):
            reactions[track] += CREDITS.get(kind, 0.0)
        told.append(credit(drafted, reactions))
    return told


def _deeds(seen: Sequence[Exposure], window: timedelta) -> dict[int, list[Deed]]:
    """Standing reactions by person, from the time before the first exposure on."""
    found: dict[int, list[Deed]] = defaultdict(list)
    if seen:
        near = Reaction.objects.standing().filter(
            owner_id__in=[one.person_id for one in seen],
            created__gte=seen[0].at - BEFORE,
            created__lt=seen[-1].at + window,
        )
        for owner, kind, at in near.values_list("owner_id", "kind", "created"):
            found[owner].append(Deed(kind, at))
    return found


def measure(
    metric: str, exposure: Exposure | None, deeds: Sequence[Deed], start: datetime, end: datetime
) -> float | None:
    """One person's number in ``start <= t < end``; None when the metric says nothing of them."""
    counts: dict[str, int] = defaultdict(int)
    for deed in deeds:
        counts[deed.kind] += start <= deed.at < end
    match metric:
        case "liked":
            return float(counts[Reaction.Kind.LIKE] > 0)
        case "likes":
            return float(counts[Reaction.Kind.LIKE])
        case "refusals":
            return float(any(counts[kind] for kind in REFUSALS))
        case "skips":
            heard = counts[Reaction.Kind.PLAYED] + counts[Reaction.Kind.SKIPPED]
            return counts[Reaction.Kind.SKIPPED] / heard if heard else None
        case "seconds":
            return exposure.seconds if exposure else None
    raise ValueError(metric)
