"""From a photo to music: does what Dylumo ranks first lie near the photo in people's own ratings?

541 photos of OASIS and 322 songs of PMEmo, rated by different people on the same two axes. A song is as relevant to a
photo as their human valence and arousal are close, each kind in its own standard deviations from its own mean (photos
and songs are rated on different scales by different crowds). Everything is judged on themes of photos and artists of
songs that nothing was fitted on: 5 folds of themes by 2 halves of artists. Intervals resample themes.

Ranked by: ``symbolic``, closeness on the affect plane of the photo's reading and the song's features; ``neural``, the
learned bridge alone; ``hybrid``, both with learned weights. Against: random order; popularity (the
songs that the hybrid gives other photos most often, the same for everybody); the hybrid given another photo; and the
usual recipe of small tools, photo -> one mood -> hand-set target features.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.stats.agreement import calibration_error, reliability
from core.stats.intervals import measured
from lab.benchmarks._figures import data_folder, machine
from lab.training import image_affect
from lab.training.cross_modal import inputs_of
from lab.training.picture_ratings import RatedPhotos, read_rated_photos
from lab.training.rated_songs import RatedSongs, fitted_arousal, read_rated_songs, standard
from recommender.perception.cross_modal import contrastive
from recommender.perception.images import features
from recommender.ranking import learned_weights

SEED, FOLDS, ARTIST_FOLDS, K = 0, 5, 3, 10
SPREAD = 0.7
"""Gain of a song: ``exp(-d^2 / 2 spread^2)`` in standard deviations."""
RELEVANT_SHARE = 0.1
"""For precision, the tenth of the songs that lie nearest are relevant."""
ROUNDS = 2000
RIDGE = 5.0

HOBBY_TARGETS = {
    "happy": {"valence": 0.85, "energy": 0.75, "danceability": 0.75, "tempo": 125.0},
    "calm": {"valence": 0.55, "energy": 0.25, "danceability": 0.40, "tempo": 85.0},
    "sad": {"valence": 0.20, "energy": 0.30, "danceability": 0.35, "tempo": 80.0},
    "tense": {"valence": 0.30, "energy": 0.90, "danceability": 0.50, "tempo": 140.0},
}
"""One mood for each quarter of the plane, with the targets that tutorials hand to a service's recommendations."""

Scores = NDArray[np.float64]
Rows = NDArray[np.intp]


def gains(photos: Scores, songs: Scores) -> Scores:
    """(n, m): how relevant each song is to each photo, from their standardised human ratings (n, 2) and (m, 2)."""
    squares = ((photos[:, None] - songs[None]) ** 2).sum(2)
    value: Scores = np.exp(-squares / (2 * SPREAD**2))
    return value


def precision_and_ndcg(scores: Scores, gain: Scores, k: int = K) -> tuple[Scores, Scores]:
    """(n,) each, for scores and gains (n, m): share of the first ``k`` that are among the nearest tenth; NDCG with
    linear gains."""
    best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    found, ideal = np.take_along_axis(gain, best, 1), -np.sort(-gain, axis=1)
    discount = 1 / np.log2(np.arange(2, k + 2))
    least = ideal[:, max(1, round(RELEVANT_SHARE * gain.shape[1])) - 1][:, None]
    return (found >= least).mean(1), (found @ discount) / (ideal[:, :k] @ discount)


