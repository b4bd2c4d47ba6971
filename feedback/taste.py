"""A decayed profile: reactions to what a person leans to, and that as one more part of the ranking.

For each target (a feature, a mood, a style, an instrument, an artist) the leaning is the weighted mean of
``sign * evidence``: the sign is what the reaction says (``SAYS``), the evidence how far the track lies from what is
usual, and the weight halves with every half-life. Twice over: long-term and current taste forget at different paces.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Func, Q, Value
from django.db.models.functions import Lower
from django.utils import timezone
from numpy.typing import NDArray

from accounts.models import User
from feedback.models import Reaction
from recommender.models import ACCENTED, PLAIN, Track
from recommender.ranking import pool as pools
from recommender.ranking.diversity import artist_key
from recommender.ranking.pool import FEATURE_MEAN, FEATURE_SD, Pool
from recommender.values import Leaning, Outlook, TasteProfile

LONG_TERM, CURRENT = 90.0, 7.0
"""Half-lives in days."""
SAYS = {"like": 1.0, "not_now": -0.5, "never_track": -1.0, "never_artist": -1.0, "played": 0.4, "skipped": -0.4}
"""What a reaction says, -1..1. One heard or skipped counts the more, the more (or the less) of it was heard."""
NOT_NOW = timedelta(hours=12)
"""How long "not now" keeps a track out of lists."""
REMEMBERED = 1000
"""The newest reactions that are learned from."""

FEATURES = ("valence", "arousal", "energy", "danceability", "acousticness", "instrumentalness", "tempo")
FURTHEST = 2.5
"""Standard deviations beyond which a track counts no further."""
SHARES = {"feature": 1.0, "mood": 0.5, "genre": 0.6, "instrument": 0.5, "artist": 0.8}
"""What the groups of targets count for beside each other, features together as one."""
PRIOR = 1.0
"""Reactions' worth of "no leaning" that every target starts with."""
STEEPNESS = 1.5
WEIGHT = 0.35
"""Beside the other parts' weights (``recommender.ranking.scoring.WEIGHTS``), once there is much to go by."""
HALF_SURE = 4.0
"""The effective number of reactions at which half of that weight is given."""

