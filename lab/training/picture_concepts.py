"""``train picture_concepts``: heads on the built-in networks that name what a photo shows and tell how it feels.

Concepts are a multinomial logistic regression on labelled scenes and on OASIS's themes, joined with ImageNet's classes
as ``recommender.perception.images.concepts`` does when it reads. Valence and arousal are a ridge on the same features
and on how the seen concepts feel; it learns from concepts told by probes that never saw the photo's theme.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.model_selection import StratifiedGroupKFold

from core.stats.agreement import spearman
from lab.training import picture_concept_figures as report
from lab.training.image_affect import splits
from lab.training.picture_concept_data import (
    Photos,
    as_published,
    near_duplicates,
    pairs,
    read_photos,
)
from lab.training.picture_concept_names import IMAGENET, NOT_FROM_CLASSES, feelings, numbers
from recommender.perception.images import concepts, efficientnet
from recommender.perception.images.concepts import THING, Heads

FOLDS, THEME_FOLDS, CLUSTER_FOLDS, CLUSTERS = 5, 10, 7, 45
VIEW_WEIGHTS = {"whole": 1.0, "part": 0.5, "greypart": 0.25}
JUDGED_VIEWS = ("whole", "greypart")
BALANCE, LEAST_COUNT = 0.7, 4
"""A photo's weight falls with its concepts' photos, of which there are at least so many, to this power."""
PENALTY, STEPS = 1e-5, 60
FEW, RARE = 6, 12
"""Photos below which a concept also comes from ImageNet's classes alone, and below which it is named with more care."""
LINEAR, PRIOR, RIDGE = 0.6, 0.4, 1.2
"""Weights of the two kernels of valence and arousal (features, and how the concepts feel), and the ridge."""

Floats = NDArray[np.float32]
Rows = NDArray[np.intp]
Split = tuple[Rows, Rows]


@dataclass(frozen=True)
class Lesson:
    """``inputs``: of the probes, by view; ``classes`` (n, 1000): ImageNet's, by view. ``targets`` (n, trained): shares
    of the photo's concepts. ``heads``: names and tables; nothing is fitted yet."""

    photos: Photos
    inputs: dict[str, Floats]
    classes: dict[str, Floats]
    targets: Floats
    heads: Heads

    @classmethod
    def of(cls, photos: Photos) -> Lesson:
        trained = sorted({name for photo in photos.photos for name in photo.names})
        targets = np.zeros((len(photos), len(trained)), np.float32)
        for row, photo in enumerate(photos.photos):
            for name in photo.names:
                targets[row, trained.index(name)] += 1 / len(photo.names)
        return cls(
            photos=photos,
            inputs={view: concepts.probe_input(features) for view, features in photos.views.items()},
            classes={view: efficientnet.class_probabilities(features) for view, features in photos.views.items()},
            targets=targets,
            heads=outline(trained, targets.sum(0)),
        )


def train_picture_concepts(shared: Path, seed: int = 0) -> dict[str, Any]:
    """Fit, store ``trained/picture_concepts.npz`` and its card, and return the figures.

    ``shared``: a folder with ``oasis`` and ``scenes`` in it or in its ``data``; raises FileNotFoundError without them.
    """
    lesson = Lesson.of(read_photos(shared))
    published = left_out(lesson, folds(lesson, as_published(lesson.photos), seed))
    duplicates = left_out(lesson, folds(lesson, near_duplicates(lesson.photos), seed))
    unseen = left_out(lesson, folds(lesson, pairs(lesson.photos), seed))
    themes = left_out(lesson, rated_folds(lesson.photos))
    held = {
        name: told[view]
        for name, told, view in (
            ("published", published, "whole"),
            ("grey part", published, "greypart"),
            ("duplicates", duplicates, "whole"),
            ("unseen", unseen, "whole"),
            ("themes", themes, "whole"),
        )
    }
    rated = np.flatnonzero(lesson.photos.of_each("fold") >= 0)
    felt = Felt.of(lesson, held["themes"], rated)
    predicted = {name: felt.left_out(ways) for name, ways in felt.ways(seed).items()}
    errors, honesty = error_model(felt, predicted["folds of oasis.csv"][0], lesson.heads)
    weights, bias = fit_probes(lesson, np.arange(len(lesson.photos)))
    heads = replace(
        lesson.heads, weights=weights, bias=bias, errors=errors, **fit_feelings(felt, np.arange(len(rated)))
    )
    save(heads)
    figures = report.figures(lesson.photos, lesson.targets, lesson.heads, held, seed) | report.felt_figures(
        predicted, felt.ratings, felt.themes, honesty, seed
    )
    figures |= {"seed": seed, "bytes": concepts.HEADS_FILE.stat().st_size}
    concepts.HEADS_FILE.with_suffix(".md").write_text(report.card(figures), encoding="utf-8")
    return figures


