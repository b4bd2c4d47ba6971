"""Which ways to hear it people choose: kept, forgotten, and turned into what the next takes go by.

Two things are learned of: this person's own choices, for them alone; and those of everybody with an account, one vote
a person and occasion, for all. A guest's count for the guest.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.schemas import MusicBrief
from feedback.models import LearningPause, Reaction, TakeChoice
from feedback.taste import impressions, taste_settings
from feedback.taste.evidence import LONG_TERM
from feedback.taste.learners import takes
from feedback.taste.learners.takes import Vote, Way, Worth
from recommender.mapping.leanings import NEUTRAL, Leanings, styles_of
from recommender.mapping.takes import shown_takes
from recommender.models import Playlist
from recommender.music.occasions import occasions
from recommender.music.styles import called

REMEMBERED, MOST_VOTES = 300, 5000
"""The newest choices that are learned from: a person's own, and everybody's."""
OF_A_VOTE = ("shown", "chosen", "stayed_for", "owner")
KEPT_SECONDS = 300.0
TELLING = 1.2
"""The factor from which a leaning is told."""
MOST_TOLD = 6


# --- kept


@transaction.atomic
def chose(person: User, playlist: Playlist) -> TakeChoice | None:
    """The person chose the way that this version of a list is made for; the last choice counts. None where learning is
    paused, and for a way that no tab showed."""
    found = _answer(playlist)
    if found is None or playlist.owner_id != person.pk or LearningPause.holds_for(person):
        return None
    told = {**found, "stayed_for": None, "created": timezone.now(), **impressions.of_list(person, playlist)}
    choice, _new = TakeChoice.objects.update_or_create(owner=person, asked_id=_asked(playlist), defaults=told)
    return choice


@transaction.atomic
def stayed(reaction: Reaction) -> None:
    """A song was liked or heard in a list: where its first way was kept and no tab touched, a weaker choice of it."""
    playlist = reaction.playlist
    if playlist is None or playlist.owner_id != reaction.owner_id:
        return
    found = _answer(playlist)
    if found is None or found["chosen"] != 1:
        return
    facts = {name: getattr(reaction, name) for name in ("version", "policy", "variant", "moment")}
    choice, new = TakeChoice.objects.get_or_create(
        owner_id=reaction.owner_id, asked_id=_asked(playlist), defaults={**found, **facts, "stayed_for": reaction}
    )
    if not new and choice.stayed_for is not None and choice.stayed_for.undone is not None:
        TakeChoice.objects.filter(pk=choice.pk).update(stayed_for=reaction, created=timezone.now())


def stepped(person: User, shown: Playlist) -> None:
    """The person went back or forth to this version: where they had chosen a way, it is now this one."""
    if TakeChoice.objects.visible_to(person).filter(asked_id=_asked(shown)).exists():
        chose(person, shown)


def forget(person: User, target: str) -> int:
    """Delete the person's choices for an ``occasion:NAME`` or of a ``style:NAME``; how many."""
    kind, _colon, name = target.partition(":")
    rows = TakeChoice.objects.visible_to(person)
    if kind == "occasion":
        return rows.filter(occasion=name).delete()[0]
    plays = [row.pk for row in rows if name in row.shown[row.chosen - 1]["styles"]]
    return rows.filter(pk__in=plays if kind == "style" else ()).delete()[0]


def _answer(playlist: Playlist) -> dict[str, Any] | None:
    """What its tabs show, and which of them the version is made for; None without a choice."""
    brief = playlist.music_brief
    numbers = shown_takes(brief)
    if len(numbers) < 2 or brief.take not in numbers:
        return None
    return {
        "shown": _shown(brief, numbers),
        "chosen": numbers.index(brief.take) + 1,
        "occasion": brief.takes[brief.take - 1].concept[:80],
    }


def _shown(brief: MusicBrief, numbers: Sequence[int]) -> list[dict[str, Any]]:
    ways = [brief.takes[number - 1] for number in numbers]
    before = [way.chance / way.learned for way in ways]
    whole = sum(before) or 1.0
    return [
        {"concept": way.concept, "styles": styles_of(way), "chance": round(chance / whole, 4)}
        for way, chance in zip(ways, before, strict=True)
    ]


def _asked(playlist: Playlist) -> UUID:
    """The version with which these takes were first shown."""
    first, parent = playlist.pk, playlist.parent_id
    while parent:
        before, takes = Playlist.objects.values_list("parent_id", "brief__takes").get(pk=parent)
        if takes != playlist.brief.get("takes"):
            break
        first, parent = parent, before
    return UUID(str(first))


# --- learned


