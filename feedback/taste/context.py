"""The moment: time of day and week, company, activity and weather, and how far each moves a list's target.

``STATED`` is set by hand, small, and the same for everybody. On top comes what a person's own reactions to lists for
such moments tell (``learned_by``), shrunk towards nothing while these are few.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from accounts.models import User
from accounts.timezones import local_time
from core.errors import BadInput
from core.schemas import MusicBrief, Shift, load
from feedback.models import MomentPause, Reaction
from feedback.taste.evidence import SAYS
from recommender import mapping
from recommender.mapping.target import drawn_to_activity
from recommender.perception.vocabulary import ACTIVITIES

PARK = "Park et al. 2019, Global music streaming data reveal diurnal and seasonal patterns of affective preference"
"""Nature Human Behaviour 3: more relaxing music late at night, more energetic during working hours."""
HOUSE = "this project's own convention"


@dataclass(frozen=True)
class Stated:
    """How one thing about a moment moves the target, why, and what it is called in a reason and on its chip."""

    valence: float
    arousal: float
    words: str
    chip: str
    source: str


STATED: Mapping[str, Mapping[str, Stated]] = {
    "time": {
        "morning": Stated(0.02, 0.0, "for the morning", later("Morning"), HOUSE),
        "day": Stated(0.0, 0.03, "for the day", later("Daytime"), PARK),
        "evening": Stated(0.0, -0.03, "for the evening", later("Evening"), PARK),
        "night": Stated(0.0, -0.07, "for the night", later("Night"), PARK),
    },
    "week": {
        "weekday": Stated(0.0, 0.0, "on a weekday", later("Weekday"), HOUSE),
        "weekend": Stated(0.02, 0.02, "at the weekend", later("Weekend"), HOUSE),
    },
    "company": {
        "alone": Stated(-0.01, -0.03, "alone", later("Alone"), HOUSE),
        "friends": Stated(0.05, 0.05, "with friends", later("With friends"), HOUSE),
        "party": Stated(0.10, 0.18, "for a party", later("Party"), HOUSE),
        "date": Stated(0.05, -0.05, "for a date", later("Date"), HOUSE),
        "family": Stated(0.05, 0.0, "with the family", later("With family"), HOUSE),
    },
    "weather": {
        "sun": Stated(0.05, 0.02, "in the sun", later("Sunny"), HOUSE),
        "rain": Stated(-0.04, -0.04, "in the rain", later("Rainy"), HOUSE),
        "snow": Stated(0.0, -0.04, "in the snow", later("Snowy"), HOUSE),
        "storm": Stated(-0.04, 0.04, "in a storm", later("Stormy"), HOUSE),
    },
}
"""Shifts of (valence, arousal) on the 0..1 plane. An activity has no row: it draws the target towards its own place in
``vocabulary.ACTIVITIES``."""
ACTIVITY_NAMES = tuple(name for name in ACTIVITIES if name not in STATED["company"])
GROUPS: Mapping[str, tuple[str, ...]] = {group: tuple(rows) for group, rows in STATED.items()} | {
    "activity": ACTIVITY_NAMES
}
GROUP_OF = {name: group for group, names in GROUPS.items() for name in names}
STARTS = (("night", 0), ("morning", 5), ("day", 11), ("evening", 17), ("night", 22))
"""The hour at which each time of day begins."""

PRIOR = 6.0
"""Reactions' worth of "no more than is stated" that every learned shift starts with."""
FURTHEST = 0.15
"""The largest learned shift on an axis."""
REMEMBERED = 1000

Learned = Mapping[str, tuple[float, float]]


class UnknownContext(BadInput):
    code = "unknown_context"
    hint = "Use names such as: {names}; or an activity."
    told = {"names": ", ".join(name for group in STATED for name in STATED[group])}


def named(names: Iterable[str]) -> tuple[str, ...]:
    """Names as a moment: at most one of a group, the last one counts. Raises UnknownContext."""
    found: dict[str, str] = {}
    for name in (one.strip().lower() for one in names):
        if not name:
            continue
        if name not in GROUP_OF:
            raise UnknownContext("Nothing about a moment is called “{name}”.", told={"name": name[:40]})
        found[GROUP_OF[name]] = name
    return tuple(found.values())


