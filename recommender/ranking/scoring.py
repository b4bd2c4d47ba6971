"""How well each track fits a brief: named parts, each 0..1, with stated weights that sum to 1 for every track.

A part about which a track tells nothing is left out for that track, and its weight is shared among the others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput
from core.schemas import Label, MusicBrief, Part
from recommender.library.audio_profiles import PROFILE_FEATURES, profile_vectors
from recommender.perception.cross_modal.model import bridge_in
from recommender.perception.vocabulary import MOODS
from recommender.ranking import known
from recommender.ranking.familiarity import Familiarity
from recommender.ranking.features import Pool

Column = NDArray[np.float64]

NAMED = {"names": 1.00}
"""An artist or a title said by name outweighs all else, with ``ASKED`` by two to one. Chosen on a quarter of the CPCD
dialogues; ``evaluate recommendation`` measures on all."""
KNOWN = {"style": 0.90, "theme": 0.60, "fame": 0.18}
"""What an editor would go by: set on half of the development lists (`evaluate lists` reports on the other half)."""
WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "hybrid": {"affect": 0.42, "mood": 0.12, "semantic": 0.16, "sound": 0.20, "genre": 0.10, "instruments": 0.06}
    | KNOWN
    | NAMED,
    "symbolic": {"affect": 0.48, "mood": 0.14, "sound": 0.26, "genre": 0.12, "instruments": 0.06} | KNOWN | NAMED,
    "neural": {
        "bridge": 0.50,
        "affect": 0.25,
        "mood": 0.20,
        "semantic": 0.55,
        "sound": 0.20,
        "genre": 0.10,
        "instruments": 0.06,
    }
    | KNOWN
    | NAMED,
}
"""What each part counts for, before the parts a brief does not speak of are left out. The mood point counts most: it is
the only part every picture gives; the others tell apart the hundreds of tracks that lie near it."""

HEAVIEST = 2.0
"""The largest weight a part can be given from outside: twice that of a name said by name."""

ASKED_FROM = 1.0
"""A feature's weight, or a label's score, from which it was asked for in words and not merely suggested."""
ASKED = 2.2
"""Styles, instruments and sounds asked for in words count this much more than those a picture suggests."""

TOLERANCE = {
    "energy": 0.20,
    "valence": 0.20,
    "danceability": 0.18,
    "acousticness": 0.30,
    "instrumentalness": 0.30,
    "speechiness": 0.12,
    "liveness": 0.20,
    "loudness": 4.5,
    "familiarity": 0.25,
}
"""How far from a wished value still counts as close (standard deviation of a Gaussian), in the feature's own unit."""
TEMPO_TOLERANCE = 0.22
"""In octaves: at 100 beats a minute, 86 or 116 still count as .61."""

RIVALS = 40
"""How many of the best a track is compared with to tell what speaks for it."""
MOOD_SPREAD = 0.16
SEMANTIC_RANGE = (0.05, 0.55)
"""Cosine similarities of short texts in the MiniLM space that count as nothing in common and as the same thing."""


class BadWeights(BadInput):
    code = "bad_weights"
    hint = f"Give some of these a weight from 0 to {HEAVIEST:g}: {', '.join(WEIGHTS['hybrid'])}."


def checked_weights(weights: Any) -> dict[str, float]:
    """Weights by part that may stand in place of the usual ones. Raises BadWeights for unknown parts and for values
    that are no numbers from 0 to ``HEAVIEST``."""
    if not isinstance(weights, Mapping):
        raise BadWeights('Weights are written as {"part": number}.')
    for name, value in weights.items():
        if name not in WEIGHTS["hybrid"]:
            raise BadWeights(f"No part of a match is called {name!r}.")
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= HEAVIEST:
            raise BadWeights(f"The weight of {name} cannot be {value!r}.")
    if all(weights.get(name, usual) == 0 for name, usual in WEIGHTS["hybrid"].items()):
        raise BadWeights("At least one part must count.")
    return {name: float(value) for name, value in weights.items()}


