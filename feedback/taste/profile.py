"""A person's taste for the ranking: learned from standing reactions by one of the learners, and what is refused."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from django.conf import settings
from django.db.models import Func, Q, Value
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import User
from core.schemas import Preference, TasteProfile
from core.text import artist_key
from feedback.models import Reaction, TasteSettings
from feedback.taste import ratings, taste_settings
from feedback.taste.evidence import Heard, Matrix, evidence
from feedback.taste.learners.bandit import Bandit
from feedback.taste.learners.base import History, Learner, Liking
from feedback.taste.learners.collaborative import CollaborativeLearner
from feedback.taste.learners.decayed_mean import Profile, blend, portrait
from feedback.taste.learners.hybrid import Hybrid, Together
from feedback.taste.refused_tags import tracks_with_tag
from recommender.models import ACCENTED, PLAIN, Track
from recommender.ranking import features as pools
from recommender.ranking.familiarity import Familiarity
from recommender.ranking.features import Pool

LEARNERS: dict[str, Learner] = {one.name: one for one in (Profile(), Bandit(), CollaborativeLearner(), Hybrid())}
NOBODY = "none"
"""The learner that learns nothing: lists go by the picture and the words alone, refusals still hold."""
CORRECTIONS = ("pin", "remove", "release")
"""What a person may do to a learned fact: keep it as it is, learn nothing of its kind any more, neither of both."""
NOT_NOW = timedelta(hours=12)
"""How long "not now" keeps a track out of lists."""
REMEMBERED = 1000
"""The newest reactions that are learned from."""

WEIGHT = 0.35
"""Beside the other parts' weights (``recommender.ranking.scoring.WEIGHTS``), once there is much to go by."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Taste:
    """A ranking preference (``scoring.Taste``) with what must never come. ``weight`` grows with what is known;
    ``familiar``: what the person knows, when they asked for the familiar or the new."""

    liking: Liking | None = None
    familiar: Familiarity | None = None
    weight: float = 0.0
    blocked: frozenset[int] = frozenset()
    name: str = "taste"

    def values(self, tracks: Pool) -> Matrix:
        return self.liking.values(tracks) if self.liking else np.full(len(tracks), 0.5)

    def because(self, tracks: Pool, row: int) -> str:
        return self.liking.because(tracks, row) if self.liking else ""


def history_of(person: User, now: datetime | None = None, removed: Collection[str] = ()) -> History:
    """What this person said and did until ``now``, and nobody else; of the ``removed`` sides of the tracks nothing is
    known."""
    now = now or timezone.now()
    newest = Reaction.objects.visible_to(person).standing().filter(created__lte=now).order_by("-created")
    rows = newest.values_list("track_id", "kind", "created", "share")[:REMEMBERED]
    events = [Heard(track_id=track, kind=kind, at=at, share=share) for track, kind, at, share in rows]
    events += [event for event in ratings.heard(person) if event.at <= now]
    tracks = pools.load(Track.objects.visible_to(person), [event.track_id for event in events])
    return History(events=events, tracks=taste_settings.without(tracks, removed), now=now)


def profile_of(person: User, now: datetime | None = None) -> TasteProfile:
    """What this person's standing reactions tell, in a form to read and correct."""
    history = history_of(person, now, taste_settings.settings_of(person).removed)
    return replace(portrait(history), reactions=sum(event.kind not in ratings.KINDS for event in history.events))


def facts_of(person: User) -> dict[str, Preference]:
    """What was learned of the person, by target; what they pinned stands as they pinned it."""
    return blend(profile_of(person)) | taste_settings.pinned_facts(taste_settings.settings_of(person).pinned)


def correct(person: User, target: str, what: str) -> None:
    """One of ``CORRECTIONS`` of what was learned. Raises NotFound for a target that was not learned."""
    match what:
        case "pin":
            taste_settings.pin(person, target, facts_of(person))
        case "remove":
            taste_settings.remove(person, target, facts_of(person))
        case _:
            taste_settings.release(person, target)


def of(person: User | None, learner: str = "", at: datetime | None = None) -> Taste | None:
    """The person's taste for the ranking; None for nobody and for somebody who never said or set anything.
    ``learner``: one of ``LEARNERS`` or ``NOBODY``; the one of the settings by default. ``at``: as it was then, by what
    they had said until then."""
    if person is None:
        return None
    wishes = taste_settings.settings_of(person)
    history = history_of(person, at, wishes.removed)
    if not history.events and not wishes.pinned and not wishes.novelty:
        return None
    name = learner or settings.LEARNER
    liking = None if name == NOBODY else _learned(name, history, wishes)
    known = weighed(liking, _refused(person, history.now), times=taste_settings.times(wishes.balance))
    return replace(known, familiar=taste_settings.familiarity_of(person, wishes.novelty))


def weighed(liking: Liking | None, refused: frozenset[int] = frozenset(), *, times: float = 1.0) -> Taste:
    """What was learned, with as much weight as it is sure, so many ``times``."""
    sure = liking.sureness if liking else 0.0
    return Taste(liking=liking, weight=round(WEIGHT * sure * times, 4), blocked=refused)


def _learned(learner: str, history: History, wishes: TasteSettings) -> Liking | None:
    """What the learner makes of the history, beside what is pinned."""
    # where everything known was removed nothing is left to learn from, and the list is the picture's alone
    empty = not history.events or (wishes.removed and not evidence(history.tracks)[1].any())
    learned = None if empty else LEARNERS[learner].learn(history)
    pinned = taste_settings.pinned_taste(wishes.pinned)
    if learned is None or pinned is None:
        return learned or pinned
    return Together(members=(learned, pinned))


def blocked(taste: Taste | None) -> frozenset[int]:
    """The ids of tracks that must not be chosen."""
    return taste.blocked if taste else frozenset()


def refused_by(person_id: int | None) -> frozenset[int]:
    return blocked(of(User.objects.filter(pk=person_id).first() if person_id else None))


def _refused(person: User, now: datetime) -> frozenset[int]:
    """The refused tracks, with every track that has a refused sound or whose first-named artist is refused."""
    standing = Reaction.objects.visible_to(person).standing()
    refused = Q(kind=Reaction.Kind.NEVER_TRACK) | Q(kind=Reaction.Kind.NOT_NOW, created__gt=now - NOT_NOW)
    tracks = frozenset(standing.filter(refused).values_list("track_id", flat=True))
    tracks |= tracks_with_tag(standing.exclude(sound="").values_list("sound", flat=True))
    artists = list(standing.exclude(artist="").values_list("track__artist", flat=True))
    keys = {artist_key(artist) for artist in artists}
    if not keys:
        return tracks
    # accents are taken off as far as the database can; a name that it cannot fold is found as it is written
    plain = Func(Lower("artist"), Value(ACCENTED), Value(PLAIN), function="translate")
    named = Q(artist__in=artists)
    for key in keys:
        named |= Q(plain__contains=key)
    rows = Track.objects.alias(plain=plain).filter(named).values_list("pk", "artist")
    return tracks | {track for track, artist in rows if artist_key(artist) in keys}
