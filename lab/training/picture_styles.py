"""``train picture_styles``: from what the built-in networks see to the styles in which an editor would make the list.

``heard_photos.csv`` holds an editor's answers for photos of the given sets: the styles of the list to publish, and of
two other directions. (Sessions of a language model that looked at the photos, not at the product; many photos of OASIS
were looked at twice.) An answer becomes a vector of styles, spread over what goes with them in one list; a ridge on the
principal components of the features learns it.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.stats.intervals import measured
from lab.training.picture_concept_data import Photos, near_duplicates, read_photos
from recommender.music import styles
from recommender.perception.images import concepts, picture_styles
from recommender.perception.images.picture_styles import Head

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

ANSWERS_FILE = Path(__file__).parent / "heard_photos.csv"
FIRST, OTHER = (1.0, 0.85, 0.7), 0.4
"""What the styles of the list to publish count for, and what each of the other directions counts for."""
COMPONENTS, RIDGE, RANK = 400, 3.0, 64
FOLDS = 10
TOP = 5


@dataclass(frozen=True)
class Lesson:
    """``photo`` (a,): each answer's row among the photos; ``wanted`` (a, styles): unit vectors; ``leading`` (a,): the
    first-named style; ``group`` (a,): photos of one theme, or alike, share a group."""

    inputs: Floats
    photo: Rows
    wanted: Floats
    leading: Rows
    group: NDArray[np.str_]


def train_picture_styles(shared: Path, seed: int = 0) -> dict[str, Any]:
    """Fit, store ``trained/picture_styles.npz`` and its card, and return the figures.

    ``shared``: a folder with ``oasis`` and ``scenes`` in it or in its ``data``; raises FileNotFoundError without them.
    """
    photos = read_photos(shared, ("whole",))
    lesson = lesson_of(photos)
    told = left_out(lesson, seed)
    figures = figures_of(lesson, told, seed) | {"seed": seed}
    head = fit(lesson, np.arange(len(lesson.photo)))
    np.savez_compressed(
        picture_styles.HEAD_FILE,
        names=np.array(head.names),
        **{name: getattr(head, name).astype(np.float16) for name in ("centre", "down", "up")},
    )
    figures["bytes"] = picture_styles.HEAD_FILE.stat().st_size
    picture_styles.HEAD_FILE.with_suffix(".md").write_text(card(figures), encoding="utf-8")
    return figures


def lesson_of(photos: Photos) -> Lesson:
    place = {photo.key: row for row, photo in enumerate(photos.photos)}
    by_plain_name = {
        key.rpartition("/oasis_")[2].rpartition(".")[0].lower(): row for key, row in place.items() if "/oasis_" in key
    }
    with ANSWERS_FILE.open(encoding="utf-8", newline="") as lines:
        answers = list(csv.DictReader(lines))
    rows: list[int] = []
    for answer in answers:
        name = answer["file"].rpartition("/")[2].rpartition(".")[0].lower().replace(" ", "_")
        rows.append(place[answer["file"]] if answer["file"] in place else by_plain_name[name])
    alike, themes = near_duplicates(photos), photos.of_each("theme")
    return Lesson(
        inputs=concepts.probe_input(photos.views["whole"]).astype(np.float64),
        photo=np.array(rows),
        wanted=np.array([_wanted(answer) for answer in answers]),
        leading=np.array([styles.places()[answer["first"].split(";")[0]] for answer in answers]),
        group=np.array([themes[row] or f"alike {alike[row]}" for row in rows]),
    )


def _wanted(answer: dict[str, str]) -> Floats:
    def spread(names: str) -> Floats:
        row = np.zeros(len(styles.places()))
        for name, weight in zip(names.split(";"), FIRST, strict=False):
            row[styles.places()[name]] = weight
        row = row @ styles.together()
        return np.asarray(row / np.linalg.norm(row))

    whole = spread(answer["first"]) + OTHER * (spread(answer["second"]) + spread(answer["third"]))
    return np.asarray(whole / np.linalg.norm(whole))


def fit(lesson: Lesson, answers: Rows) -> Head:
    """A ridge on principal components, as one product of two thin matrices."""
    x = lesson.inputs[lesson.photo[answers]]
    centre = x.mean(axis=0)
    _, lengths, axes = np.linalg.svd(x - centre, full_matrices=False)
    axes, lengths = axes[:COMPONENTS], lengths[:COMPONENTS]
    wanted = lesson.wanted[answers] - lesson.wanted[answers].mean(axis=0)
    weights = (((x - centre) @ axes.T).T @ wanted) / (lengths**2 + RIDGE)[:, None]
    left, strength, right = np.linalg.svd(weights, full_matrices=False)
    return Head(
        names=tuple(styles.places()),
        centre=centre.astype(np.float32),
        down=(axes.T @ left[:, :RANK]).astype(np.float32),
        up=(strength[:RANK, None] * right[:RANK]).astype(np.float32),
    )


def left_out(lesson: Lesson, seed: int) -> Floats:
    """(a, styles): each answer's photo scored by a head that saw no photo of its group."""
    names, place = np.unique(lesson.group, return_inverse=True)
    fold = np.random.default_rng(seed).permutation(len(names))[place] % FOLDS
    told = np.zeros_like(lesson.wanted)
    for one in range(FOLDS):
        rows = np.flatnonzero(fold == one)
        head = fit(lesson, np.flatnonzero(fold != one))
        told[rows] = picture_styles.scores(lesson.inputs[lesson.photo[rows]].astype(np.float32), head)
    return told


