"""Taste on the map of feelings: what was liked, where it lies now and over the months, and its way week by week.

Places are 0..100, x growing happier and y growing calmer, as on every map here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from accounts.models import User
from core.schemas import TasteProfile, TasteSnapshot
from feedback.models import Reaction
from feedback.taste.evidence import Heard
from recommender.library.affect_map import dots, point

WEEKS = 26
"""How far back the way goes."""


@dataclass(frozen=True)
class Week:
    """The centre of what was liked and listened to in the week that began on ``monday``."""

    monday: date
    x: float
    y: float


class TasteMap:
    """The taste as the map of feelings draws it: liked tracks as dots, the current centre as the point, the long-term
    centre as the ring, the weekly centres as a line."""

    shared = True
    brief = None

    def __init__(self, profile: TasteProfile, liked: Sequence[Reaction], weeks: Sequence[Week] = ()) -> None:
        self.target = _centre(profile.current)
        long_term = _centre(profile.long_term)
        self.origin = long_term | {"rx": 0.0, "ry": 0.0} if long_term else None
        self.steered = True
        self.dots = list(dots((number, one.track) for number, one in enumerate(liked, 1)))
        self.weeks = list(weeks) if len(weeks) > 1 else []

    @property
    def way(self) -> str:
        """The line through the weekly centres as an SVG path."""
        return " ".join(f"{'L' if n else 'M'}{week.x:.2f} {week.y:.2f}" for n, week in enumerate(self.weeks))


def weeks_of(person: User) -> list[Week]:
    """The weekly centres of what the person spoke or acted for, oldest first; weeks without any are left out."""
    since = timezone.now() - timedelta(weeks=WEEKS)
    rows = (
        Reaction.objects.visible_to(person)
        .standing()
        .filter(created__gte=since, track__profile__valence__isnull=False, track__profile__arousal__isnull=False)
    )
    told: dict[date, list[tuple[float, float, float]]] = defaultdict(list)
    fields = ("track_id", "kind", "created", "share", "track__profile__valence", "track__profile__arousal")
    for track, kind, at, share, valence, arousal in rows.values_list(*fields):
        says = Heard(track_id=track, kind=kind, at=at, share=share).says
        if says > 0:
            day = timezone.localdate(at)
            told[day - timedelta(days=day.weekday())].append((says, valence, arousal))
    return [_week(monday, told[monday]) for monday in sorted(told)]


def _week(monday: date, told: Sequence[tuple[float, float, float]]) -> Week:
    total = sum(says for says, _, _ in told)
    place = point(
        sum(says * valence for says, valence, _ in told) / total,
        sum(says * arousal for says, _, arousal in told) / total,
    )
    return Week(monday, place["x"], place["y"])


def _centre(snapshot: TasteSnapshot) -> dict[str, float] | None:
    if snapshot.valence is None or snapshot.arousal is None:
        return None
    return point(snapshot.valence, snapshot.arousal)
