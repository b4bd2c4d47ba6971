"""Whether image-text towers, asked in the editor's words for each occasion, make the built-in concepts better.

The opinion is a product of experts: the built-in probabilities times the likeness of picture and words, each to a
power. Both powers are chosen on some groups of labelled photos and judged on others; the built-in probabilities come
from heads that never saw the photo's group. It is taken only when it is surely better.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.training.image_affect import splits
from lab.training.picture_concept_data import as_published, read_photos
from lab.training.picture_concept_figures import Scenes, interval
from lab.training.picture_concepts import FOLDS, Lesson, folds, left_out
from lab.training.picture_ratings import clip_vectors
from recommender.music.occasions import occasions
from recommender.perception import zero_shot
from recommender.perception.images import clip
from recommender.perception.images.clip_heads import Prompts

WEIGHTS = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0)
"""Of the likeness, in units of the towers' own scale."""
TEMPERATURES = (0.7, 0.85, 1.0, 1.25, 1.6, 2.0)
WORSE_CALIBRATED = 0.01
"""How much larger the calibration error may be."""

Floats = NDArray[np.float32]


def fit_prompts(folder: Path, towers: clip.Towers, seed: int = 0) -> tuple[Prompts | None, dict[str, Any]]:
    """The opinion, None where it is not surely better, and its figures. Raises FileNotFoundError without photos."""
    lesson = Lesson.of(read_photos(folder, ("whole",)))
    groups = as_published(lesson.photos)
    odds = left_out(lesson, folds(lesson, groups, seed))["whole"]
    scenes = Scenes(lesson.photos, lesson.heads, seed)
    rows = scenes.rows
    words = words_of(towers, lesson.heads.names)
    vectors = clip_vectors([lesson.photos.photos[row].file for row in rows])
    return judge(scenes, odds[rows], vectors, Prompts(words, towers.scale, 1.0), groups[rows])


def words_of(towers: clip.Towers, names: Sequence[str]) -> Floats:
    """(names, dimensions): unit vectors of what the editor says of these occasions."""
    return zero_shot.ensemble(towers, [occasions()[name].prompt or name for name in names])


def judge(
    scenes: Scenes, odds: Floats, vectors: Floats, opinion: Prompts, groups: NDArray[Any]
) -> tuple[Prompts | None, dict[str, Any]]:
    """As ``fit_prompts``, from the labelled photos' built-in ``odds`` (n, concepts) and unit ``vectors``.
    ``opinion.weight``: the towers' scale."""
    known = scenes.answers[:, scenes.place[scenes.rows]].T

    def fitted(some: NDArray[np.intp]) -> Prompts:
        ways = [
            Prompts(opinion.words, opinion.weight * weight, temperature)
            for weight, temperature in product(WEIGHTS, TEMPERATURES)
        ]
        return min(ways, key=lambda way: _surprise(way.sharpened(odds[some], vectors[some]), known[some]))

    judged = np.zeros_like(odds)
    for train, test in splits(groups, min(FOLDS, len(set(groups))), scenes.seed):
        judged[test] = fitted(train).sharpened(odds[test], vectors[test])
    every = np.arange(len(odds))
    built_in, both = (_spread(told, scenes) for told in (odds, judged))
    before, after = (scenes.figures(told, scenes.rows) for told in (built_in, both))
    first = [scenes.right(told, scenes.rows)[:, 0].astype(float) for told in (built_in, both)]
    gain = interval(lambda s: float((first[1][s] - first[0][s]).mean()), groups, scenes.seed)
    better = (
        gain["low"] > 0
        and after["precision"]["value"] >= before["precision"]["value"]
        and after["calibration_error"]["value"] <= before["calibration_error"]["value"] + WORSE_CALIBRATED
    )
    chosen = fitted(every)
    figures = {
        "built in": before,
        "with prompts": after,
        "gain of the first": gain,
        "weight": chosen.weight,
        "temperature": chosen.temperature,
        "taken": better,
    }
    return chosen if better else None, figures


def _surprise(odds: Floats, known: NDArray[np.bool_]) -> float:
    """Mean of minus the logarithm of what is given to concepts that answer the label."""
    return float(-np.log((odds * known).sum(1) + 1e-6).mean())


def _spread(odds: Floats, scenes: Scenes) -> Floats:
    """Rows back where the labelled photos stand among all."""
    full = np.zeros((len(scenes.place), odds.shape[1]), np.float32)
    full[scenes.rows] = odds
    return full