@dataclass(frozen=True, eq=False)
class Sides:
    """One split's inputs. ``seen``: valence and arousal of all photos, predicted by models that never saw their theme.
    ``fit_photos`` and ``fit_songs``: the rows that anything may be fitted on."""

    photos: RatedPhotos
    songs: RatedSongs
    seen: NDArray[np.float32]
    fit_photos: Rows
    fit_songs: Rows

    def affect(self) -> Scores:
        """(photos, songs) 0..1: closeness of the two predicted places; songs' by ridge regression from their profile,
        fitted on the training songs."""
        heard = self._heard()
        photo, song = standard(self.seen, self.seen[self.fit_photos]), standard(heard, heard[self.fit_songs])
        return gains(photo.astype(np.float64), song.astype(np.float64))

    def _heard(self) -> NDArray[np.float32]:
        rows, truth = self.fit_songs, self.songs.ratings
        profiles = self._profiles()
        mean, centre = profiles[rows].mean(0), truth[rows].mean(0)
        centred = profiles[rows] - mean
        system = centred.T @ centred + RIDGE * np.eye(centred.shape[1])
        return np.asarray((profiles - mean) @ np.linalg.solve(system, centred.T @ (truth[rows] - centre)) + centre)

    def _profiles(self) -> NDArray[np.float32]:
        return self.songs.profiles(fitted_arousal(self.songs, self.fit_songs))

    def bridge(self) -> Scores:
        """(photos, songs) 0..1: the learned bridge, trained on the training photos and songs."""
        pictures, tracks = inputs_of(self.photos.inputs, self.photos.tier), self._profiles()
        photos, songs = self.fit_photos, self.fit_songs
        places = (
            standard(self.photos.ratings[photos], self.photos.ratings[photos]),
            standard(self.songs.ratings[songs], self.songs.ratings[songs]),
        )
        heads = contrastive.train([pictures[photos]], [tracks[songs]], places, seed=SEED)
        near = contrastive.embed(heads[0], pictures) @ contrastive.embed(heads[1], tracks).T
        return np.asarray((1 + near) / 2, dtype=np.float64)

    def hobby(self) -> Scores:
        """(photos, songs): minus the distance from the targets of the photo's one mood."""
        columns = self.songs.features
        mean = self.seen.mean(0)
        names = np.where(self.seen[:, 0] >= mean[0], np.where(self.seen[:, 1] >= mean[1], "happy", "calm"), "")
        names = np.where(names == "", np.where(self.seen[:, 1] >= mean[1], "tense", "sad"), names)
        by_mood = {
            mood: -sum(((columns[f] - value) / columns[f].std()) ** 2 for f, value in targets.items())
            for mood, targets in HOBBY_TARGETS.items()
        }
        return np.stack([by_mood[name] for name in names])


def run() -> dict[str, Any]:
    """P@10 and NDCG@10 of every way, with intervals; the hybrid's lead over each; calibration."""
    tier = features.best_tier()
    photos, songs = read_rated_photos(data_folder(), tier), read_rated_songs(data_folder())
    truth = gains(
        standard(photos.ratings, photos.ratings).astype(np.float64),
        standard(songs.ratings, songs.ratings).astype(np.float64),
    )
    seen = seen_by_others(photos)
    per_photo: dict[str, list[tuple[NDArray[np.intp], Scores, Scores]]] = {}
    said, held, weights = [], [], []
    themes = [test for _, test in image_affect.splits(photos.themes, FOLDS, SEED)]
    artists = [test for _, test in image_affect.splits(songs.artists, ARTIST_FOLDS, SEED)]
    for fold, new_photos in enumerate(themes):
        for part, new_songs in enumerate(artists):
            kept = (themes[(fold + 1) % FOLDS], artists[(part + 1) % ARTIST_FOLDS])
            fit_photos = np.setdiff1d(np.arange(len(photos)), np.concatenate([new_photos, kept[0]]))
            fit_songs = np.setdiff1d(np.arange(len(songs)), np.concatenate([new_songs, kept[1]]))
            sides = Sides(photos, songs, seen, fit_photos, fit_songs)
            ranked, promise, share = judged(sides, truth, kept, (new_photos, new_songs))
            gain = truth[np.ix_(new_photos, new_songs)]
            for name, scores in ranked.items():
                per_photo.setdefault(name, []).append((new_photos, *precision_and_ndcg(scores, gain)))
            said.append(promise.ravel())
            held.append(nearest_tenth(gain).ravel())
            weights.append(share)
    values = {name: _means(parts, len(photos)) for name, parts in per_photo.items()}
    promised, fits = np.concatenate(said), np.concatenate(held)
    return {
        **machine(),
        "tier": tier,
        "photos": len(photos),
        "songs": len(songs),
        "seed": SEED,
        "folds": f"{FOLDS} of themes x {ARTIST_FOLDS} of artists",
        "ways": {name: _figures(one, photos.themes) for name, one in values.items()},
        "hybrid_leads_by": {
            name: _figures((values["hybrid"][0] - one[0], values["hybrid"][1] - one[1]), photos.themes)
            for name, one in values.items()
            if name != "hybrid"
        },
        "weights": {
            name: round(float(w), 3) for name, w in zip(("affect", "bridge"), np.mean(weights, axis=0), strict=True)
        },
        "calibration_error": round(calibration_error(promised, fits.astype(np.float64)), 4),
        "reliability": [
            {"said": round(one.claimed, 4), "held": round(one.true, 4), "pairs": one.count}
            for one in reliability(promised, fits.astype(np.float64), 10)
        ],
    }


