"""7. Does it work for every kind of picture, and for every style and decade of music?"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from core.stats.intervals import mean
from lab import affect_tables, matching
from lab.datasets import lastfm, rated
from lab.study import Cell, Chart, Findings, Lab, Study, Table
from lab.training.picture_ratings import RatedPhotos
from recommender.library.genres import genres_of
from recommender.perception.audio.affect_model import arousal_of

ABSTRACT = ("Bricks", "Fence", "Power lines", "Barrels", "Roofing", "Fireworks", "Galaxy", "Lightning")
FEWEST = 12


def kinds(lab: Lab) -> Findings:
    """Reading and matching by kind of picture: OASIS's categories, with dark pictures and pattern-like themes apart."""
    photos, seen = rated.best_photos(lab)
    songs, heard = rated.songs(lab), rated.heard(lab)
    truth = np.asarray(photos.ratings, dtype=np.float64)
    true = matching.standardised(truth), matching.standardised(songs.ratings)
    read = matching.standardised(seen), matching.standardised(heard)
    found = matching.quality(read, true, lab.seed)
    chance = matching.quality((read[0] * 0, read[1] * 0), true, lab.seed)
    shuffled = matching.permuted_quality(read, true, lab.random("kinds"))
    rows: list[tuple[Cell, ...]] = []
    control: list[tuple[Cell, ...]] = []
    few: list[str] = []
    for name, some in _kinds(lab, photos).items():
        if some.sum() < FEWEST:
            few.append(f"kinds: only {int(some.sum())} {name} pictures; too few for a figure.")
            continue
        axes = [
            affect_tables.correlation(seen[some, axis], truth[some, axis], photos.themes[some], lab.seed)
            for axis in (0, 1)
        ]
        rows.append((name, int(some.sum()), *axes, mean(found[some], lab.seed), round(float(chance[some].mean()), 4)))
        control.append((name, mean(shuffled[some], lab.seed), round(float(chance[some].mean()), 4)))
    return Findings(
        tables=(
            Table(
                name="kinds",
                title="By kind of picture, themes held out",
                columns=("kind", "photos", "valence r", "arousal r", "songs found, nDCG", "random"),
                rows=tuple(rows),
            ),
            Table(
                name="control",
                title="The same lists, with relevance dealt to other songs",
                columns=("kind", "nDCG", "random"),
                rows=tuple(control),
                control=True,
            ),
        ),
        charts=(
            Chart(
                table="kinds",
                kind="bars",
                columns=("songs found, nDCG",),
                title="Songs found by kind of picture",
                chance=round(float(chance.mean()), 4),
            ),
        ),
        missing=(
            *few,
            "kinds: rated paintings and abstract art are not in the data folder; themes like patterns stand in.",
        ),
    )


def _kinds(lab: Lab, photos: RatedPhotos) -> Mapping[str, NDArray[np.bool_]]:
    category = {row["theme"]: row["category"] for row in lastfm.rows(lab.file("oasis", "oasis.csv"))}
    by_photo = np.array([category[theme] for theme in photos.themes])
    told = {name.lower(): by_photo == name for name in sorted(set(by_photo))}
    told["abstract"] = np.isin(photos.themes, ABSTRACT)
    light = _lightness(rated.photos(lab, "basic"))
    told["dark"] = light <= np.quantile(light, 0.2)
    return told


def _lightness(photos: RatedPhotos) -> NDArray[np.float64]:
    """Mean value (HSV) 0..1: the seventh number of the colour block (``colour.colour_vector``)."""
    return np.asarray(photos.inputs["colour"][:, 6], dtype=np.float64)


def styles(lab: Lab) -> Findings:
    """For pictures of every mood: how near the nearest ten tracks of one style, or one decade, come."""
    photos, seen = rated.best_photos(lab)
    targets = np.asarray(photos.ratings, dtype=np.float64)[
        lab.random("styles").permutation(len(seen))[: lab.size(200, 60)]
    ]
    groups = _groups(lab)
    generator = lab.random("styles of one size")
    size = min(len(points) for points in groups.values())
    rows = []
    for name, points in sorted(groups.items()):
        some = points[generator.choice(len(points), size, replace=False)]
        away = np.sort(np.linalg.norm(targets[:, None] - some[None], axis=2), axis=1)[:, :10].mean(axis=1)
        rows.append((name, len(points), mean(away, lab.seed)))
    everything = np.concatenate(list(groups.values()))
    plain = everything[generator.choice(len(everything), size, replace=False)]
    away = np.sort(np.linalg.norm(targets[:, None] - plain[None], axis=2), axis=1)[:, :10].mean(axis=1)
    return Findings(
        tables=(
            Table(
                name="styles",
                title="Mean distance of the ten nearest tracks from the picture's point, 0..1",
                columns=("style or decade", "tracks", "distance"),
                rows=tuple(rows),
                note=f"{len(targets)} rated photos; every style is cut to {size} tracks. Lower is better.",
            ),
            Table(
                name="control",
                title="Tracks of any style: what a style would do if it did not matter",
                columns=("tracks", "distance"),
                rows=(("shuffled styles", mean(away, lab.seed)),),
                control=True,
            ),
        ),
        charts=(
            Chart(
                table="styles",
                kind="bars",
                columns=("distance",),
                title="Distance from the picture by style and decade",
                chance=round(float(away.mean()), 4),
            ),
        ),
    )


def _groups(lab: Lab) -> dict[str, NDArray[np.float64]]:
    """Points (n, 2) by style and by decade, of those with at least 300 tracks."""
    held: dict[str, list[tuple[float, float, float, float]]] = {}
    with gzip.open(lab.file("spotify", "tracks_features_70k.csv.gz"), "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            point = tuple(float(row[name] or "nan") for name in ("valence", "energy", "loudness", "acousticness"))
            names = [
                *genres_of(f"{row['genre']}, {row['subgenre']}"),
                *([f"{row['decade']}s"] if row["decade"] else []),
            ]
            for name in names:
                held.setdefault(name, []).append(point)  # type: ignore[arg-type]
    told = {}
    for name, points in held.items():
        table = np.array(points)
        table = table[np.isfinite(table[:, :2]).all(axis=1)]
        if len(table) >= 300:
            told[name] = np.stack([table[:, 0], arousal_of(table[:, 1], table[:, 2], table[:, 3])], axis=1)
    return told


STUDY = Study(
    name="cross_domain",
    title="Kinds of pictures, styles and decades",
    question="Does it work for every kind of picture alike, and in every style and decade of music?",
    parts={"kinds": kinds, "styles": styles},
)
