"""``train sound_affect``: people's valence and arousal of songs from Spotify's features, and what that betters.

322 songs of PMEmo (Zhang et al. 2018) with mean ratings, joined to Spotify's features. Cross-validated in folds by
artist; the comparison is Spotify's own valence, and its energy for arousal, on the same songs. Spotify's valence is not
what listeners report: their own ratings of pleasantness rise with its valence and with energy, and fall with
speechiness and danceability.

A measurement, not a model of the product: of the demonstration music its arousal is less true than ``sound_affect``'s.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.stats.agreement import spearman
from core.stats.intervals import measured
from recommender.perception import TRAINED

CARD = TRAINED / "sound_affect.md"
RATED = "music_affect/human_va_with_spotify_features.csv"
RIDGE = 60.0
FOLDS, REPEATS, BOOTSTRAPS = 10, 10, 2000
OWN = {"valence": "valence", "arousal": "energy"}
"""Spotify's feature that stands for an axis by itself."""

INPUTS = ("danceability", "energy", "speechiness", "valence", "acousticness", "loudness")
AXES = ("valence", "arousal")
LOUDNESS_FLOOR = -30.0
QUIET_SPEECH = 0.02
"""Added to speechiness before its logarithm: the least that Spotify reports of any song."""


Vector = NDArray[np.float64]


@dataclass(frozen=True)
class FeltModel:
    """``centre``, ``scale`` (6,) of ``INPUTS`` in training; ``slopes`` (6, 2) and ``intercepts`` (2,) of ``AXES``,
    ratings scaled to 0..1; ``stretch`` (2,): by how much predictions are spread so that they vary as ratings do."""

    centre: Vector
    scale: Vector
    slopes: Vector
    intercepts: Vector
    stretch: Vector

    def read(self, inputs: Vector) -> Vector:
        """(n, 6) rows of ``as_rows`` to (n, 2) valence and arousal as felt, 0..1; what is unknown (NaN) is average."""
        standard = np.nan_to_num((inputs - self.centre) / self.scale)
        return np.clip(self.intercepts + standard @ self.slopes * self.stretch, 0, 1)


def as_rows(features: Mapping[str, Vector]) -> Vector:
    """(n, 6) from (n,) arrays by Spotify's names, loudness in dB; NaN where unknown."""
    shaped = {
        **features,
        "speechiness": np.log(features["speechiness"] + QUIET_SPEECH),
        "loudness": np.clip((features["loudness"] - LOUDNESS_FLOOR) / -LOUDNESS_FLOOR, 0, 1),
    }
    return np.stack([np.asarray(shaped[name], dtype=np.float64) for name in INPUTS], axis=1)


def train_sound_affect(shared: Path, seed: int = 0) -> dict[str, Any]:
    """Fit, write the card, and return the figures. ``shared``: the folder that holds ``data``. Raises
    ``FileNotFoundError``."""
    rows, ratings, artists = read_rated_songs(shared / "data" / RATED)
    predicted = np.stack([cross_validated(rows, ratings, artists, seed + n) for n in range(REPEATS)])
    model = fit(rows, ratings)
    own = {axis: rows[:, INPUTS.index(feature)] for axis, feature in OWN.items()}
    figures: dict[str, Any] = {
        "data": RATED,
        "songs": len(rows),
        "artists": len(set(artists)),
        "folds": f"{REPEATS} x {FOLDS}, grouped by artist",
        "seed": seed,
        "slopes": {axis: _slopes(model, n) for n, axis in enumerate(AXES)},
        "spearman": {
            axis: compared(predicted[..., n], own[axis], ratings[:, n], artists, seed) for n, axis in enumerate(AXES)
        },
    }
    CARD.write_text(card(figures), encoding="utf-8")
    return figures


def _slopes(model: FeltModel, axis: int) -> dict[str, float]:
    return dict(zip(INPUTS, model.slopes[:, axis].round(4).tolist(), strict=True))


