"""What people said they felt: photos (OASIS) with readings of models that never saw their theme, songs (PMEmo), and
pairs of art and music. Everything in 0..1."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lab.datasets.lastfm import rows
from lab.study import Lab, NotHere
from lab.training import image_affect
from lab.training.picture_ratings import RatedPhotos, read_rated_photos
from recommender.perception.audio.affect_model import LOUDNESS_FLOOR
from recommender.perception.images import features as views

Numbers = NDArray[np.float64]
QUICK_PHOTOS = 100
SONG_FEATURES = ("valence", "energy", "danceability", "acousticness", "instrumentalness", "speechiness", "liveness")


def photos(lab: Lab, tier: str) -> RatedPhotos:
    """OASIS as this tier measures it; in a quick run a seeded sample of whole themes. Raises NotHere."""
    lab.file("oasis", "oasis.csv")
    if views.TIERS.index(tier) > views.TIERS.index(views.best_tier()):
        raise NotHere(f"The {tier} tier's files are not on this machine.", hint="DYLUMO_MODEL_DIR names their folder.")
    most = QUICK_PHOTOS if lab.quick else None
    return lab.once(f"photos:{tier}", lambda: read_rated_photos(lab.data, tier, most=most, seed=lab.seed))


def held_out(lab: Lab, tier: str) -> Numbers:
    """(n, 2) valence and arousal of each photo, by models that never saw its theme, settings chosen inside."""
    return _nested(lab, tier)[0]


def familiarity(lab: Lab, tier: str) -> Numbers:
    """(n,) how much each photo resembles those its model learned from: what the shipped confidence is made of."""
    return _nested(lab, tier)[1]


def _nested(lab: Lab, tier: str) -> tuple[Numbers, Numbers]:
    def predict() -> tuple[Numbers, Numbers]:
        read, known = image_affect.nested(photos(lab, tier), lab.seed, _basis(lab, tier))
        return np.asarray(read, dtype=np.float64), np.asarray(known, dtype=np.float64)

    return lab.once(f"nested:{tier}", predict)


def held_out_targets(lab: Lab, tier: str, targets: Numbers) -> Numbers:
    """Any targets (n, outputs) of the photos by the same learner at its first settings, themes held out."""
    known, basis = photos(lab, tier), _basis(lab, tier)
    predicted = np.zeros_like(targets)
    for split in image_affect.splits(known.themes, image_affect.FOLDS, lab.seed):
        prepared = image_affect.Prepared.of(known, split, basis)
        told, _ = prepared.predict(targets.astype(np.float32), image_affect.GRID[tier][0])
        predicted[split[1]] = told
    return predicted


def _basis(lab: Lab, tier: str) -> dict[str, NDArray[np.float32]]:
    return {"meaning": lab.once("class vectors", image_affect.class_vectors)} if tier == "lite" else {}


def best_photos(lab: Lab) -> tuple[RatedPhotos, Numbers]:
    """The photos and their held-out readings by the best tier on this machine."""
    tier = views.best_tier()
    return photos(lab, tier), held_out(lab, tier)


@dataclass(frozen=True, kw_only=True)
class RatedSongs:
    """``ratings`` (n, 2) valence and arousal; ``features`` (n, 9): ``SONG_FEATURES``, loudness and mode."""

    ratings: Numbers
    features: Numbers
    artists: NDArray[np.str_]
    genres: tuple[str, ...]
    titles: tuple[str, ...]

    def column(self, name: str) -> Numbers:
        column: Numbers = self.features[:, SONG_COLUMNS.index(name)]
        return column


SONG_COLUMNS = (*SONG_FEATURES, "loudness", "mode", "tempo")


def songs(lab: Lab) -> RatedSongs:
    """PMEmo's ratings joined to Spotify's features; loudness scaled from its floor to 0..1, tempo over 200."""
    path = lab.file("music_affect", "human_va_with_spotify_features.csv")
    return lab.once("songs", lambda: read_songs(path))


def read_songs(path: Path) -> RatedSongs:
    found = list(rows(path))
    columns = [np.array([float(row[f"sp_{name}"]) for row in found]) for name in SONG_COLUMNS]
    columns[SONG_COLUMNS.index("loudness")] = np.clip(
        (columns[SONG_COLUMNS.index("loudness")] - LOUDNESS_FLOOR) / -LOUDNESS_FLOOR, 0, 1
    )
    columns[SONG_COLUMNS.index("tempo")] = columns[SONG_COLUMNS.index("tempo")] / 200
    return RatedSongs(
        ratings=np.array([[float(row["valence_mean"]) / 9, float(row["arousal_mean"]) / 9] for row in found]),
        features=np.stack(columns, axis=1),
        artists=np.array([row["artist"].lower() for row in found]),
        genres=tuple(row["sp_genre"] or "unknown" for row in found),
        titles=tuple(row["title"] for row in found),
    )


def cross_validated(
    features: Numbers, ratings: Numbers, groups: NDArray[np.str_], seed: int, ridge: float = 1.0
) -> Numbers:
    """Ridge regression on standardised features, each group predicted by the others; same shape as ``ratings``."""
    predicted = np.zeros_like(ratings)
    for train, test in GroupKFold(5, shuffle=True, random_state=seed).split(features, groups=groups):
        model = make_pipeline(StandardScaler(), Ridge(ridge * len(train) / 100))
        predicted[test] = model.fit(features[train], ratings[train]).predict(features[test])
    return predicted


def heard(lab: Lab) -> Numbers:
    """(n, 2) valence and arousal of the rated songs from their features, by models that never saw their artist."""
    known = songs(lab)
    return lab.once("heard", lambda: cross_validated(known.features, known.ratings, known.artists, lab.seed))