class Preference(Protocol):
    """One more part, from what is known of the person: its name, its weight beside the others, a 0..1 value a track
    (NaN where it has no opinion)."""

    @property
    def name(self) -> str: ...

    @property
    def weight(self) -> float: ...

    def values(self, pool: Pool, /) -> Column: ...


class Taste(Preference, Protocol):
    """What is known of the person, which can also say in a clause what of it raised a track (empty: nothing did).
    ``familiar``: what they know, when they asked for the familiar or the new."""

    @property
    def familiar(self) -> Familiarity | None: ...

    def because(self, pool: Pool, row: int, /) -> str: ...


@dataclass(frozen=True, eq=False, kw_only=True)
class Scores:
    """``values`` and ``weights``: (n, parts), NaN and 0 where a part is not known; ``total``: (n,) 0..1.
    ``sound``: by feature, its (n,) values and its weight inside the part ``sound``. ``known``: (n,) the share of the
    full weight that a track's known parts carry."""

    names: tuple[str, ...]
    values: NDArray[np.float64]
    weights: NDArray[np.float64]
    total: Column
    known: Column
    sound: Mapping[str, tuple[Column, float]]

    def parts(self, row: int, decisive: Collection[str] = ()) -> tuple[Part, ...]:
        return tuple(
            Part(
                name=name,
                value=round(float(value), 4),
                weight=round(float(weight), 4),
                decisive=name in decisive,
            )
            for name, value, weight in zip(self.names, self.values[row], self.weights[row], strict=True)
            if weight > 0
        )

    def without(self, name: str) -> Column:
        """(n,) the totals as they would be if this part did not count."""
        if name not in self.names:
            return self.total
        place = self.names.index(name)
        weight = self.weights[:, place]
        rest = self.total - np.nan_to_num(self.values[:, place]) * weight
        return np.divide(rest, 1.0 - weight, out=np.zeros_like(rest), where=weight < 1.0)

    def asked(self) -> Column:
        """(n,) 0..1: how close each track is to every sound that was asked for in words; 1 where none was."""
        close = [values for values, weight in self.sound.values() if weight >= ASKED_FROM]
        return np.prod([np.nan_to_num(values) for values in close], axis=0) if close else np.ones(len(self.total))

    def rivals(self) -> NDArray[np.intp]:
        """The rows of the best by total: what a track had to stand out from."""
        best: NDArray[np.intp] = np.argsort(-self.total, kind="stable")[:RIVALS]
        return best

    def gains(self, rivals: NDArray[np.intp]) -> NDArray[np.float64]:
        """How much each part lifted each track above some others: weight times the value less the others' mean."""
        known = np.where(self.weights > 0, self.values, np.nan)
        usual = np.array([mean_known(column) for column in known[rivals].T])
        lead: NDArray[np.float64] = np.nan_to_num((known - usual) * self.weights)
        return lead


def score(
    pool: Pool,
    brief: MusicBrief,
    preferences: Sequence[Preference] = (),
    *,
    without: str = "",
    weights: Mapping[str, float] | None = None,
) -> Scores:
    """Score every track of the pool. ``without`` takes one cause out: a part, or ``sound:FEATURE``; ``weights``: see
    ``weights_for``."""
    features = {name: target for name, target in brief.features.items() if without != f"sound:{name}"}
    sound = {
        name: (closeness(name, pool.columns[name], target), weight)
        for name, (target, weight) in features.items()
        if name in pool.columns
    }
    columns = {
        "style": known.style(pool, brief.direction),
        "theme": known.theme(pool, brief.direction),
        "fame": known.fame(pool, brief.direction),
        "affect": affect(pool, brief),
        "mood": mood(pool, on(brief.moods, brief)),
        "semantic": semantic(pool.text_similarity),
        "bridge": bridged(pool, brief),
        "sound": _weighted(list(sound.values()), len(pool)),
        "genre": wished(pool.genres, on(brief.genres, brief)),
        "instruments": wished(pool.instruments, on(brief.instruments, brief)),
        "names": pool.name_match,
        **{preference.name: preference.values(pool) for preference in preferences},
    }
    base = weights_for(brief, weights) | {preference.name: preference.weight for preference in preferences}
    names = tuple(name for name in columns if base.get(name, 0.0) > 0 and name != without)
    values = np.column_stack([columns[name] for name in names]) if names else np.zeros((len(pool), 0))
    full = np.array([base[name] for name in names])
    counted = np.where(np.isnan(values), 0.0, full)
    sums = counted.sum(axis=1, keepdims=True)
    counted = np.divide(counted, sums, out=np.zeros_like(counted), where=sums > 0)
    present = full[~np.isnan(values).all(axis=0)].sum() if len(pool) else 0.0
    return Scores(
        names=names,
        values=values,
        weights=counted,
        total=(np.nan_to_num(values) * counted).sum(axis=1),
        known=sums[:, 0] / present if present else np.zeros(len(pool)),
        sound=sound,
    )


