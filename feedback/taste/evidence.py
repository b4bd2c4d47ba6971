"""What a reaction says and what a track is like: the evidence that every learner of taste starts from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from weakref import WeakKeyDictionary

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later
from numpy.typing import NDArray

from core.schemas import Preference
from core.text import artist_key
from recommender.library.audio_profiles import FEATURE_MEAN, FEATURE_SD
from recommender.ranking.features import Pool

LONG_TERM, CURRENT = 90.0, 7.0
"""Half-lives in days."""
SAYS = {
    "like": 1.0,
    "not_now": -0.5,
    "never_track": -1.0,
    "never_artist": -1.0,
    "never_sound": -0.5,
    "played": 0.4,
    "skipped": -0.4,
    "repeated": 0.4,
    "saved": 0.2,
    "removed": -0.6,
    "swapped": -0.4,
    "moved_up": 0.15,
    "moved_down": -0.15,
    "refined_away": -0.05,
    "rated_well": 0.1,
    "rated_badly": -0.1,
}
"""What a reaction says, -1..1. One heard or skipped counts the more, the more (or the less) of it was heard; what was
said of a whole list says little about each of its tracks, and the more the further its stars are from the middle."""

FEATURES = ("valence", "arousal", "energy", "danceability", "acousticness", "instrumentalness", "tempo")
FURTHEST = 2.5
"""Standard deviations beyond which a track counts no further."""
SHARES = {"feature": 1.0, "mood": 0.5, "genre": 0.6, "instrument": 0.5, "artist": 0.8}
"""What the groups of targets count for beside each other, features together as one."""
STEEPNESS = 1.5
"""How soon a taste counts as clear."""

NOISE = 0.6
"""Standard deviation of what people say around what they mean."""
PRIOR_FEATURE, PRIOR_LABEL = 0.25, 0.5
"""Standard deviation of how much people care for a standard deviation of a feature, and for a style or mood."""

Matrix = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One reaction as the learner sees it; ``share``, 0..1: of the track that was heard, or how far a rating goes."""

    track_id: int
    kind: str
    at: datetime
    share: float | None = None

    @property
    def says(self) -> float:
        known = 1.0 if self.share is None else self.share
        return SAYS[self.kind] * (1.0 - known if self.kind == "skipped" else known)


_of_pools: WeakKeyDictionary[Pool, tuple[tuple[str, ...], Matrix]] = WeakKeyDictionary()
"""What was worked out of a pool whole: every learner asks for it, of the same history."""


def evidence(tracks: Pool, wanted: Collection[str] | None = None) -> tuple[tuple[str, ...], Matrix]:
    """Targets (of those ``wanted``), and (n, targets) how far each track lies from what is usual in them; 0 where
    nothing is known. Read-only."""
    if wanted is not None:
        return _evidence(tracks, frozenset(wanted))
    if tracks not in _of_pools:
        _of_pools[tracks] = _evidence(tracks, None)
    return _of_pools[tracks]


def _evidence(tracks: Pool, wanted: frozenset[str] | None) -> tuple[tuple[str, ...], Matrix]:
    features = [name for name in FEATURES if wanted is None or name in wanted]
    place = {name: column for column, name in enumerate(features)}
    down: list[int] = []
    across: list[int] = []
    shares: list[float] = []
    for kind, labels in _labels(tracks).items():
        for row, has in enumerate(labels):
            total = sum(has.values())
            for name, strength in has.items():
                target = f"{kind}:{name}"
                if strength > 0 and (wanted is None or target in wanted):
                    down.append(row)
                    across.append(place.setdefault(target, len(place)))
                    shares.append(strength / total)
    table = np.zeros((len(tracks), len(place)))
    for column, name in enumerate(features):
        away = (tracks.columns[name] - FEATURE_MEAN[name]) / FEATURE_SD[name]
        table[:, column] = np.clip(np.nan_to_num(away), -FURTHEST, FURTHEST)
    table[down, across] = shares
    table.flags.writeable = False
    return tuple(place), table