def outline(trained: Sequence[str], counts: Floats) -> Heads:
    """Heads with nothing fitted. ``trained``: concepts with photos; ``counts``: how many."""
    known, mapped = feelings(), list(IMAGENET)
    names = tuple(sorted({*trained, *mapped, THING}))
    photos = dict(zip(trained, counts.tolist(), strict=True))
    classes = np.zeros((1000, len(mapped)), np.float32)
    for column, listed in enumerate(IMAGENET.values()):
        classes[numbers(listed), column] = 1
    nothing = np.zeros(0, np.float32)
    return Heads(
        names=names,
        rare=np.array([photos.get(name, 0) < RARE for name in names]),
        weights=nothing,
        bias=nothing,
        trained=np.array([names.index(name) for name in trained]),
        mapped=np.array([names.index(name) for name in mapped]),
        classes=classes,
        scarce=scarce(photos),
        feelings=np.array([known[name] for name in names], np.float32) - np.float32(0.5),
        affect_weights=nothing,
        affect_centre=nothing,
        prior_weights=nothing,
        prior_mean=nothing,
        prior_sd=nothing,
        affect_mean=nothing,
        errors=nothing,
    )


def scarce(photos: dict[str, float]) -> Floats:
    """(m,) 1 where ImageNet's classes must stand in for photos. ``photos``: how many of each concept."""
    return np.array(
        [float(photos.get(name, 0) < FEW and name not in NOT_FROM_CLASSES) for name in IMAGENET], dtype=np.float32
    )


def folds(lesson: Lesson, groups: NDArray[Any], seed: int) -> list[Split]:
    """Of about equal size and mixture, never parting a group."""
    main = lesson.targets.argmax(1)
    return list(StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(main, main, groups))


def rated_folds(photos: Photos) -> list[Split]:
    """OASIS's own folds of themes; all scenes but the fold's photos stay to learn from."""
    fold = photos.of_each("fold")
    return [(np.flatnonzero(fold != one), np.flatnonzero(fold == one)) for one in sorted(set(fold[fold >= 0]))]


def left_out(lesson: Lesson, ways: list[Split]) -> dict[str, Floats]:
    """``{"whole" | "greypart": (n, c)}``: odds of every concept by heads that never saw the photo's group; NaN for
    photos that no fold leaves out."""
    shape = (len(lesson.photos), len(lesson.heads.names))
    odds = {view: np.full(shape, np.nan, np.float32) for view in JUDGED_VIEWS if view in lesson.inputs}
    names = [lesson.heads.names[place] for place in lesson.heads.trained]
    for train, test in ways:
        weights, bias = fit_probes(lesson, train)
        counts = dict(zip(names, lesson.targets[train].sum(0).tolist(), strict=True))
        heads = replace(lesson.heads, scarce=scarce(counts))
        for view, told in odds.items():
            logits = lesson.inputs[view][test] @ weights + bias
            told[test] = concepts.fused(logits, lesson.classes[view][test], heads)
    return odds


def fit_probes(lesson: Lesson, rows: Rows) -> tuple[Floats, Floats]:
    """Weights (inputs, trained) and bias of the logistic regression on these photos in all views."""
    rows = rows[lesson.targets[rows].sum(1) > 0]
    usual = (lesson.targets / np.maximum(lesson.targets.sum(0), LEAST_COUNT) ** BALANCE).sum(1)[rows]
    return fit_logistic(
        np.concatenate([inputs[rows] for inputs in lesson.inputs.values()]),
        np.concatenate([lesson.targets[rows]] * len(lesson.inputs)),
        np.concatenate([usual * VIEW_WEIGHTS[view] for view in lesson.inputs]),
    )