def leanings_of(person: User | None, learner: str = "") -> Leanings:
    """What the next takes go by: this person's own choices beside everybody's. ``learner``: ``none`` where lists go by
    the picture and the words alone."""
    if learner == "none":
        return NEUTRAL
    everybodys = everybody()
    if person is None:
        return Leanings(directions=everybodys.directions)
    wishes = taste_settings.settings_of(person)
    power = taste_settings.times(wishes.balance)
    votes = votes_of(person)
    styles = takes.style_factors(votes, everybodys.worth)
    return Leanings(
        directions=takes.joined(everybodys.directions, takes.own_factors(votes, everybodys.worth), power),
        styles={name: one**power for name, one in styles.items() if f"genre:{name}" not in wishes.removed},
    )


def votes_of(person: User, now: datetime | None = None) -> list[Vote]:
    """The person's own choices, the older ones fading as everything does that is learned."""
    now = now or timezone.now()
    rows = TakeChoice.objects.visible_to(person).standing().values_list("created", *OF_A_VOTE)[:REMEMBERED]
    return [
        _vote(*row, share=0.5 ** (max((now - created).total_seconds(), 0.0) / 86400 / LONG_TERM))
        for created, *row in rows
    ]


def _vote(
    shown: Sequence[Mapping[str, Any]], chosen: int, stayed_for: int | None, owner: int, *, share: float = 1.0
) -> Vote:
    """Of a row's fields ``OF_A_VOTE``."""
    ways = tuple(Way(concept=one["concept"], styles=tuple(one["styles"]), chance=one["chance"]) for one in shown)
    weight = takes.BY_HAND if stayed_for is None else takes.STAYED
    return Vote(shown=ways, chosen=chosen - 1, weight=weight * share, person=owner)


@dataclass(frozen=True, eq=False)
class Everybody:
    """``directions``: factors that hold for all; ``worth``: of the places of tabs."""

    directions: Mapping[str, float]
    worth: Worth


_lock = Lock()
_kept: tuple[float, Everybody] | None = None


def everybody() -> Everybody:
    """What all people's choices say together, at most ``KEPT_SECONDS`` old."""
    global _kept  # noqa: PLW0603 - what is kept between requests
    with _lock:
        if _kept is None or time.monotonic() - _kept[0] > KEPT_SECONDS:
            _kept = time.monotonic(), _learned_together()
        return _kept[1]


def forget_everybody() -> None:
    """The next call learns anew."""
    global _kept  # noqa: PLW0603
    _kept = None


def _learned_together() -> Everybody:
    """From the last choice of each person for each occasion. A visitor is soon another visitor, so that guests could
    vote as often as they like: they count for themselves alone. Who has paused learning does not count."""
    voters = User.objects.filter(is_guest=False, is_active=True).exclude(pk__in=LearningPause.objects.values("owner"))
    rows = TakeChoice.objects.standing().filter(owner__in=voters)
    last = rows.order_by("owner", "occasion", "-created").distinct("owner", "occasion").values("pk")
    votes = [_vote(*row) for row in TakeChoice.objects.filter(pk__in=last).values_list(*OF_A_VOTE)[:MOST_VOTES]]
    worth = takes.place_worth(votes)
    return Everybody(takes.shared_factors(votes, worth), worth)


# --- told


@dataclass(frozen=True)
class Told:
    """Something learned of a person's choices: ``target`` as ``forget`` takes it, and in words."""

    target: str
    words: str


def told_of(person: User) -> list[Told]:
    """What their own choices change for them, the strongest first: for occasions, and of styles over all occasions."""
    votes, worth = votes_of(person), everybody().worth
    factors = takes.own_factors(votes, worth)
    seen: dict[str, dict[str, Way]] = defaultdict(dict)
    for vote in votes:
        for way in vote.shown:
            if way.key in factors and way.concept in occasions() and occasions()[way.concept].thing:
                seen[way.concept][way.key] = way
    found: list[tuple[float, Told]] = []
    for concept, ways in seen.items():
        first, last = (choose(ways, key=factors.__getitem__) for choose in (max, min))
        style, other = _named(ways[first]), _named(ways[last])
        if factors[first] >= TELLING > factors[last] and style != other:
            thing = _capital(_(occasions()[concept].thing))
            words = _("{thing}: you choose {style} over {other}.").format(thing=thing, style=style, other=other)
            found.append((factors[first], Told(f"occasion:{concept}", words)))
    styles = takes.style_factors(votes, worth)
    chosen = {vote.shown[vote.chosen].styles[0] for vote in votes if vote.shown[vote.chosen].styles}
    best = max(chosen & styles.keys(), key=styles.__getitem__, default="")
    if best and styles[best] >= TELLING:
        words = _("Whatever the photo: you often choose {style}.").format(style=called(best))
        found.append((styles[best], Told(f"style:{best}", words)))
    return [told for _factor, told in sorted(found, key=lambda pair: -pair[0])[:MOST_TOLD]]


def _named(way: Way) -> str:
    return called(way.styles[0]) if way.styles else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
