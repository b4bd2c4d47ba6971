"""From which ways to hear it were shown and which were chosen, to factors on the strength of directions and styles.

A way is chosen because it suits, because of what it stood beside, and because of where it stood. So every choice is
held against what was to be expected of it: the chance of way j at place k is taken as p_j b_k / sum_i p_i b_i, where p
is the editor's chance of it for this very photo and b what the place is worth (the position-based model of Craswell et
al. 2008 and Joachims et al. 2017, as an offset for each place in Luce's choice rule). A direction's factor is then

    (A + choices of it) / (A + expected choices of it),

clicks over expected clicks (Zhang & Jones 2007) shrunk by a gamma prior worth A expected choices (DuMouchel 1999): with
nothing known it is 1, and the editor's weight stands. b is learned by the same quotient, from all choices whatever was
shown: what all first tabs have in common is the first tab's, and no direction's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from recommender.mapping.leanings import direction_key
from recommender.mapping.takes import MOST_SHOWN
from recommender.music.styles import affinity, places

Worth = Sequence[float]
"""(places,) what a tab's place is worth to whatever stands there."""
EVEN: Worth = (1.0,) * MOST_SHOWN
LEAST_CHANCE = 1e-6

BY_HAND, STAYED = 1.0, 0.3
"""What a tab that was chosen counts for, and the first one that was kept while its songs were liked or heard."""
PLACE_WORTH = 20.0
"""The expected choices that a place's usual worth (1) counts for."""
OWN_WORTH, SHARED_WORTH, STYLE_WORTH = 4.0, 20.0, 5.0
"""The expected choices that an editor's weight counts for: against one person's, against everybody's, and what a style
counts for, over all occasions, against one person's."""
OWN_MOST, SHARED_MOST = 3.0, 2.0
"""The largest factor; the smallest is one over it."""
LEAST_CHOICES = 1.5
"""What a person's choices must count for together before they change anything for them, of an occasion and of styles:
two that have not faded much, or five stays."""
NOT_BY_CHANCE = 1.0
"""From how many standard deviations (of a Poisson count) beyond what was to be expected a style counts: it came in many
choices, most of which were about something else."""
LEAST_PEOPLE = 3
"""The people who were shown a direction before their choices change anything for others: nobody's can be read from
another's tabs."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """One of the ways shown: its concept, its styles, the most telling first, and its chance before learning."""

    concept: str
    styles: tuple[str, ...]
    chance: float

    @property
    def key(self) -> str:
        return direction_key(self.concept, self.styles)


@dataclass(frozen=True, kw_only=True)
class Vote:
    """One choice: the ways in the order of their tabs, the place of the chosen one from 0, what it counts for, and
    whose it is, by id."""

    shown: tuple[Way, ...]
    chosen: int
    weight: float = BY_HAND
    person: int = 0


def chances(vote: Vote, worth: Worth) -> list[float]:
    """(ways,) how likely each was to be chosen, by what it was and where it stood; they sum to 1."""
    due = [max(way.chance, LEAST_CHANCE) * much for way, much in zip(vote.shown, worth, strict=False)]
    whole = sum(due)
    return [one / whole for one in due]


def place_worth(votes: Sequence[Vote]) -> Worth:
    """(places,) how much likelier a way is chosen there than by what it is; 1 while nothing is known."""
    came, due = [PLACE_WORTH] * MOST_SHOWN, [PLACE_WORTH] * MOST_SHOWN
    for vote in votes:
        came[vote.chosen] += vote.weight
        for place, chance in enumerate(chances(vote, EVEN)):
            due[place] += vote.weight * chance
    return tuple(one / other for one, other in zip(came, due, strict=True))


@dataclass(kw_only=True)
class Told:
    """What choices say of one direction: how often it came, how often that was to be expected, the weight of the
    choices in which it was shown, and by whom they were."""

    came: float = 0.0
    due: float = 0.0
    weight: float = 0.0
    people: set[int] = field(default_factory=set)

    def factor(self, worth: float, most: float) -> float:
        return min(max((worth + self.came) / (worth + self.due), 1 / most), most)


def told_of_directions(votes: Sequence[Vote], worth: Worth) -> dict[str, Told]:
    """By ``Way.key``. ``worth``: of the places."""
    told: dict[str, Told] = defaultdict(Told)
    for vote in votes:
        for place, (way, chance) in enumerate(zip(vote.shown, chances(vote, worth), strict=True)):
            one = told[way.key]
            one.came += vote.weight * (place == vote.chosen)
            one.due += vote.weight * chance
            one.weight += vote.weight
            one.people.add(vote.person)
    return told


def shared_factors(votes: Sequence[Vote], worth: Worth) -> dict[str, float]:
    """Of directions, from at most one vote a person and occasion."""
    told = told_of_directions(votes, worth)
    return {key: one.factor(SHARED_WORTH, SHARED_MOST) for key, one in told.items() if len(one.people) >= LEAST_PEOPLE}


def own_factors(votes: Sequence[Vote], worth: Worth) -> dict[str, float]:
    """Of directions, from one person's votes."""
    told = told_of_directions(votes, worth)
    return {key: one.factor(OWN_WORTH, OWN_MOST) for key, one in told.items() if one.weight >= LEAST_CHOICES}


def style_factors(votes: Sequence[Vote], worth: Worth) -> dict[str, float]:
    """Of styles, from one person's votes: a direction counts for the style it leads with, and for what stands close."""
    if sum(vote.weight for vote in votes) < LEAST_CHOICES:
        return {}
    came, due = np.zeros(len(places())), np.zeros(len(places()))
    for vote in votes:
        plays = np.array([_like(way.styles[0] if way.styles else "") for way in vote.shown])
        came += vote.weight * plays[vote.chosen]
        due += vote.weight * np.array(chances(vote, worth)) @ plays
    factors = np.clip((STYLE_WORTH + came) / (STYLE_WORTH + due), 1 / OWN_MOST, OWN_MOST)
    clear = np.abs(came - due) >= NOT_BY_CHANCE * np.sqrt(due) + 1e-9
    return {name: float(factors[place]) for name, place in places().items() if clear[place]}


@cache
def _like(style: str) -> NDArray[np.float64]:
    """(styles,) 0..1: how like each is to this one; squared, so that only close neighbours count."""
    return affinity({style: 1.0}) ** 2


def joined(one: Mapping[str, float], other: Mapping[str, float], power: float = 1.0) -> dict[str, float]:
    """The product of both factors, the second one's to this ``power``."""
    return {key: one.get(key, 1.0) * other.get(key, 1.0) ** power for key in {*one, *other}}