def fit_logistic(inputs: Floats, targets: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Multinomial, with shares as targets: the weighted mean cross-entropy and ``PENALTY`` on squared coefficients."""
    x, y, mass = (torch.from_numpy(np.ascontiguousarray(a, dtype=np.float32)) for a in (inputs, targets, weights))
    share = (mass / mass.sum())[:, None] * y
    slopes = torch.zeros(x.shape[1], y.shape[1], requires_grad=True)
    bias = torch.zeros(y.shape[1], requires_grad=True)
    search = torch.optim.LBFGS(
        [slopes, bias], max_iter=STEPS, history_size=8, line_search_fn="strong_wolfe", tolerance_change=1e-7
    )

    def loss() -> Any:
        search.zero_grad()
        told = -(share * torch.log_softmax(x @ slopes + bias, 1)).sum() + PENALTY / 2 * (slopes**2).sum()
        told.backward()
        return told

    search.step(loss)
    return slopes.detach().numpy(), bias.detach().numpy()


@dataclass(frozen=True)
class Felt:
    """The rated photos: inputs, what their concepts let expect, ``odds`` by heads that never saw their theme,
    ``ratings`` (n, 2), and how they may be left out."""

    inputs: Floats
    priors: Floats
    odds: Floats
    ratings: Floats
    themes: NDArray[np.str_]
    given: NDArray[np.intp]

    @classmethod
    def of(cls, lesson: Lesson, odds: Floats, rows: Rows) -> Felt:
        return cls(
            inputs=lesson.inputs["whole"][rows],
            priors=concepts.priors(odds[rows], lesson.classes["whole"][rows], lesson.heads),
            odds=odds[rows],
            ratings=np.array([lesson.photos.photos[row].rating for row in rows], np.float32),
            themes=lesson.photos.of_each("theme")[rows],
            given=lesson.photos.of_each("fold")[rows],
        )

    def ways(self, seed: int) -> dict[str, list[Split]]:
        """Three ways to leave themes out: the given folds, folds of themes, folds of clusters of like themes."""
        names, place = np.unique(self.themes, return_inverse=True)
        middles = np.stack([self.inputs[place == one].mean(0) for one in range(len(names))])
        count = min(CLUSTERS, max(2, len(names) // 3))
        like = KMeans(count, n_init=5, random_state=seed).fit_predict(middles)[place]
        given = [(np.flatnonzero(self.given != one), np.flatnonzero(self.given == one)) for one in set(self.given)]
        return {
            "folds of oasis.csv": given,
            f"{THEME_FOLDS} folds of themes": splits(self.themes, min(THEME_FOLDS, len(names)), seed),
            f"{CLUSTER_FOLDS} folds of like themes": splits(like, min(CLUSTER_FOLDS, count), seed),
        }

    def left_out(self, ways: list[Split]) -> tuple[Floats, list[Rows]]:
        """(n, 2) predictions for themes never seen, and the folds' rows."""
        told = np.zeros_like(self.ratings)
        for train, test in ways:
            fitted = fit_feelings(self, train)
            prior = np.clip((self.priors[test] - fitted["prior_mean"]) / fitted["prior_sd"], -3, 3)
            deep = self.inputs[test] - fitted["affect_centre"]
            told[test] = fitted["affect_mean"] + deep @ fitted["affect_weights"] + prior @ fitted["prior_weights"]
        return told, [test for _, test in ways]


def fit_feelings(felt: Felt, rows: Rows) -> dict[str, Any]:
    """The fields of ``Heads`` that tell valence and arousal: a ridge with two linear kernels."""
    priors, ratings = felt.priors[rows], felt.ratings[rows]
    middle, spread = priors.mean(0), priors.std(0) + 1e-4
    expected = np.clip((priors - middle) / spread, -3, 3)
    centre = felt.inputs[rows].mean(0)
    deep = felt.inputs[rows] - centre
    scale = float((deep**2).sum(1).mean())
    kernel = PRIOR / expected.shape[1] * expected @ expected.T + LINEAR / scale * deep @ deep.T
    mean = ratings.mean(0)
    shares = np.linalg.solve(kernel.astype(np.float64) + RIDGE * np.eye(len(rows)), ratings - mean)
    found = {
        "affect_weights": LINEAR / scale * deep.T @ shares,
        "affect_centre": centre,
        "prior_weights": PRIOR / expected.shape[1] * expected.T @ shares,
        "prior_mean": middle,
        "prior_sd": spread,
        "affect_mean": mean,
    }
    return {name: np.asarray(values, dtype=np.float32) for name, values in found.items()}


def error_model(felt: Felt, predicted: Floats, heads: Heads) -> tuple[Floats, list[float]]:
    """(3, 2): the mean absolute error from one, the largest odds and those of a mere thing; and its rank correlations
    with the true errors."""
    apart = np.abs(predicted - felt.ratings)
    told = np.stack([np.ones(len(apart)), felt.odds.max(1), felt.odds[:, heads.names.index(THING)]], axis=1)
    slopes = np.linalg.lstsq(told, apart, rcond=None)[0].astype(np.float32)
    return slopes, [spearman(told @ slopes[:, axis], apart[:, axis]) for axis in (0, 1)]


HALVED = ("weights", "classes", "affect_weights", "affect_centre")
"""Stored with sixteen bits."""


def save(heads: Heads) -> None:
    arrays = {name: np.asarray(value) for name, value in vars(heads).items()}
    arrays |= {name: arrays[name].astype(np.float16) for name in HALVED}
    np.savez_compressed(concepts.HEADS_FILE, **arrays)  # type: ignore[arg-type]