def chip_of(name: str) -> str:
    """What a chip calls it."""
    group = GROUP_OF.get(name, "")
    return _(STATED[group][name].chip if group in STATED else name.capitalize())


def clock(person: User | None, at: datetime | None = None) -> tuple[str, ...]:
    """The time of day and week by the person's own clock; nothing when they do not want that to count."""
    if paused(person):
        return ()
    now = local_time(person, at)
    time = [name for name, start in STARTS if now.hour >= start][-1]
    return time, "weekend" if now.weekday() >= 5 else "weekday"


def in_moment(brief: MusicBrief, names: Sequence[str], known: Learned) -> MusicBrief:
    """The brief for these names; what it is for already stays, unless a name of the same group is given."""
    names = named([*(shift.name for shift in brief.moment), *names])
    point = mapping.without_moment(brief)
    return mapping.in_moment(brief, [_shift(name, point, known) for name in names])


def _shift(name: str, point: tuple[float, float], known: Learned) -> Shift:
    across, up = known.get(name, (0.0, 0.0))
    group = GROUP_OF[name]
    if group == "activity":
        drawn = drawn_to_activity(*point, {"activity": name})
        stated, words = (drawn[0] - point[0], drawn[1] - point[1]), f"for {name}"
    else:
        row = STATED[group][name]
        stated, words = (row.valence, row.arousal), row.words
    return Shift(name=name, valence=round(stated[0] + across, 4), arousal=round(stated[1] + up, 4), words=words)


def learned_by(person: User | None) -> Learned:
    """What the person's reactions add to the stated shifts, by name; nothing when they do not want moments to count.

    A reaction says where the list should have lain: at the track, for one that was liked or heard; on its far side,
    for one that was refused or skipped. How much further that is from the list's target in such moments than on the
    whole is the moment's own part; ``PRIOR`` reactions of "no further" shrink it.
    """
    if person is None or paused(person):
        return {}
    told = Reaction.objects.visible_to(person).standing().filter(playlist__isnull=False, track__profile__isnull=False)
    rows = told.order_by("-created").values_list(
        "kind", "playlist__brief", "track__profile__valence", "track__profile__arousal"
    )[:REMEMBERED]
    seen = [one for kind, brief, *place in rows if None not in place and (one := _pulled(kind, brief, place))]  # type: ignore[arg-type]
    weights = np.array([weight for weight, _, _ in seen])
    away = np.array([apart for _, apart, _ in seen]).reshape(-1, 2)
    if not weights.sum():
        return {}
    usual = weights @ away / weights.sum()
    found: dict[str, tuple[float, float]] = {}
    for name in {name for _at, _far, names in seen for name in names}:
        here = weights * [name in names for _at, _far, names in seen]
        own = np.clip(here @ (away - usual) / (PRIOR + here.sum()), -FURTHEST, FURTHEST)
        found[name] = (round(float(own[0]), 4), round(float(own[1]), 4))
    return found


def _pulled(
    kind: str, stored: Mapping[str, object], place: Sequence[float]
) -> tuple[float, tuple[float, float], frozenset[str]] | None:
    """A reaction's weight, how far it says the target should have moved, and the moment that its list was for. None
    for a list made for no moment."""
    if not stored.get("moment"):
        return None
    brief = load(MusicBrief, stored)
    names = frozenset(shift.name for shift in brief.moment if shift.key not in brief.switched_off)
    base = mapping.without_moment(brief)
    sign = 1.0 if SAYS[kind] > 0 else -1.0
    stated = np.sum([_stated(name, base) for name in names], axis=0) if names else np.zeros(2)
    apart = sign * (np.asarray(place) - (np.asarray(base) + stated))
    return abs(SAYS[kind]), (float(apart[0]), float(apart[1])), names


def _stated(name: str, point: tuple[float, float]) -> tuple[float, float]:
    shift = _shift(name, point, {})
    return shift.valence, shift.arousal


def paused(person: User | None) -> bool:
    """Does the person want the clock left out?"""
    return person is not None and MomentPause.objects.filter(owner=person).exists()


def pause(person: User) -> None:
    MomentPause.objects.get_or_create(owner=person)


def resume(person: User) -> None:
    MomentPause.objects.filter(owner=person).delete()
