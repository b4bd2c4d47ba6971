"""Pick what you like: the few tracks whose likes would tell most about a taste of which little is known.

With the bandit's posterior ``b ~ N(m, C)``, hearing what a person thinks of a track ``x`` takes
``(z'C x)^2 / (s^2 + x'C x)`` off the variance of every other track ``z``. The track that takes most off all of them
together comes first; then ``C`` is what it would leave, and the next is chosen (greedy experimental design for Gaussian
linear models, as in Krause, Singh and Guestrin 2008).
"""

from __future__ import annotations

import numpy as np

from accounts.models import User
from feedback.models import Reaction
from feedback.taste import profile
from feedback.taste.evidence import LONG_TERM, NOISE, ages, evidence
from feedback.taste.learners.bandit import inverse, precision_of
from feedback.taste.learners.base import History, Matrix
from recommender.models import Track
from recommender.ranking import features as pools

OFFERED = 5
LITTLE = 5
"""Reactions from which enough is known, and nothing is offered any more."""
WEIGHED = 240
"""Tracks, spread over what there is, that the offered ones are chosen from and shall tell about."""
LOOKED_AT = 20_000


def offered(person: User) -> list[Track]:
    """Tracks to say yes to, the most telling first; none once enough is known."""
    history = profile.history_of(person)
    if sum(event.kind in Reaction.SAID for event in history.events) >= LITTLE:
        return []
    blocked = profile.blocked(profile.of(person))
    ids = _spread(person, {*blocked, *(event.track_id for event in history.events)})
    chosen = most_telling(history, pools.load(Track.objects.visible_to(person), ids))
    found = Track.objects.select_related("profile").in_bulk(chosen)
    return [found[one] for one in chosen]


def most_telling(history: History, tracks: pools.Pool, count: int = OFFERED) -> list[int]:
    """Ids of the ``count`` tracks that together leave least unsure of all of them, after what was said already."""
    targets, table = evidence(tracks)
    shown = [column for column, name in enumerate(targets) if not name.startswith("artist:")]
    wanted, table = tuple(targets[column] for column in shown), table[:, shown]
    covariance = _unsure(history, wanted)
    chosen: list[int] = []
    for _ in range(min(count, len(tracks))):
        spread = table @ covariance
        noise = NOISE**2 + np.einsum("ij,ij->i", spread, table)
        gain = ((spread @ table.T) ** 2).sum(axis=1) / noise
        gain[chosen] = -np.inf
        best = int(np.argmax(gain))
        chosen.append(best)
        covariance = covariance - np.outer(spread[best], spread[best]) / noise[best]
    return [int(tracks.ids[row]) for row in chosen]


def _unsure(history: History, wanted: tuple[str, ...]) -> Matrix:
    names, known = evidence(history.tracks, wanted)
    rows = np.zeros((len(history.tracks), len(wanted)))
    for column, name in enumerate(names):
        rows[:, wanted.index(name)] = known[:, column]
    place = {int(one): row for row, one in enumerate(history.tracks.ids)}
    events = [event for event in history.events if event.track_id in place]
    weights = 0.5 ** (ages(events, history.now) / LONG_TERM)
    return inverse(precision_of(wanted, rows[[place[event.track_id] for event in events]], weights))


def _spread(person: User, known: set[int]) -> list[int]:
    """Tracks drawn evenly from those that can be heard here; from all with a known sound where there are too few."""
    for playable in (True, False):
        tracks = Track.objects.visible_to(person).filter(profile__valence__isnull=False, missing_since__isnull=True)
        tracks = tracks.exclude(file="") if playable else tracks
        ids = [one for one in tracks.order_by("pk").values_list("pk", flat=True)[:LOOKED_AT] if one not in known]
        if len(ids) >= OFFERED:
            break
    generator = np.random.default_rng(person.pk)
    return [ids[place] for place in generator.permutation(len(ids))[:WEIGHED]]
