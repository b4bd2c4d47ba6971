"""What the page of one's taste shows, worked out from rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from django.utils.translation import gettext as _

from accounts.models import User
from core.schemas import Preference, TasteProfile, TasteSnapshot
from feedback.models import ListRating, Reaction, TasteSettings
from feedback.taste import onboarding, reactions, take_choices, taste_settings
from feedback.taste import profile as taste
from feedback.taste.evidence import FEATURES, LONG_TERM, MORE, ages, evidence, preference_words, pull, since_words
from feedback.taste.learners.decayed_mean import blend
from feedback.taste.taste_map import TasteMap, weeks_of
from recommender.models import Track

MOST_FACTS = 12
MOST_REACTIONS = 100
MOST_RATINGS = 10
MOST_MOODS = 5
MOST_CHANGES = 4
DRIFTED, DRIFTED_LABEL = 0.4, 0.15
"""Difference between current and long-term leaning from which it is told as a change: in standard deviations of a
feature, and of a label's -1..1."""
ENOUGH = 2.0
"""Effective reactions that both outlooks need before a difference between them means anything."""


@dataclass(frozen=True)
class Fact:
    """One thing learned: in words, what taught it, and its share of the strongest fact, percent."""

    target: str
    words: str
    since: str
    percent: int
    pinned: bool = False


@dataclass(frozen=True)
class Share:
    """A mood and its share of the moods of what was liked, percent."""

    name: str
    percent: int


class TastePage:
    """Everything is lazy; a visitor without a row sees an empty page."""

    def __init__(self, person: User | None) -> None:
        self.person = person

    @cached_property
    def profile(self) -> TasteProfile:
        return taste.profile_of(self.person) if self.person else TasteProfile()

    @cached_property
    def settings(self) -> TasteSettings:
        return taste_settings.settings_of(self.person)

    @cached_property
    def facts(self) -> list[Fact]:
        """What counts most, pinned facts and then the strongest first."""
        pinned = taste_settings.pinned_facts(self.settings.pinned)
        learned = {target: one for target, one in blend(self.profile).items() if target not in pinned}
        ranked = sorted(learned.values(), key=lambda one: -abs(pull(one)))[: max(MOST_FACTS - len(pinned), 0)]
        most = max((abs(pull(one)) for one in (*pinned.values(), *ranked)), default=1.0) or 1.0
        return [_fact(one, most, one.target in pinned) for one in (*pinned.values(), *ranked)]

    @cached_property
    def choices(self) -> list[take_choices.Told]:
        """What was learned of the ways to hear a photo that the person chose."""
        return take_choices.told_of(self.person) if self.person else []

    @cached_property
    def removed(self) -> list[tuple[str, str]]:
        """Targets nothing is learned of, each with its words."""
        return [(target, target_words(target)) for target in self.settings.removed]

    @cached_property
    def moods(self) -> list[Share]:
        """The moods of what was liked and listened to, commonest first; older likings count less."""
        history = taste.history_of(self.person, removed=self.settings.removed) if self.person else None
        place = {int(one): row for row, one in enumerate(history.tracks.ids)} if history else {}
        liked = [event for event in history.events if event.says > 0 and event.track_id in place] if history else []
        if history is None or not liked:
            return []
        targets, table = evidence(history.tracks)
        weights = np.array([event.says for event in liked]) * 0.5 ** (ages(liked, history.now) / LONG_TERM)
        sums = weights @ table[[place[event.track_id] for event in liked]]
        told = {name[5:]: float(total) for name, total in zip(targets, sums, strict=True) if name.startswith("mood:")}
        whole = sum(told.values()) or 1.0
        ranked = sorted(told.items(), key=lambda pair: -pair[1])[:MOST_MOODS]
        return [Share(_(name), round(100 * total / whole)) for name, total in ranked if total > 0]

    @cached_property
    def drift(self) -> list[str]:
        """How the current taste differs from the long-term one, or from what it was before it changed, in words, the
        greatest change first."""
        now, before = self.profile.current, self.profile.earlier if self.profile.changed else self.profile.long_term
        if min(now.count, before.count) < ENOUGH:
            return []
        changes = {}
        for target in {*now.leanings, *before.leanings}:
            change = _strength(now, target) - _strength(before, target)
            least = DRIFTED_LABEL if ":" in target else DRIFTED
            if abs(change) >= least and not target.startswith("artist:"):
                changes[target] = change / least
        ranked = sorted(changes.items(), key=lambda pair: -abs(pair[1]))[:MOST_CHANGES]
        return [preference_words(_preference(target, change)) for target, change in ranked]

    @cached_property
    def weight(self) -> int:
        """How much the taste counts beside the photo now, percent of the other parts together."""
        liking = taste.of(self.person)
        return round(100 * liking.weight) if liking else 0

    @property
    def share(self) -> int:
        """The same as percent of everything that counts."""
        return round(100 * self.weight / (100 + self.weight))

    @cached_property
    def reactions(self) -> list[Reaction]:
        standing = Reaction.objects.visible_to(self.person).standing().select_related("track__profile")
        return list(standing.order_by("-created")[:MOST_REACTIONS])

    @cached_property
    def ratings(self) -> list[ListRating]:
        return list(ListRating.objects.visible_to(self.person).select_related("playlist")[:MOST_RATINGS])

    @cached_property
    def map(self) -> TasteMap | None:
        liked = [reaction for reaction in self.reactions if reaction.kind == Reaction.Kind.LIKE]
        drawn = TasteMap(self.profile, liked, weeks_of(self.person) if self.person else ())
        return drawn if drawn.target or drawn.dots else None

    @cached_property
    def picks(self) -> list[Track]:
        """Tracks to pick from while little is known."""
        return onboarding.offered(self.person) if self.person and not self.paused else []

    @property
    def paused(self) -> bool:
        return reactions.paused(self.person)


def target_words(target: str) -> str:
    """What a target is about, either way: "jazz", "more electric or more acoustic"."""
    return (
        " or ".join(MORE[target])
        if target in FEATURES
        else preference_words(_preference(target, 1.0)).removeprefix("more ")
    )


def _preference(target: str, strength: float) -> Preference:
    return Preference(target=target, strength=strength, track_id=0, title="", taught_by="")


def _fact(preference: Preference, most: float, pinned: bool) -> Fact:
    percent = round(100 * abs(pull(preference)) / most)
    return Fact(preference.target, preference_words(preference), since_words(preference), percent, pinned)


def _strength(snapshot: TasteSnapshot, target: str) -> float:
    return snapshot.leanings[target].strength if target in snapshot.leanings else 0.0