def _labels(tracks: Pool) -> Mapping[str, Sequence[Mapping[str, float]]]:
    artists = [{artist_key(facts.artist): 1.0} if facts.artist else {} for facts in tracks.facts]
    return {"mood": tracks.moods, "genre": tracks.genres, "instrument": tracks.instruments, "artist": artists}


def prior(targets: Sequence[str]) -> Matrix:
    """(targets,) standard deviation of how much people care for each."""
    return np.array([PRIOR_LABEL if ":" in target else PRIOR_FEATURE for target in targets])


def ages(events: Sequence[Heard], now: datetime) -> Matrix:
    """(n,) days since each."""
    return np.array([max((now - event.at).total_seconds(), 0.0) / 86400 for event in events], dtype=np.float64)


def fading(events: Sequence[Heard], now: datetime, half_life: float, changed: datetime | None = None) -> Matrix:
    """(n,) what each event still counts, 0..1: half in ``half_life`` days, none from before a change."""
    since = np.array([changed is None or event.at >= changed for event in events], dtype=np.float64)
    faded: Matrix = since * 0.5 ** (ages(events, now) / half_life)
    return faded


def pull(preference: Preference) -> float:
    """What a leaning adds to a track that has one unit of its target."""
    kind, _, name = preference.target.partition(":")
    return preference.strength * (SHARES[kind] if name else SHARES["feature"] / len(FEATURES))


MORE = {
    "valence": (later("darker"), later("brighter")),
    "arousal": (later("calmer"), later("livelier")),
    "energy": (later("less energetic"), later("more energetic")),
    "danceability": (later("less danceable"), later("more danceable")),
    "acousticness": (later("more electric"), later("more acoustic")),
    "instrumentalness": (later("more singing"), later("more instrumental")),
    "tempo": (later("slower"), later("faster")),
}
"""What leaning to less and to more of a feature is called."""
BEFORE = {
    "like": later("You liked it before"),
    "played": later("You listened to it before"),
    "repeated": later("You keep listening to it"),
}
SINCE = {
    "like": later("since you liked “{}”"),
    "played": later("since you listened to “{}”"),
    "skipped": later("since you skipped “{}”"),
    "not_now": later("since you said not now to “{}”"),
    "never_track": later("since you never want “{}”"),
    "never_artist": later("since you refused the artist of “{}”"),
    "never_sound": later("since you refused the sound of “{}”"),
    "repeated": later("since you keep listening to “{}”"),
    "saved": later("since you saved “{}”"),
    "removed": later("since you removed “{}”"),
    "swapped": later("since you swapped “{}” for another"),
    "moved_up": later("since you moved “{}” up"),
    "moved_down": later("since you moved “{}” down"),
    "refined_away": later("since you asked for a change from “{}”"),
    "rated_well": later("since you rated a list with “{}” highly"),
    "rated_badly": later("since you rated a list with “{}” low"),
    "pinned": later("as you pinned it"),
}


def preference_words(preference: Preference) -> str:
    """Such as "more acoustic", "more piano", "less jazz"."""
    kind, _colon, name = preference.target.partition(":")
    if not name:
        return _(MORE[kind][preference.strength > 0])
    words = _("more {name}") if preference.strength > 0 else _("less {name}")
    return words.format(name=name.title() if kind == "artist" else _(name))


def since_words(preference: Preference) -> str:
    return _(SINCE[preference.taught_by]).format(preference.title)


def clause(preference: Preference, track_id: int) -> str:
    """Why a track is liked, as the beginning of a sentence."""
    if preference.track_id == track_id and preference.taught_by in BEFORE:
        return _(BEFORE[preference.taught_by])
    words = preference_words(preference)
    return f"{words[0].upper()}{words[1:]}, {since_words(preference)}"
