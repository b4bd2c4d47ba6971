"""What the page of one's taste shows, worked out from rows. Places on the map are 0..100, as on every map here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from accounts.models import User
from feedback import reactions, taste
from feedback.evidence import FEATURES, MORE, leaning_words, pull, since_words
from feedback.learners.profile import blend
from feedback.models import Reaction
from recommender.values import Leaning, Outlook, TasteProfile

MOST_FACTS = 12
MOST_REACTIONS = 100
DRIFTED = 0.4
"""Difference between current and long-term leaning, in standard deviations, from which it is told as a change."""
ENOUGH = 2.0
"""Effective reactions that both outlooks need before a difference between them means anything."""


@dataclass(frozen=True)
class Fact:
    """One thing learned: in words, what taught it, and its share of the strongest fact, percent."""

    words: str
    since: str
    percent: int


@dataclass(frozen=True)
class Dot:
    """A liked track's place on the map."""

    track_id: int
    number: int
    name: str
    x: float
    y: float


class TasteMap:
    """The taste as the map of feelings draws it: liked tracks as dots, the current centre as the point, the long-term
    centre as the ring."""

    shared = True
    brief = None

    def __init__(self, profile: TasteProfile, liked: list[Reaction]) -> None:
        self.target = _centre(profile.current)
        long_term = _centre(profile.long_term)
        self.origin = long_term | {"rx": 0.0, "ry": 0.0} if long_term else None
        self.steered = True
        self.dots = _dots(liked)


class TastePage:
    """Everything is lazy; a visitor without a row sees an empty page."""

    def __init__(self, person: User | None) -> None:
        self.person = person

    @cached_property
    def profile(self) -> TasteProfile:
        return taste.profile_of(self.person) if self.person else TasteProfile()

    @cached_property
    def facts(self) -> list[Fact]:
        """What counts most, strongest first."""
        ranked = sorted(blend(self.profile).values(), key=lambda one: -abs(pull(one)))[:MOST_FACTS]
        most = abs(pull(ranked[0])) if ranked else 1.0
        return [_fact(leaning, most) for leaning in ranked]

    @cached_property
    def drift(self) -> list[str]:
        """How the current taste differs from the long-term one, or from what it was before it changed, in words."""
        now, before = self.profile.current, self.profile.earlier if self.profile.changed else self.profile.long_term
        if min(now.count, before.count) < ENOUGH:
            return []
        told = []
        for name in FEATURES:
            change = _strength(now, name) - _strength(before, name)
            if abs(change) >= DRIFTED:
                told.append(MORE[name][change > 0])
        return told

    @property
    def weight(self) -> int:
        """How much the taste counts beside the photo now, percent of the other parts together."""
        return round(100 * taste.weight_of(self.profile))

    @cached_property
    def reactions(self) -> list[Reaction]:
        standing = Reaction.objects.visible_to(self.person).standing().select_related("track__profile")
        return list(standing.order_by("-created")[:MOST_REACTIONS])

    @cached_property
    def map(self) -> TasteMap | None:
        liked = [reaction for reaction in self.reactions if reaction.kind == Reaction.Kind.LIKE]
        drawn = TasteMap(self.profile, liked)
        return drawn if drawn.target or drawn.dots else None

    @property
    def paused(self) -> bool:
        return reactions.paused(self.person)


def _fact(leaning: Leaning, most: float) -> Fact:
    percent = round(100 * abs(pull(leaning)) / most)
    return Fact(leaning_words(leaning), since_words(leaning), percent)


def _strength(outlook: Outlook, target: str) -> float:
    return outlook.leanings[target].strength if target in outlook.leanings else 0.0


def _centre(outlook: Outlook) -> dict[str, float] | None:
    if outlook.valence is None or outlook.arousal is None:
        return None
    return _point(outlook.valence, outlook.arousal)


def _point(valence: float, arousal: float) -> dict[str, float]:
    return {"x": round(100 * valence, 2), "y": round(100 * (1 - arousal), 2)}


def _dots(liked: list[Reaction]) -> list[Dot]:
    dots = []
    for number, reaction in enumerate(liked, 1):
        profile = getattr(reaction.track, "profile", None)
        if profile is not None and profile.valence is not None and profile.arousal is not None:
            place = _point(profile.valence, profile.arousal)
            dots.append(Dot(reaction.track_id, number, str(reaction.track), place["x"], place["y"]))
    return dots
