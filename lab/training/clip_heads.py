"""``train picture_affect --tier full``: heads on the frozen image-text embedding, and the curves of zero-shot readings.

What is not better than the built-in networks on photos left out is kept with its figures, but not used.

Valence and arousal: ridge regression or a small multilayer perceptron, whichever does better on themes left out; their
errors on left-out themes give the conformal widths. Emotion classes: multinomial logistic regression, where a labelled
set is there. Scenes' curve: Platt's (1999) on rated photos' themes; moods' on emotion labels.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neural_network import MLPRegressor

from core.stats.agreement import spearman
from lab.training.emotion_sets import Labelled, read_emotion_sets
from lab.training.picture_figures import agreement
from lab.training.picture_ratings import RatedPhotos, clip_vectors, read_rated_photos
from lab.training.registry import shared_folder
from recommender.perception import zero_shot
from recommender.perception.images import clip
from recommender.perception.images.clip_heads import (
    BUILT_IN,
    COVERAGE,
    Heads,
    Layers,
    Prompts,
    save_figures,
    save_heads,
)
from recommender.perception.images.clip_reader import EMOTION_MOODS

FOLDS = 5
RIDGES = (0.03, 0.1, 0.3, 1.0, 3.0)
"""Ridge penalties, in units of the number of photos times the embedding's mean variance."""
HIDDEN = 64
LEAST_PHOTOS, LEAST_THEMES = 200, 40
"""Rated photos, and themes of them, below which heads are not trusted whatever their figures."""
GENTLY = 10
"""By how much the measuring gives way to other processes."""
MARGIN = 0.02
"""By how much a correlation must be higher than the built-in heads', as the best of several heads was chosen by it."""
LIKE_SCENES = ("scene", "place", "object")
"""Questions of one kind: what stands in the picture. They share the curve that is fitted on scenes."""

Floats = NDArray[np.float32]
Fit = Callable[[Floats, Floats], Layers]


def train_heads(folder: Path, seed: int = 0) -> dict[str, Any]:
    """Fit and keep the heads of the towers in use; the figures. Raises FileNotFoundError without rated photos and
    Unavailable without the towers."""
    towers = clip.towers()
    photos = read_rated_photos(folder, "full")
    vectors = photos.inputs["clip"]
    chosen, predicted, scores = choose(vectors, photos.ratings, photos.themes, seed)
    errors = predicted - photos.ratings
    curves = scene_curves(photos, vectors, towers)
    figures: dict[str, Any] = {
        "space": towers.space,
        "photos": len(photos),
        "themes": len(set(photos.themes)),
        "folds": f"{FOLDS}, grouped by theme",
        "seed": seed,
        "head": chosen,
        "mean_spearman_by_head": scores,
        "valence": agreement(predicted[None, :, 0], photos, 0, seed),
        "arousal": agreement(predicted[None, :, 1], photos, 1, seed),
    }
    emotions, classes, told, mood_curve = _emotions(folder, towers, seed)
    figures |= told
    prompts, figures["concepts"] = _prompts(folder, towers, seed)
    heads = Heads(
        affect=heads_by_name()[chosen](vectors, photos.ratings),
        errors=np.sqrt((errors**2).mean(0)).astype(np.float32),
        widths=conformal(np.abs(errors)),
        trusted=trusted(figures),
        prompts=prompts,
        curves=curves | mood_curve,
        emotions=emotions,
        classes=classes,
    )
    figures["interval_half_widths"] = dict(zip(map(str, COVERAGE), heads.widths.round(3).tolist(), strict=True))
    figures |= {"trusted": heads.trusted, "file": save_heads(heads, towers.space).name}
    save_figures(figures, towers.space)
    return figures


def measure(space: str) -> int:
    """Make the towers in use ready for reading, and their heads from what photos are here, gently; how many were
    rated. ``space``: theirs, when this was asked for. Raises Unavailable without the towers."""
    os.nice(GENTLY)
    if clip.choice().space != space:
        return 0
    zero_shot.make_ready(clip.towers())
    try:
        return int(train_heads(shared_folder())["photos"])
    except FileNotFoundError:
        save_figures({"photos": 0}, space)
        return 0


def trusted(figures: Mapping[str, Any]) -> tuple[bool, bool]:
    """Whether valence, and arousal, are told better than by the built-in networks."""
    enough = figures["photos"] >= LEAST_PHOTOS and figures["themes"] >= LEAST_THEMES
    valence, arousal = (
        enough and figures[axis]["spearman"]["value"] >= usual + MARGIN
        for axis, usual in zip(("valence", "arousal"), BUILT_IN, strict=True)
    )
    return bool(valence), bool(arousal)


def _prompts(folder: Path, towers: clip.Towers, seed: int) -> tuple[Prompts | None, Any]:
    from lab.training.concept_prompts import fit_prompts

    try:
        return fit_prompts(folder, towers, seed)
    except FileNotFoundError as error:
        return None, str(error)


def heads_by_name() -> dict[str, Fit]:
    return {**{f"ridge {r:g}": partial(ridge, penalty=r) for r in RIDGES}, "mlp": perceptron}