def weights_for(brief: MusicBrief, weights: Mapping[str, float] | None = None) -> dict[str, float]:
    """The weights that hold for this brief: what is asked for in words counts more, a mild suggestion less.
    ``weights``: by part, in place of the usual ones of the brief's reasoning; raises BadWeights."""
    usual = WEIGHTS.get(brief.reasoning, WEIGHTS["hybrid"])
    base = dict(usual) | {name: value for name, value in checked_weights(weights or {}).items() if name in usual}
    if any(weight >= ASKED_FROM for _, weight in brief.features.values()):
        base["sound"] *= ASKED
    for part, labels in (("genre", brief.genres), ("instruments", brief.instruments), ("names", brief.names)):
        strongest = max((abs(label.score) for label in on(labels, brief)), default=0.0)
        base[part] *= ASKED if strongest >= ASKED_FROM else strongest
    if not brief.vector:
        base.pop("semantic", None)
    if not brief.crossing:
        base.pop("bridge", None)
    return base


def mean_known(values: Column) -> float:
    """The mean of what is known; 0 when nothing is."""
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else 0.0


def on(labels: Sequence[Label], brief: MusicBrief) -> tuple[Label, ...]:
    """The labels that are not switched off."""
    return tuple(label for label in labels if f"{label.kind}:{label.name}" not in brief.switched_off)


def affect(pool: Pool, brief: MusicBrief) -> Column:
    """Nearness on the affect plane: ``exp(-d^2 / 2 spread^2)``."""
    across = pool.columns["valence"] - brief.valence
    up = pool.columns["arousal"] - brief.arousal
    value: Column = np.exp(-(across**2 + up**2) / (2 * brief.spread**2))
    return value


def closeness(feature: str, values: Column, target: float) -> Column:
    """0..1: how close each value is to the target, by the feature's own tolerance; tempo in octaves."""
    if feature == "mode":
        return 1.0 - np.abs(values - target)
    if feature == "tempo":
        away = np.log2(np.maximum(values, 1.0) / max(target, 1.0)) / TEMPO_TOLERANCE
    else:
        away = (values - target) / TOLERANCE.get(feature, 0.25)
    value: Column = np.exp(-(away**2) / 2)
    return value


def bridged(pool: Pool, brief: MusicBrief) -> Column:
    """Nearness in the learned bridge's space, 0..1; NaN where the brief has no place in it, or the bridge was trained
    anew since. Only the neural reasoning counts it: beside the affect plane it adds nothing (`bench retrieval`)."""
    bridge = bridge_in(brief.crossing_space) if brief.crossing and brief.reasoning == "neural" else None
    if bridge is None:
        return np.full(len(pool), np.nan)
    profiles = profile_vectors(
        {name: pool.columns[name] for name in PROFILE_FEATURES}, [dict(has) for has in pool.genres]
    )
    near: Column = (1.0 + bridge.track_vectors(profiles) @ np.asarray(brief.crossing)) / 2
    return near


