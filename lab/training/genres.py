"""``train genres``: ten styles from timbre, and how often they are named rightly. Part of ``sound_features.npz``.

The clips are GTZAN's, with its known faults (Sturm 2013): a few artists fill whole genres and some clips occur twice.
So accuracy in random folds, which the literature reports, is a memory of artists; it is given beside that in folds in
which no artist is both learned and judged. Votes are one-against-all kernel ridge regression.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from core.stats.intervals import measured
from recommender.perception.audio.feature_model import (
    CLIP,
    GENRE_GAMMA,
    MODEL_FILE,
    kernel,
    load,
    save,
    squared_distances,
)
from recommender.perception.audio.timbre import NAMES, as_row

CLIPS = "music_affect/gtzan_features_tempo_key.csv"
GENRE_RIDGE = 0.1
FOLDS, REPEATS, BOOTSTRAPS = 10, 5, 2000
SHARPNESS_GRID = np.arange(2.0, 12.5, 0.5)

Vector = NDArray[np.float64]
Names = NDArray[np.str_]


@dataclass(frozen=True)
class Voting:
    """``weights`` (n, genres), ``share`` (genres,) of each in training, ``names``."""

    weights: Vector
    share: Vector
    names: tuple[str, ...]

    def votes(self, squares: Vector) -> Vector:
        """(m, genres) from squared distances (m, n) to the training clips."""
        return self.share + kernel(squares, GENRE_GAMMA) @ self.weights


def train_genres(shared: Path, seed: int = 0) -> dict[str, Any]:
    """Fit, store the votes beside the shipped features' model, and return the figures. Raises ``FileNotFoundError``."""
    rows, genres, artists = read_genre_clips(shared / "data" / CLIPS)
    alone = np.arange(len(rows))
    figures: dict[str, Any] = {
        "data": CLIPS,
        "clips": len(rows),
        "artists": len(set(artists)),
        "genres": len(set(genres)),
        "folds": f"{REPEATS} x {FOLDS}, stratified by genre",
        "seed": seed,
        "accuracy": {
            "random folds": _accuracy(rows, genres, alone, seed),
            "folds by artist": _accuracy(rows, genres, artists, seed),
        },
    }
    model = load()
    centred = model.standardised(rows)
    voting = fit_genres(centred, genres)
    sharpness = np.array(best_sharpness(rows, genres, artists))
    save(
        replace(
            model,
            genre_weights=voting.weights,
            genre_share=voting.share,
            genres=np.array(voting.names),
            sharpness=sharpness,
        )
    )
    return figures | {"file": MODEL_FILE.name}


def read_genre_clips(path: Path) -> tuple[Vector, Names, Names]:
    """``timbre.as_row`` of every clip, genres and artists; a clip whose artist is unknown stands for itself."""
    with path.open(encoding="utf-8", newline="") as lines:
        clips = list(csv.DictReader(lines))
    rows = np.stack([as_row({name: float(clip[name]) for name in NAMES}) for clip in clips])
    artists = [clip["artist"].strip().lower() or clip["filename"] for clip in clips]
    return rows, np.array([clip["label"] for clip in clips]), np.array(artists)


def fit_genres(rows: Vector, genres: Names) -> Voting:
    """``rows``: standardised, (n, 51)."""
    names = sorted(set(genres.tolist()))
    one_hot = (genres[:, None] == np.array(names)).astype(float)
    share = one_hot.mean(axis=0)
    likeness = kernel(squared_distances(rows, rows), GENRE_GAMMA)
    weights = np.linalg.solve(likeness + GENRE_RIDGE * np.eye(len(rows)), one_hot - share)
    return Voting(weights=weights, share=share, names=tuple(names))


def best_sharpness(rows: Vector, genres: Names, groups: NDArray[Any]) -> float:
    """Of the softmax over votes: what makes the probabilities of clips left out the most likely."""
    names = sorted(set(genres.tolist()))
    votes, right = cross_validated(rows, genres, groups, 0), np.searchsorted(names, genres)

    def loss(sharpness: float) -> float:
        logits = sharpness * votes
        return float(np.mean(np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(right)), right]))

    return float(min(SHARPNESS_GRID, key=loss))


def cross_validated(rows: Vector, genres: Names, groups: NDArray[Any], seed: int) -> Vector:
    """(n, genres): votes on every clip by a model that never heard its group; standardised inside each fold."""
    votes = np.zeros((len(rows), len(set(genres.tolist()))))
    for train, test in StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(rows, genres, groups):
        centre, scale = rows[train].mean(axis=0), rows[train].std(axis=0)
        learned, judged = (np.clip((rows[part] - centre) / scale, -CLIP, CLIP) for part in (train, test))
        votes[test] = fit_genres(learned, genres[train]).votes(squared_distances(judged, learned))
    return votes


def _accuracy(rows: Vector, genres: Names, groups: NDArray[Any], seed: int) -> dict[str, Any]:
    """Share of clips named rightly, with its 95 % interval over groups, and by genre."""
    names = np.array(sorted(set(genres.tolist())))
    repeats = [cross_validated(rows, genres, groups, seed + n) for n in range(REPEATS)]
    right = np.mean([names[votes.argmax(axis=1)] == genres for votes in repeats], axis=0)
    return {
        **measured(lambda some: float(right[some].mean()), groups, seed, BOOTSTRAPS).figures(),
        "by_genre": {str(name): round(float(right[genres == name].mean()), 3) for name in names},
    }