Matrix = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One reaction as the learner sees it; ``share`` of the track that was heard, 0..1."""

    track_id: int
    kind: str
    at: datetime
    share: float | None = None

    @property
    def says(self) -> float:
        known = 1.0 if self.share is None else self.share
        return SAYS[self.kind] * (1.0 - known if self.kind == "skipped" else known)


def evidence(tracks: Pool, wanted: Collection[str] | None = None) -> tuple[tuple[str, ...], Matrix]:
    """Targets (of those ``wanted``), and (n, targets) how far each track lies from what is usual in them; 0 where
    nothing is known."""
    columns: dict[str, Matrix] = {}
    for name in FEATURES if wanted is None else [name for name in FEATURES if name in wanted]:
        away = (tracks.columns[name] - FEATURE_MEAN[name]) / FEATURE_SD[name]
        columns[name] = np.clip(np.nan_to_num(away), -FURTHEST, FURTHEST)
    artists = [{artist_key(facts.artist): 1.0} if facts.artist else {} for facts in tracks.facts]
    groups: dict[str, Sequence[Mapping[str, float]]] = {
        "mood": tracks.moods,
        "genre": tracks.genres,
        "instrument": tracks.instruments,
        "artist": artists,
    }
    for kind, labels in groups.items():
        for row, has in enumerate(labels):
            total = sum(has.values())
            for target, strength in ((f"{kind}:{name}", strength) for name, strength in has.items() if strength > 0):
                if wanted is None or target in wanted:
                    columns.setdefault(target, np.zeros(len(tracks)))[row] = strength / total
    table = np.column_stack(list(columns.values())) if columns else np.zeros((len(tracks), 0))
    return tuple(columns), table


def learn(events: Sequence[Heard], tracks: Pool, now: datetime, half_life: float) -> Outlook:
    """What these reactions teach, forgetting by half in ``half_life`` days. ``tracks`` holds the tracks reacted to."""
    place = {int(one): row for row, one in enumerate(tracks.ids)}
    known = [event for event in events if event.track_id in place]
    if not known:
        return Outlook()
    rows = [place[event.track_id] for event in known]
    age = np.array([max((now - event.at).total_seconds(), 0.0) / 86400 for event in known])
    signed = np.array([event.says for event in known]) * 0.5 ** (age / half_life)
    count = float(np.abs(signed).sum())
    targets, table = evidence(tracks)
    taught = signed[:, None] * table[rows]
    spoken = np.where([":" in target for target in targets], (np.abs(signed)[:, None] * table[rows]).sum(axis=0), count)
    strength = taught.sum(axis=0) / (spoken + PRIOR)
    leanings = {}
    for column in np.flatnonzero(np.abs(strength) > 0.01):
        teacher = known[int(np.argmax(taught[:, column] * np.sign(strength[column])))]
        leanings[targets[column]] = Leaning(
            target=targets[column],
            strength=round(float(strength[column]), 4),
            track_id=teacher.track_id,
            title=tracks.facts[place[teacher.track_id]].title,
            taught_by=teacher.kind,
        )
    liked = np.maximum(signed, 0.0)
    return Outlook(
        leanings=leanings,
        count=round(count, 4),
        valence=_centre(tracks.columns["valence"][rows], liked),
        arousal=_centre(tracks.columns["arousal"][rows], liked),
    )


def _centre(values: Matrix, weights: Matrix) -> float | None:
    known = np.isfinite(values) & (weights > 0)
    return round(float(np.average(values[known], weights=weights[known])), 4) if known.any() else None


def profile_of(person: User, now: datetime | None = None) -> TasteProfile:
    """What this person's standing reactions tell, and nobody else's."""
    now = now or timezone.now()
    standing = Reaction.objects.visible_to(person).standing()
    newest = standing.order_by("-created").values_list("track_id", "kind", "created", "share")[:REMEMBERED]
    events = [Heard(track_id=track, kind=kind, at=at, share=share) for track, kind, at, share in newest]
    tracks = pools.load(Track.objects.visible_to(person), [event.track_id for event in events])
    refused = Q(kind=Reaction.Kind.NEVER_TRACK) | Q(kind=Reaction.Kind.NOT_NOW, created__gt=now - NOT_NOW)
    return TasteProfile(
        long_term=learn(events, tracks, now, LONG_TERM),
        current=learn(events, tracks, now, CURRENT),
        blocked_tracks=tuple(standing.filter(refused).values_list("track_id", flat=True)),
        blocked_artists=tuple(standing.exclude(artist="").values_list("track__artist", flat=True)),
        reactions=len(events),
    )


def sureness(outlook: Outlook) -> float:
    """0..1: how far to go by what was learned."""
    return outlook.count / (outlook.count + HALF_SURE)


def blend(profile: TasteProfile) -> dict[str, Leaning]:
    """Long-term and current leanings as one, each by how sure it is; the surer one's teacher is named."""
    outlooks = [(sureness(one), one.leanings) for one in (profile.long_term, profile.current)]
    total = sum(sure for sure, _ in outlooks) or 1.0
    blended: dict[str, Leaning] = {}
    for target in {target for _, leanings in outlooks for target in leanings}:
        told = [
            (sure * leanings[target].strength, leanings[target]) for sure, leanings in outlooks if target in leanings
        ]
        strength = sum(part for part, _ in told) / total
        _, best = max(told, key=lambda pair: pair[0] * np.sign(strength))
        blended[target] = replace(best, strength=strength)
    return blended


@dataclass(frozen=True, kw_only=True)
class Taste:
    """A ranking preference (``scoring.Preference``) with what must never come. ``weight`` grows with what is known."""

    leanings: Mapping[str, Leaning]
    weight: float
    blocked: frozenset[int] = frozenset()
    name: str = "taste"

    def values(self, tracks: Pool) -> Matrix:
        """(n,) 0..1, .5 where nothing speaks for or against a track."""
        _, shares = self._shares(tracks)
        value: Matrix = 0.5 + 0.5 * np.tanh(STEEPNESS * shares.sum(axis=1))
        return value

    def because(self, tracks: Pool, row: int) -> str:
        """What of the taste raised this track most above the others, as a clause; empty when nothing did."""
        targets, shares = self._shares(tracks)
        if not targets:
            return ""
        lead = np.where(shares[row] > 0, shares[row] - shares.mean(axis=0), 0.0)
        best = int(np.argmax(lead))
        return _clause(self.leanings[targets[best]], int(tracks.ids[row])) if lead[best] > 0 else ""

    def _shares(self, tracks: Pool) -> tuple[tuple[str, ...], Matrix]:
        """The targets that tracks have and the person leans to, and what each adds to each track."""
        targets, table = evidence(tracks, self.leanings)
        return targets, table * np.array([pull(self.leanings[target]) for target in targets])