def semantic(similarity: Column) -> Column:
    low, high = SEMANTIC_RANGE
    value: Column = np.clip((similarity - low) / (high - low), 0.0, 1.0)
    return value


_MOOD_PLACE = {name: place for place, name in enumerate(MOODS)}
_ANCHORS = np.array([(term.valence, term.arousal) for term in MOODS.values()])
_KERNEL = np.exp(-((_ANCHORS[:, None, :] - _ANCHORS[None]) ** 2).sum(axis=2) / (2 * MOOD_SPREAD**2))
"""How alike two moods are: near on the affect plane is nearly the same."""


def mood(pool: Pool, wanted: Sequence[Label]) -> Column:
    """How alike wished and heard moods are; a mood wished away lowers it. NaN where no mood was heard."""
    wish = mood_vector({label.name: label.score for label in wanted if label.score > 0})
    shun = mood_vector({label.name: -label.score for label in wanted if label.score < 0})
    heard = np.array([mood_vector(moods) for moods in pool.moods]).reshape(len(pool), len(MOODS))
    value = np.ones(len(pool))
    if wish.any():
        value *= alike_moods(heard, wish)
    if shun.any():
        value *= 1.0 - alike_moods(heard, shun)
    unknown = ~heard.any(axis=1) if wish.any() or shun.any() else np.ones(len(pool), dtype=bool)
    return np.where(unknown, np.nan, value)


def mood_vector(moods: Mapping[str, float]) -> Column:
    """Scores by mood as (30,) in the vocabulary's order; names it does not have are left out."""
    vector = np.zeros(len(MOODS))
    for name, strength in moods.items():
        if name in _MOOD_PLACE:
            vector[_MOOD_PLACE[name]] = strength
    return vector


def alike_moods(heard: NDArray[np.float64], wish: Column) -> Column:
    """(n,) 0..1: cosine of (n, 30) with (30,), where neighbouring moods count as alike."""
    lengths = np.sqrt(np.einsum("ij,ij->i", heard @ _KERNEL, heard)) * np.sqrt(wish @ _KERNEL @ wish)
    alike: Column = np.clip(heard @ _KERNEL @ wish / np.maximum(lengths, 1e-9), 0.0, 1.0)
    return alike


def wished(known: Sequence[Mapping[str, float]], wanted: Sequence[Label]) -> Column:
    """How much of the best-wished style (or instrument) a track has, and how little of those wished away. A track of
    unknown style has nothing of one asked for in words; of a mere suggestion it says nothing."""
    value = np.full(len(known), np.nan)
    liked = {label.name: label.score for label in wanted if label.score > 0}
    shunned = {label.name: -label.score for label in wanted if label.score < 0}
    strongest = max(liked.values(), default=0.0)
    # beside something wished away, a mere suggestion must not make every other style look as unwelcome
    share = min(strongest, 1.0) if shunned else 1.0
    if strongest >= ASKED_FROM:
        value[:] = 0.0
    for row, has in enumerate(known):
        if has and wanted:
            top = max(has.values()) or 1.0
            match = max((score / strongest * has.get(name, 0.0) / top for name, score in liked.items()), default=1.0)
            against = max((score * has.get(name, 0.0) / top for name, score in shunned.items()), default=0.0)
            value[row] = (1.0 - share + share * match) * (1.0 - min(against, 1.0))
    return value


def _weighted(columns: Sequence[tuple[Column, float]], count: int) -> Column:
    """The weighted mean over what is known, NaN where nothing is."""
    if not columns:
        return np.full(count, np.nan)
    values = np.column_stack([column for column, _ in columns])
    weights = np.where(np.isnan(values), 0.0, np.array([weight for _, weight in columns]))
    sums = weights.sum(axis=1)
    mean: Column = np.full(count, np.nan)
    np.divide((np.nan_to_num(values) * weights).sum(axis=1), sums, out=mean, where=sums > 0)
    return mean
