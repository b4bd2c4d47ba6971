"""``train fusion``: how much each part of a match should count, learned from judged pairs and measured against the
weights set by hand.

Rated pairs are OASIS's photos and PMEmo's songs: a song fits a photo when it is among the tenth that lie nearest to it
by people's valence and arousal, each kind in its own standard deviations. Photos are read by models that never saw
their theme; a song's arousal is worked out by a formula fitted on other artists. ``--data feedback`` takes what people
said of tracks in their lists. Either way the figure is how surely a fitting track ranks above another of the same list
(area under the curve), in groups (themes, people) that the weights were not learned on.

The weights are kept for whoever chooses them: ``{"weights": "learned"}`` in an experiment's arm or in what is set for
everybody. What is set by hand stays the usual way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold

from core.errors import BadInput
from core.stats.intervals import measured
from lab.datasets import rated
from lab.studies import lists
from lab.study import Lab
from lab.training import image_affect
from lab.training.rated_songs import RatedSongs, fitted_arousal, read_rated_songs, standard
from recommender.library.audio_profiles import FEATURE_COLUMNS, moods_of
from recommender.library.vectors.documents import document
from recommender.models import AudioProfile, Track
from recommender.perception.weights.loaders import embed_texts
from recommender.ranking import learned_weights, scoring
from recommender.ranking.features import Pool
from recommender.ranking.filters import Facts

Numbers = NDArray[np.float64]

PARTS = ("affect", "mood", "semantic", "sound", "genre")
"""Those that a picture speaks of; what words ask for by name is not a matter of taste."""
FOLDS = 5
NEAREST = 0.1
LEAST_OF_EACH = 60
"""Fitting and other tracks, below which nothing is learned."""


class TooFewJudged(BadInput):
    code = "too_few_judged"


@dataclass(frozen=True, eq=False)
class JudgedParts:
    """``values`` (n, parts) 0..1, NaN for unknown; ``fits`` (n,); ``lists`` (n,): which list each track was judged in;
    ``groups`` (n,): whose list it is (a person, a theme)."""

    values: Numbers
    fits: NDArray[np.bool_]
    lists: NDArray[np.int64]
    groups: NDArray[np.int64]

    def take(self, rows: NDArray[Any]) -> JudgedParts:
        return JudgedParts(self.values[rows], self.fits[rows], self.lists[rows], self.groups[rows])

    def blended(self, weights: Numbers) -> Numbers:
        """(n,) matches, as ``scoring`` blends: a part that is not known leaves its weight to the others."""
        counted = np.where(np.isnan(self.values), 0.0, weights)
        sums = counted.sum(axis=1)
        total: Numbers = np.nan_to_num(self.values * counted).sum(axis=1) / np.maximum(sums, 1e-9)
        return total


def train_fusion(data: Path | JudgedParts, seed: int = 0) -> dict[str, Any]:
    """Learn, measure and keep the weights. Raises FileNotFoundError, TooFewJudged."""
    judged = data if isinstance(data, JudgedParts) else rated_parts(data, seed)
    fitting, others = int(judged.fits.sum()), int((~judged.fits).sum())
    groups = len(np.unique(judged.groups))
    if min(fitting, others) < LEAST_OF_EACH or groups < FOLDS:
        raise TooFewJudged(
            f"Weights need {LEAST_OF_EACH} fitting and {LEAST_OF_EACH} other tracks in lists of {FOLDS} people; "
            f"there are {fitting} and {others} of {groups}.",
            hint="Gather more, or learn from rated data: leave --data out.",
        )
    hand = np.array([scoring.WEIGHTS["hybrid"][name] for name in PARTS])
    weights = {name: float(weight) for name, weight in zip(PARTS, learned(judged), strict=True)}
    file = learned_weights.save_weights(weights)
    return {
        "data": "rated" if isinstance(data, Path) else "feedback",
        "judged": len(judged.fits),
        "fitting": fitting,
        "weights": weights,
        "by_hand": dict(zip(PARTS, (hand / hand.sum()).round(3).tolist(), strict=True)),
        **against(judged, hand, seed),
        "file": file.name,
        "seed": seed,
    }


def learned(judged: JudgedParts) -> Numbers:
    """(parts,) weights that sum to 1, three decimals, from how a track differs from the others of its list: what lifts
    a whole list lifts no track in it. What is not known is taken as usual."""
    known = ~np.isnan(judged.values).all(axis=0)
    columns = judged.values[:, known]
    filled = np.where(np.isnan(columns), np.nanmean(columns, axis=0), columns)
    _, place = np.unique(judged.lists, return_inverse=True)
    means = np.stack([np.bincount(place, column) / np.bincount(place) for column in filled.T], axis=1)
    weights = np.zeros(len(PARTS))
    weights[known] = learned_weights.learn_weights(filled - means[place], judged.fits)
    return weights.round(3)


def against(judged: JudgedParts, hand: Numbers, seed: int) -> dict[str, Any]:
    """The area under the curve of learned weights, of those set by hand, and the lead, each with its interval over
    groups that nothing was learned on."""
    matches = np.zeros((2, len(judged.fits)))
    matches[1] = judged.blended(hand)
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=seed).split(judged.values, groups=judged.groups):
        matches[0, test] = judged.take(test).blended(learned(judged.take(train)))
    areas, groups = [], []
    for one in np.unique(judged.lists):
        rows = np.flatnonzero(judged.lists == one)
        if 0 < judged.fits[rows].sum() < len(rows):
            areas.append([float(roc_auc_score(judged.fits[rows], match[rows])) for match in matches])
            groups.append(judged.groups[rows[0]])
    table = np.array(areas)
    told = {
        name: measured(lambda some, at=column: float(at[some].mean()), np.array(groups), seed)  # type: ignore[misc]
        for name, column in (("learned", table[:, 0]), ("hand_set", table[:, 1]), ("lead", table[:, 0] - table[:, 1]))
    }
    return {
        **{name: {"value": one.value, "low": one.low, "high": one.high} for name, one in told.items()},
        "clearly_better": told["lead"].low > 0,
    }


def rated_parts(data: Path, seed: int, *, quick: bool = False) -> JudgedParts:
    """Every rated photo, ``quick``: those of a few themes, with every rated song. Raises FileNotFoundError."""
    lab = Lab(data=data if (data / "oasis").is_dir() else data / "data", seed=seed, quick=quick)
    if not (lab.data / "oasis").is_dir():
        raise FileNotFoundError(f"no oasis in {data} or {data}/data")
    photos, _ = rated.best_photos(lab)
    songs = read_rated_songs(lab.data)
    pool = pool_of_songs(songs, seed)
    documents = document_vectors(songs, pool)
    asked = lists.asked(lab, len(photos))
    order = lab.random("asked").permutation(len(photos))
    places = standard(photos.ratings, photos.ratings)[order], standard(songs.ratings, songs.ratings)
    themes = np.unique(photos.themes, return_inverse=True)[1][order]
    values, fits = [], []
    for one, place in zip(asked, places[0], strict=True):
        brief = lists.brief(one)
        near = documents @ np.asarray(brief.vector)
        scores = scoring.score(replace(pool, text_similarity=near), brief)
        known = dict(zip(scores.names, scores.values.T, strict=True))
        values.append(np.stack([known.get(name, np.full(len(pool), np.nan)) for name in PARTS], axis=1))
        apart = ((places[1] - place) ** 2).sum(axis=1)
        fits.append(apart <= np.quantile(apart, NEAREST))
    numbers = np.arange(len(asked)).repeat(len(pool))
    return JudgedParts(np.concatenate(values), np.concatenate(fits), numbers, themes.repeat(len(pool)))


def pool_of_songs(songs: RatedSongs, seed: int) -> Pool:
    """The rated songs as a pool; each song's arousal by a formula that saw other artists only."""
    arousal = np.zeros(len(songs))
    for train, test in image_affect.splits(songs.artists, FOLDS, seed):
        arousal[test] = fitted_arousal(songs, train)[test]
    unknown = np.full(len(songs), np.nan)
    columns = {name: songs.features.get(name, unknown) for name in FEATURE_COLUMNS} | {"familiarity": unknown}
    columns["arousal"] = arousal
    return Pool(
        ids=np.arange(1, len(songs) + 1),
        facts=tuple(
            Facts(title=title, artist=artist, duration=0.0)
            for title, artist in zip(songs.titles, songs.artists.tolist(), strict=True)
        ),
        columns=columns,
        moods=tuple(moods_of(columns["valence"], arousal)),
        genres=songs.genres,
        instruments=({},) * len(songs),
        text_similarity=unknown,
        name_match=unknown,
    )


def document_vectors(songs: RatedSongs, pool: Pool) -> NDArray[np.float32]:
    """(n, 384) of what the catalogue would say of each song."""
    tracks = [Track(title=facts.title, artist=facts.artist) for facts in pool.facts]
    for row, track in enumerate(tracks):
        told = {name: float(pool.columns[name][row]) for name in ("tempo", "energy", "danceability", "acousticness")}
        AudioProfile(track=track, moods=pool.moods[row], genres=songs.genres[row], **told)
    return embed_texts([document(track) for track in tracks])