def pull(leaning: Leaning) -> float:
    """What a leaning adds to a track that has one unit of its target."""
    kind, _, name = leaning.target.partition(":")
    return leaning.strength * (SHARES[kind] if name else SHARES["feature"] / len(FEATURES))


def weight_of(profile: TasteProfile) -> float:
    """The weight of the part ``taste``: it grows with what is known."""
    return round(WEIGHT * max(sureness(profile.long_term), sureness(profile.current)), 4)


def of(person: User | None, learner: str = "profile") -> Taste | None:
    """The person's taste for the ranking; None for nobody and for somebody who never reacted. ``learner``: ``none``
    for lists in which it does not count; what was refused stays out all the same."""
    profile = profile_of(person) if person else TasteProfile()
    if not profile.reactions:
        return None
    weight = 0.0 if learner == "none" else weight_of(profile)
    return Taste(leanings=blend(profile), weight=weight, blocked=_refused(profile))


def blocked(taste: Taste | None) -> frozenset[int]:
    """The ids of tracks that must not be chosen."""
    return taste.blocked if taste else frozenset()


def refused_by(person_id: int | None) -> frozenset[int]:
    return blocked(of(User.objects.filter(pk=person_id).first() if person_id else None))


def _refused(profile: TasteProfile) -> frozenset[int]:
    """The refused tracks, with every track whose first-named artist is refused."""
    keys = {artist_key(artist) for artist in profile.blocked_artists}
    if not keys:
        return frozenset(profile.blocked_tracks)
    # accents are taken off as far as the database can; a name that it cannot fold is found as it is written
    plain = Func(Lower("artist"), Value(ACCENTED), Value(PLAIN), function="translate")
    named = Q(artist__in=profile.blocked_artists)
    for key in keys:
        named |= Q(plain__contains=key)
    rows = Track.objects.alias(plain=plain).filter(named).values_list("pk", "artist")
    return frozenset(profile.blocked_tracks) | {track for track, artist in rows if artist_key(artist) in keys}


MORE = {
    "valence": ("darker", "brighter"),
    "arousal": ("calmer", "livelier"),
    "energy": ("less energetic", "more energetic"),
    "danceability": ("less danceable", "more danceable"),
    "acousticness": ("more electric", "more acoustic"),
    "instrumentalness": ("more singing", "more instrumental"),
    "tempo": ("slower", "faster"),
}
"""What leaning to less and to more of a feature is called."""
SINCE = {
    "like": "since you liked “{}”",
    "played": "since you listened to “{}”",
    "skipped": "since you skipped “{}”",
    "not_now": "since you said not now to “{}”",
    "never_track": "since you never want “{}”",
    "never_artist": "since you refused the artist of “{}”",
}


def leaning_words(leaning: Leaning) -> str:
    """Such as "more acoustic", "more piano", "less jazz"."""
    kind, _, name = leaning.target.partition(":")
    if not name:
        return MORE[kind][leaning.strength > 0]
    return f"{'more' if leaning.strength > 0 else 'less'} {name.title() if kind == 'artist' else name}"


def since_words(leaning: Leaning) -> str:
    return SINCE[leaning.taught_by].format(leaning.title)


def _clause(leaning: Leaning, track_id: int) -> str:
    if leaning.track_id == track_id and leaning.taught_by in ("like", "played"):
        return f"You {'liked it' if leaning.taught_by == 'like' else 'listened to it'} before"
    words = leaning_words(leaning)
    return f"{words[0].upper()}{words[1:]}, {since_words(leaning)}"