def figures_of(lesson: Lesson, told: Floats, seed: int) -> dict[str, Any]:
    """How the answers are met, by intervals over groups; ``second``: how one editor's answer meets the other's."""
    deviation = lesson.wanted - lesson.wanted.mean(axis=0)

    def cosines(a: Floats, b: Floats) -> Floats:
        lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
        return np.asarray((a * b).sum(axis=1) / np.maximum(lengths, 1e-9))

    def near(scores: Floats, leading: Rows) -> Floats:
        """Whether the leading style, or one that goes with it, is among the first ``TOP``."""
        best = np.argsort(-scores, axis=1)[:, :TOP]
        beside = styles.together() >= styles.NEAREST
        return np.array([beside[one, row].any() for one, row in zip(leading, best, strict=True)])

    usual = np.tile(lesson.wanted.mean(axis=0), (len(told), 1))
    twice = [np.flatnonzero(lesson.photo == photo) for photo in np.unique(lesson.photo)]
    pairs = np.array([rows[:2] for rows in twice if len(rows) > 1]).reshape(-1, 2)
    measures: dict[str, Any] = {"answers": len(told), "photos": len(twice), "twice": len(pairs)}
    for name, values, groups in (
        ("likeness", cosines(told, deviation), lesson.group),
        ("near", near(told, lesson.leading), lesson.group),
        ("near by what is usual", near(usual, lesson.leading), lesson.group),
        ("second likeness", cosines(deviation[pairs[:, 0]], deviation[pairs[:, 1]]), lesson.group[pairs[:, 0]]),
        ("second near", near(lesson.wanted[pairs[:, 0]], lesson.leading[pairs[:, 1]]), lesson.group[pairs[:, 0]]),
    ):
        found = measured(lambda rows, values=values: float(np.mean(values[rows])), groups, seed, 200)  # type: ignore[misc]
        measures[name] = {"value": round(found.value, 3), "low": round(found.low, 3), "high": round(found.high, 3)}
    return measures


def card(figures: dict[str, Any]) -> str:
    def said(name: str) -> str:
        one = figures[name]
        return f"{one['value']} ({one['low']} to {one['high']})"

    return f"""# picture_styles: in which styles an editor would make a picture's list

- **Made by** `manage.py train picture_styles --seed {figures["seed"]}`; {figures["bytes"]:,} bytes, sixteen bits.
- **Inputs**: pooled features of EfficientNet-Lite0 and Lite2, as for `picture_concepts`.
- **Output**: {len(styles.places())} styles; how much more than usual each fits.
- **Data**: {figures["answers"]:,} answers for {figures["photos"]:,} photos of OASIS and of the scenes
  ({figures["twice"]} looked at twice), in `lab/training/heard_photos.csv`: the styles of the list to publish and two
  other directions. The editor was a language model that saw the photos in contact sheets, in sessions of its own, and
  nothing of the product; the photos of the reference lists (`editor_lists.jsonl`) were left out. No photo is stored.
- **Method**: an answer is a unit vector of styles, spread over styles that go with them; ridge ({RIDGE}) on
  {COMPONENTS} principal components, kept at rank {RANK}. Settings were chosen on the reference lists of the
  development photos.

Ten folds; photos of one OASIS theme, and near-duplicates, stay together. Intervals: 95 %, 200 resamples of such groups.
Near: the editor's leading style, or one that goes with it, is among the first {TOP}.

| | likeness (cosine of deviations) | near |
|---|---|---|
| this head, themes never seen | {said("likeness")} | {said("near")} |
| what is usual for all photos | 0 | {said("near by what is usual")} |
| one editor's answer for the other's | {said("second likeness")} | {said("second near")} |
"""
