"""``train sound_features``: fits timbre -> Spotify's features and genres on two public tables.

One table has librosa features, artist, title and genre of 999 clips (GTZAN), the other Spotify's features of 70,676
tracks. They are joined by artist and title; where only the artist is known, the mean of the artist's tracks stands in
with a lower weight, and else the mean of the genre with a lower one still. Figures are cross-validated in folds
grouped by artist, on exact matches and on all clips whose artist is known. Energy is also judged as it is read, with
loudness (Spotify's own, since the clips' levels were lost), and valence as the tables tell it, with the cues of theory:
the clips' annotated mode and tempo stand in for what a sound would be analysed for.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.stats.agreement import spearman
from core.stats.intervals import measured
from lab.training.genres import best_sharpness, cross_validated, fit_genres
from lab.training.vocals import expected_by_percentile, figures, judged
from recommender.perception.audio.affect_model import (
    CLEAR_PULSE,
    PLAINLY_MAJOR,
    Cues,
    energy_percentile,
    valence_percentile,
)
from recommender.perception.audio.feature_model import (
    FEATURES,
    MODEL_FILE,
    SoundModel,
    kernel,
    nearness,
    neighbour_distance,
    save,
    squared_distances,
)
from recommender.perception.audio.timbre import CONSONANCE, NAMES, as_row

CLIPS = "music_affect/gtzan_features_tempo_key.csv"
TRACKS = "spotify/tracks_features_70k.csv.gz"
RIDGE = 0.3
ARTIST_WEIGHT, GENRE_WEIGHT = 0.3, 0.1
OTHER_NAMES = {"hiphop": "rap"}
FOLDS = 10
VALENCE, ENERGY, INSTRUMENTALNESS = (FEATURES.index(name) for name in ("valence", "energy", "instrumentalness"))

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Clips:
    """``rows`` (n, 51) descriptors; ``targets`` (n, 6) percentiles; ``weights`` (n,) how far to trust them: 1 where the
    very track was found; ``groups`` (n,) artists as numbers; ``genres`` (n,) names; ``modes`` (n,) 1 major, -1 minor,
    0 not annotated; ``tempi`` (n,) beats a minute; ``quantiles`` (6, 101); ``voiceless`` (n,) instrumentalness as a
    value, the mean where the track is not known; ``genre_voiceless`` its mean in each genre, by name; ``loudness``
    (n,) in dB, averaged the same way."""

    rows: Vector
    targets: Vector
    weights: Vector
    groups: NDArray[np.intp]
    genres: NDArray[np.str_]
    modes: Vector
    tempi: Vector
    quantiles: Vector
    voiceless: Vector
    genre_voiceless: Vector
    loudness: Vector

    @property
    def exact(self) -> NDArray[np.bool_]:
        """(n,): whether the very track was found."""
        return self.weights == 1  # type: ignore[no-any-return]

    @property
    def known(self) -> NDArray[np.bool_]:
        """(n,): whether the track or its artist was found."""
        return self.weights >= ARTIST_WEIGHT


def train_sound_features(shared: Path, seed: int = 0) -> dict[str, Any]:
    """Fit, store the coefficients and return the figures. ``shared``: the folder that holds ``data``. Raises
    ``FileNotFoundError`` when a table is absent."""
    clips = read_clips(shared / "data")
    rng = np.random.default_rng(seed)
    predicted, distances = _cross_validated(clips, rng)
    known = clips.known
    votes = cross_validated(clips.rows, clips.genres, clips.groups, seed)
    skill = np.array([spearman(predicted[known, i], clips.targets[known, i]) for i in range(len(FEATURES))])
    model = _fit(clips, skill, predicted)
    percentiles = model.spread_out(predicted)[:, INSTRUMENTALNESS]
    curve = expected_by_percentile(percentiles, clips.voiceless, clips.weights)
    model = replace(model, voiceless=curve, genre_voiceless=clips.genre_voiceless)
    save(model)
    valence = _as_read(clips, model, predicted, distances)
    energy = energy_percentile(model.spread_out(predicted)[:, ENERGY], clips.loudness)

    def intervals(told: Vector, feature: int) -> dict[str, dict[str, float]]:
        ways = {"same track": clips.exact, "track or artist": known}
        return {way: _interval(clips, told, feature, rows, seed) for way, rows in ways.items()}

    return {
        "name": "sound_features",
        "data": [CLIPS, TRACKS],
        "seed": seed,
        "folds": f"{FOLDS}, grouped by artist",
        "clips": {"all": len(clips.rows), "same track": int(clips.exact.sum()), "track or artist": int(known.sum())},
        "spearman": {name: intervals(predicted[:, i], i) for i, name in enumerate(FEATURES)},
        "valence_with_theory": intervals(valence, VALENCE),
        "energy_with_loudness": intervals(energy, ENERGY),
        "instrumentalness": _voices(clips, model, percentiles, votes, distances),
        "file": MODEL_FILE.name,
    }


def _voices(clips: Clips, model: SoundModel, percentiles: Vector, votes: Vector, distances: Vector) -> dict[str, Any]:
    """Instrumentalness as a value to expect, beside the quantile at the same percentile; cross-validated."""
    likely = np.exp(model.sharpness * votes)
    by_style = likely @ clips.genre_voiceless / likely.sum(axis=1)
    near = nearness(distances, model.usual_distance)
    expected = judged(percentiles, clips.voiceless, clips.weights, groups=clips.groups, by_style=by_style, near=near)
    quantile = np.array([model.value("instrumentalness", float(p)) for p in percentiles])
    return {
        name: figures(values, clips.voiceless, clips.known, clips.genres)
        for name, values in (("as read", expected), ("as a quantile", quantile))
    }


def read_clips(data: Path) -> Clips:
    """Both tables, joined."""
    with gzip.open(data / TRACKS, "rt", encoding="utf-8", newline="") as file:
        tracks = [r for r in csv.DictReader(file) if r["loudness"] and all(r[f] for f in FEATURES)]
    values = np.array([[float(r[f]) for f in FEATURES] for r in tracks])
    ranks = np.stack([_percentiles(column) for column in values.T], axis=1)
    loudness = [float(r["loudness"]) for r in tracks]
    ranks = np.column_stack([ranks, loudness, values[:, INSTRUMENTALNESS]])  # carried along, to be averaged alike
    by_track: dict[tuple[str, str], list[Vector]] = defaultdict(list)
    by_artist: dict[str, list[Vector]] = defaultdict(list)
    by_genre: dict[str, list[Vector]] = defaultdict(list)
    for track, rank in zip(tracks, ranks, strict=True):
        artist, title = _plain(track["artist"]), _plain(track["title"])
        by_genre[track["genre"]].append(rank)
        if artist and title:
            by_track[artist, title].append(rank)
            by_artist[artist].append(rank)
    genre_means = {name: np.mean(found, axis=0) for name, found in by_genre.items()}

    def target(artist: str, title: str, genre: str) -> tuple[Vector, float]:
        if (artist, title) in by_track:
            return np.median(by_track[artist, title], axis=0), 1.0
        if artist in by_artist:
            return np.mean(by_artist[artist], axis=0), ARTIST_WEIGHT
        return genre_means[OTHER_NAMES.get(genre, genre)], GENRE_WEIGHT

    with (data / CLIPS).open(encoding="utf-8", newline="") as file:
        clips = list(csv.DictReader(file))
    targets, weights = zip(*(target(_plain(c["artist"]), _plain(c["title"]), c["label"]) for c in clips), strict=True)
    genres = np.array([c["label"] for c in clips])
    artists = [_plain(c["artist"]) or c["filename"] for c in clips]
    return Clips(
        rows=np.array([as_row({name: float(c[name]) for name in NAMES}) for c in clips]),
        targets=np.array(targets)[:, : len(FEATURES)],
        weights=np.array(weights),
        groups=np.unique(artists, return_inverse=True)[1],
        genres=genres,
        modes=np.array([2 * float(c["mode"]) - 1 if c["mode"] else 0.0 for c in clips]),
        tempi=np.array([float(c["tempo mean"]) for c in clips]),
        quantiles=np.quantile(values, np.linspace(0, 1, 101), axis=0).T,
        loudness=np.array(targets)[:, -2],
        voiceless=np.array(targets)[:, -1],
        genre_voiceless=np.array([genre_means[OTHER_NAMES.get(name, name)][-1] for name in sorted(set(genres))]),
    )


def _plain(text: str) -> str:
    """A name without case, punctuation, articles and what stands in brackets or after a dash."""
    core = re.sub(r"\(.*?\)|\[.*?\]| - .*|feat.*", "", text.lower())
    return re.sub(r"[^a-z0-9]", "", core.replace("the ", "").replace("&", "and"))


def _percentiles(column: Vector) -> Vector:
    """Rank of each value among all, 0..1, ties at their mean."""
    ordered = np.sort(column)
    return (np.searchsorted(ordered, column, "left") + np.searchsorted(ordered, column, "right")) / (2 * len(column))


def _cross_validated(clips: Clips, rng: np.random.Generator) -> tuple[Vector, Vector]:
    """(n, 6) percentiles and (n,) distances to the nearest clips, each clip predicted by a model that never heard its
    artist."""
    fold_of = rng.integers(0, FOLDS, clips.groups.max() + 1)[clips.groups]
    predicted = np.empty(clips.targets.shape)
    distances = np.empty(len(clips.rows))
    for fold in range(FOLDS):
        test, train = fold_of == fold, fold_of != fold
        rows, centre, scale = standardised(clips.rows[train])
        weights, intercept = _dual(rows, clips.targets[train], clips.weights[train])
        squares = squared_distances(np.clip((clips.rows[test] - centre) / scale, -3, 3), rows)
        distances[test] = neighbour_distance(squares)
        predicted[test] = intercept + kernel(squares) @ weights
    return predicted, distances


def standardised(rows: Vector) -> tuple[Vector, Vector, Vector]:
    centre, scale = rows.mean(axis=0), rows.std(axis=0)
    return np.clip((rows - centre) / scale, -3, 3), centre, scale


def _dual(rows: Vector, targets: Vector, sample: Vector) -> tuple[Vector, Vector]:
    """Dual weights (n, 6) and the six intercepts."""
    likeness = kernel(squared_distances(rows, rows))
    intercept = np.average(targets, axis=0, weights=sample)
    dual = np.linalg.solve(likeness + RIDGE * np.diag(1 / sample), targets - intercept)
    return np.asarray(dual, dtype=np.float64), np.asarray(intercept, dtype=np.float64)


def _fit(clips: Clips, skill: Vector, predicted: Vector) -> SoundModel:
    """The model on all clips. Least squares pulls predictions to the mean; they are spread again by
    ``sd(truth) / sd(prediction) * sqrt(skill)``, halfway (in
    logarithm) between least squares and the truth's spread."""
    rows, centre, scale = standardised(clips.rows)
    weights, intercept = _dual(rows, clips.targets, clips.weights)
    voting = fit_genres(rows, clips.genres)
    squares = squared_distances(rows, rows)
    np.fill_diagonal(squares, np.inf)
    return SoundModel(
        centre=centre,
        scale=scale,
        rows=rows,
        weights=weights,
        genre_weights=voting.weights,
        intercept=intercept,
        middle=np.average(clips.targets, axis=0, weights=clips.weights),
        spread=clips.targets[clips.exact].std(axis=0)
        / predicted[clips.known].std(axis=0)
        * np.sqrt(np.maximum(skill, 0.01)),
        quantiles=clips.quantiles,
        skill=skill,
        genres=np.array(voting.names),
        genre_share=voting.share,
        sharpness=np.array(best_sharpness(clips.rows, clips.genres, clips.groups)),
        usual_distance=np.array(np.median(neighbour_distance(squares))),
        voiceless=np.linspace(0, 1, 101),
        genre_voiceless=clips.genre_voiceless,
    )


def _as_read(clips: Clips, model: SoundModel, predicted: Vector, distances: Vector) -> Vector:
    """(n,) percentiles of valence from cross-validated timbre and annotated cues, the pulse taken as usual."""
    spread = model.spread_out(predicted)
    cues = Cues(
        majorness=PLAINLY_MAJOR * clips.modes,
        tempo=clips.tempi,
        pulse=CLEAR_PULSE,
        consonance=clips.rows[:, CONSONANCE],
        energy=spread[:, ENERGY],
        instrumentalness=spread[:, INSTRUMENTALNESS],
    )
    return valence_percentile(spread[:, VALENCE], nearness(distances, model.usual_distance), cues)


def _interval(clips: Clips, told: Vector, feature: int, rows: NDArray[np.bool_], seed: int) -> dict[str, float]:
    """Spearman's correlation with a feature, and its 95 % interval from resampling artists."""
    a, b = told[rows], clips.targets[rows, feature]
    return measured(lambda some: spearman(a[some], b[some]), clips.groups[rows], seed).figures()