def seen_by_others(photos: RatedPhotos) -> NDArray[np.float32]:
    """(n, 2): valence and arousal by models that never saw the photo's theme."""
    basis = {"meaning": image_affect.class_vectors()} if photos.tier == "lite" else {}
    return image_affect.nested(photos, SEED, basis)[0]


def nearest_tenth(gain: Scores) -> NDArray[np.bool_]:
    least = -np.sort(-gain, axis=1)[:, max(1, round(RELEVANT_SHARE * gain.shape[1])) - 1]
    relevant: NDArray[np.bool_] = gain >= least[:, None]
    return relevant


def judged(
    sides: Sides, truth: Scores, kept: tuple[Rows, Rows], new: tuple[Rows, Rows]
) -> tuple[dict[str, Scores], Scores, Scores]:
    """Scores (new photos, new songs) by way; what the hybrid promises of each pair; the learned weights. Weights and
    promises are learned on the photos and songs kept from fitting."""
    parts = np.stack([sides.affect(), sides.bridge()], axis=2)
    fits = nearest_tenth(truth[np.ix_(*kept)]).ravel()
    weights = learned_weights.learn_weights(parts[np.ix_(*kept)].reshape(-1, 2), fits)
    hybrid = parts @ weights
    curve = learned_weights.calibrate(hybrid[np.ix_(*kept)].ravel(), fits)
    generator = np.random.default_rng(SEED)
    shown = hybrid[np.ix_(*new)]
    others = hybrid[np.ix_(np.setdiff1d(np.arange(len(hybrid)), new[0]), new[1])]
    often = np.bincount(np.argsort(-others, axis=1)[:, :K].ravel(), minlength=len(new[1]))
    ranked = {
        "hybrid": shown,
        "symbolic": parts[np.ix_(*new)][..., 0],
        "neural": parts[np.ix_(*new)][..., 1],
        "random": generator.random(shown.shape),
        "popularity": np.tile(often, (len(shown), 1)) + 1e-6 * generator.random(shown.shape),
        "another_photo": shown[generator.permutation(len(shown))],
        "hand_made": sides.hobby()[np.ix_(*new)],
    }
    return ranked, curve(shown), weights


def _means(parts: list[tuple[NDArray[np.intp], Scores, Scores]], count: int) -> tuple[Scores, Scores]:
    """Each photo's mean over the folds of songs."""
    sums, times = np.zeros((2, count)), np.zeros(count)
    for rows, precision, ndcg in parts:
        sums[:, rows] += np.stack([precision, ndcg])
        times[rows] += 1
    return sums[0] / times, sums[1] / times


def _figures(values: tuple[Scores, Scores], themes: NDArray[np.str_]) -> dict[str, dict[str, float]]:
    def of(one: Scores) -> dict[str, float]:
        return measured(lambda some: float(one[some].mean()), themes, SEED, ROUNDS).figures()

    return {name: of(one) for name, one in zip(("precision_at_10", "ndcg_at_10"), values, strict=True)}