def read_rated_songs(path: Path) -> tuple[Vector, Vector, NDArray[np.str_]]:
    """``as_rows`` of every song (n, 6), ratings (n, 2) scaled from 0..9 to 0..1, first-named artists (n,)."""
    with path.open(encoding="utf-8", newline="") as lines:
        songs = list(csv.DictReader(lines))
    features = {name: np.array([float(song[f"sp_{name}"]) for song in songs]) for name in INPUTS}
    ratings = np.array([[float(song[f"{axis}_mean"]) / 9 for axis in AXES] for song in songs])
    artists = [re.split(r",| & | feat| x ", song["artist"].lower())[0].strip() for song in songs]
    return as_rows(features), ratings, np.array(artists)


def fit(rows: Vector, ratings: Vector) -> FeltModel:
    """Ridge regression on standardised inputs (Hoerl & Kennard 1970)."""
    centre, scale = rows.mean(axis=0), rows.std(axis=0)
    standard, mean = (rows - centre) / scale, ratings.mean(axis=0)
    slopes = np.linalg.solve(standard.T @ standard + RIDGE * np.eye(len(INPUTS)), standard.T @ (ratings - mean))
    stretch = ratings.std(axis=0) / np.maximum((standard @ slopes).std(axis=0), 1e-9)
    return FeltModel(centre=centre, scale=scale, slopes=slopes, intercepts=mean, stretch=stretch)


def cross_validated(rows: Vector, ratings: Vector, artists: NDArray[np.str_], seed: int) -> Vector:
    """(n, 2): every song by a model that never saw its artist."""
    names, place = np.unique(artists, return_inverse=True)
    fold = np.random.default_rng(seed).integers(0, FOLDS, len(names))[place]
    predicted = np.zeros_like(ratings)
    for held_out in range(FOLDS):
        test = fold == held_out
        predicted[test] = fit(rows[~test], ratings[~test]).read(rows[test])
    return predicted


def compared(
    predicted: Vector, own: Vector, truth: Vector, artists: NDArray[np.str_], seed: int
) -> dict[str, dict[str, float]]:
    """Rank correlations of the predictions (repeats, n), of Spotify's own feature, and of their difference, each with
    its 95 % interval over artists (the same resamples for all)."""

    def ours(some: NDArray[np.intp]) -> float:
        return float(np.mean([spearman(one[some], truth[some]) for one in predicted]))

    def theirs(some: NDArray[np.intp]) -> float:
        return spearman(own[some], truth[some])

    measures = {"ours": ours, "spotify": theirs, "gain": lambda some: ours(some) - theirs(some)}
    return {name: measured(measure, artists, seed, BOOTSTRAPS).figures() for name, measure in measures.items()}


def card(figures: dict[str, Any]) -> str:
    """The model card, in Markdown."""
    rows = "\n".join(
        f"| {axis} | {_shown(f['ours'])} | {_shown(f['spotify'])} | {_shown(f['gain'])} |"
        for axis, f in figures["spearman"].items()
    )
    return f"""# sound_affect: what people feel in a song, from Spotify's features

- **Made by** `manage.py train sound_affect --seed {figures["seed"]}`.
- **Inputs**: {", ".join(INPUTS)}. **Method**: ridge regression (penalty {RIDGE:.0f}) on standardised inputs.
- **Data**: {figures["songs"]} songs by {figures["artists"]} artists of PMEmo (Zhang et al. 2018) with people's mean
  ratings, joined to Spotify's features by title and artist. No song is stored here.
- **Folds**: {figures["folds"]}. Intervals: 95 %, {BOOTSTRAPS} resamples of artists, the same for both columns.

Spearman's correlation with people's ratings:

| | this model, artists left out | Spotify's own ({OWN["valence"]}; {OWN["arousal"]}) | gain |
|---|---|---|---|
{rows}

**Limits**: chart music of the 2010s, rated by Chinese students; among these songs valence and arousal go together,
which other music need not do.
"""


def _shown(figure: dict[str, float]) -> str:
    return f"{figure['value']:.3f} ({figure['low']:.3f} to {figure['high']:.3f})"