def choose(vectors: Floats, ratings: Floats, groups: NDArray[Any], seed: int) -> tuple[str, Floats, dict[str, float]]:
    """The best head's name, its predictions (n, 2) for photos of groups it never saw, and every head's score."""
    from lab.training.image_affect import splits

    best: tuple[str, Floats] | None = None
    scores: dict[str, float] = {}
    for name, fit in heads_by_name().items():
        predicted = np.zeros_like(ratings)
        for train, test in splits(groups, FOLDS, seed):
            predicted[test] = fit(vectors[train], ratings[train])(vectors[test])
        scores[name] = round(float(np.mean([spearman(predicted[:, a], ratings[:, a]) for a in (0, 1)])), 4)
        if best is None or scores[name] > scores[best[0]]:
            best = (name, predicted)
    assert best is not None
    return best[0], best[1], scores


def ridge(x: Floats, y: Floats, penalty: float) -> Layers:
    """Ridge regression as one affine layer."""
    mean, middle = x.mean(0), y.mean(0)
    centred = (x - mean).astype(np.float64)
    gram = centred.T @ centred
    gram += penalty * np.trace(gram) / len(gram) * np.eye(len(gram))
    matrix = np.linalg.solve(gram, centred.T @ (y - middle))
    return Layers((matrix.astype(np.float32),), ((middle - mean @ matrix).astype(np.float32),))


def perceptron(x: Floats, y: Floats) -> Layers:
    """One hidden layer on standardised inputs, with the scaling folded into its weights."""
    mean, scale = x.mean(0), np.maximum(x.std(0), 1e-6)
    net = MLPRegressor(hidden_layer_sizes=(HIDDEN,), alpha=1.0, learning_rate_init=2e-3, max_iter=60, random_state=0)
    net.fit((x - mean) / scale, y)
    first = (net.coefs_[0] / scale[:, None]).astype(np.float32)
    offset = (net.intercepts_[0] - mean @ first).astype(np.float32)
    return Layers((first, net.coefs_[1].astype(np.float32)), (offset, net.intercepts_[1].astype(np.float32)))


def conformal(errors: Floats) -> Floats:
    """(coverages, outputs): the half widths that hold each share of new errors, from left-out ones (n, outputs)."""
    count = len(errors)
    shares = [min(np.ceil((count + 1) * share) / count, 1.0) for share in COVERAGE]
    return np.asarray(np.quantile(errors, shares, axis=0, method="higher"), dtype=np.float32)


def scene_curves(photos: RatedPhotos, vectors: Floats, towers: clip.Towers) -> dict[str, tuple[float, float]]:
    """One Platt curve over all scenes that the themes show."""
    question = next(one for one in zero_shot.asked(towers) if one.question.kind == "scene")
    evidence, names = question.evidence(vectors, towers.scale), list(question.question.terms)
    shown = [name for name in photos.scenes if name in names]
    raw = np.concatenate([evidence[:, names.index(name)] for name in shown])
    truth = np.concatenate([photos.scenes[name] for name in shown])
    return dict.fromkeys(LIKE_SCENES, _platt(raw, truth))


def _platt(raw: Floats, truth: NDArray[np.bool_]) -> tuple[float, float]:
    from lab.training.image_affect import logistic

    slope, shift = logistic(raw, truth)
    return (max(slope, 0.0), shift)


def _emotions(
    folder: Path, towers: clip.Towers, seed: int
) -> tuple[Layers | None, tuple[str, ...], dict[str, Any], dict[str, tuple[float, float]]]:
    """Emotion head, its classes, its figures and the moods' curve; nothing where no labelled set is there."""
    labelled = read_emotion_sets(folder)
    counts = Counter(one.emotion for one in labelled)
    labelled = [one for one in labelled if counts[one.emotion] >= FOLDS]
    if len({one.emotion for one in labelled}) < 2:
        return None, (), {"emotions": "no labelled set (EmoSet, FI or AffectNet layout) in the data folder"}, {}
    vectors = clip_vectors([one.file for one in labelled])
    names = np.array([one.emotion for one in labelled])
    model = LogisticRegression(C=10.0, max_iter=500)
    guessed = cross_val_predict(model, vectors, names, cv=StratifiedKFold(FOLDS, shuffle=True, random_state=seed))
    told = {"emotion_pictures": len(labelled), "emotion_accuracy": round(float((guessed == names).mean()), 4)}
    model.fit(vectors, names)
    matrix, offset = model.coef_.T.astype(np.float32), model.intercept_.astype(np.float32)
    if matrix.shape[1] == 1:  # two classes come as one logit
        matrix, offset = np.hstack([-matrix, matrix]) / 2, np.concatenate([-offset, offset]) / 2
    return Layers((matrix,), (offset,)), tuple(map(str, model.classes_)), told, _mood_curve(labelled, vectors, towers)


def _mood_curve(labelled: list[Labelled], vectors: Floats, towers: clip.Towers) -> dict[str, tuple[float, float]]:
    question = next(one for one in zero_shot.asked(towers) if one.question.kind == "mood")
    evidence, names = question.evidence(vectors, towers.scale), list(question.question.terms)
    due = np.array([EMOTION_MOODS.get(one.emotion, "") for one in labelled])
    moods = [mood for mood in names if (due == mood).any()]
    if not moods:
        return {}
    raw = np.concatenate([evidence[:, names.index(mood)] for mood in moods])
    return {"mood": _platt(raw, np.concatenate([due == mood for mood in moods]))}
