"""``train picture_affect``: fits a picture model on rated photos, measures it on themes left out, and stores it.

Nested cross-validation: themes are split into five folds; for every fold the settings are chosen by an inner
four-fold split of the other themes, the model is fitted on these and predicts the fold. The shipped model uses the
settings that win on all photos and is fitted on all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from core.stats.agreement import spearman
from lab.training.clip_heads import train_heads
from lab.training.picture_figures import agreement, card, scene_figures, shown_widely
from lab.training.picture_ratings import RatedPhotos, read_rated_photos
from recommender.perception.images import affect_model, features
from recommender.perception.images.affect_model import Block, PictureModel
from recommender.perception.weights.loaders import IMAGE_CLASS_NAMES_FILE, embed_texts, on_disk

FOLDS, INNER_FOLDS, REPEATS = 5, 4, 3
COMPONENTS = 64
CLOSE = 0.15  # a reading is called good where valence and arousal are both this near, the crowd's own spread halved
RAW_BLOCKS = {"embedding", "things", "faces"}  # of one scale already; standardising would raise the idle ones

Floats = NDArray[np.float32]
Split = tuple[NDArray[np.intp], NDArray[np.intp]]


@dataclass(frozen=True)
class Settings:
    """``weights`` and ``widths`` by block (``width``: a Gaussian's exponent at the median distance), and ``ridge``."""

    weights: dict[str, float]
    widths: dict[str, float]
    ridge: float

    def kernel(self, distances: dict[str, Floats]) -> Floats:
        """The sum of Gaussians over blocks, from distances of unit width."""
        parts = [self.weights[name] * np.exp(-self.widths[name] * d) for name, d in distances.items()]
        return np.asarray(np.sum(parts, axis=0), dtype=np.float32)

    def applied(self, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        return tuple(
            replace(block, gamma=block.gamma * self.widths[block.name], weight=self.weights[block.name])
            for block in blocks
        )


GRID = {
    "basic": [
        Settings(dict.fromkeys(features.BLOCKS["basic"], 1.0), dict.fromkeys(features.BLOCKS["basic"], w), ridge)
        for w, ridge in product((0.5, 0.7), (0.15, 0.3))
    ],
    "lite": [
        Settings(
            {"embedding": 1.0, "meaning": 0.4, "things": t, "faces": f, "structure": 0.15},
            dict.fromkeys(features.BLOCKS["lite"], 1.0),
            ridge,
        )
        for t, f, ridge in product((0.15, 0.3), (0.1, 0.2), (0.2, 0.3))
    ],
}


def train_picture_affect(shared: Path, seed: int = 0, tier: str | None = None) -> dict[str, Any]:
    """Fit, store ``trained/picture_affect_TIER.npz`` and its card, and return the figures by tier.

    ``shared``: a folder with OASIS's layout in it, in ``oasis`` or in ``data/oasis``; raises FileNotFoundError
    without it. ``tier``: one tier only (basic and lite as far as on disk by default). ``full`` trains heads on the
    image-text towers instead (see ``clip_heads``).
    """
    if tier == "full":
        return {"full": train_heads(shared, seed)}
    tiers = [tier] if tier else list(features.TIERS[: features.TIERS.index(features.best_tier()) + 1])
    return {name: _train(read_rated_photos(shared, name), seed) for name in tiers}


def _train(photos: RatedPhotos, seed: int) -> dict[str, Any]:
    basis = {"meaning": class_vectors()} if photos.tier == "lite" else {}
    chosen = choose(photos, splits(photos.themes, FOLDS, seed), basis)
    repeats = [nested(photos, seed + repeat, basis) for repeat in range(REPEATS)]
    predicted = np.stack([ratings for ratings, _ in repeats])
    figures: dict[str, Any] = {
        "photos": len(photos),
        "themes": len(set(photos.themes)),
        "components": COMPONENTS,
        "folds": f"{REPEATS} x {FOLDS}, grouped by theme, settings chosen inside",
        "seed": seed,
        "valence": agreement(predicted[..., 0], photos, 0, seed),
        "arousal": agreement(predicted[..., 1], photos, 1, seed),
        "without": ablation(photos, chosen, basis, seed),
    }
    scores, sure = scene_scores(photos, chosen, basis, seed)
    figures["scenes"] = scene_figures(photos, sure)
    proved = {name: line for name, line in scores.items() if figures["scenes"][name]["offered"]}
    model = fit_model(photos, chosen, basis, proved, repeats)
    path = affect_model.save_model(model)
    figures["settings"] = {"weights": chosen.weights, "widths": chosen.widths, "ridge": chosen.ridge}
    figures["bytes"] = path.stat().st_size
    path.with_suffix(".md").write_text(card(photos.tier, figures), encoding="utf-8")
    return figures


def class_vectors() -> Floats:
    """(1000, 384): the sentence encoder's vectors of the ImageNet classes' first names."""
    path = on_disk(IMAGE_CLASS_NAMES_FILE)
    if path is None:
        raise FileNotFoundError(f"{IMAGE_CLASS_NAMES_FILE} is not on disk")
    names = path.read_text(encoding="utf-8").splitlines()[1:1001]
    return embed_texts([f"a photo of a {name.split(',')[0]}" for name in names])


def splits(groups: NDArray[Any], folds: int, seed: int) -> list[Split]:
    """Folds of about equal size that never part a group."""
    return list(GroupKFold(folds, shuffle=True, random_state=seed).split(groups, groups=groups))


def fit_blocks(photos: RatedPhotos, rows: NDArray[np.intp], basis: dict[str, Floats]) -> tuple[Block, ...]:
    return tuple(fit_block(name, photos.inputs[name][rows], basis.get(name)) for name in features.BLOCKS[photos.tier])


def fit_block(name: str, x: Floats, basis: Floats | None) -> Block:
    """Standardise and take principal components of ``x`` (n, length), after ``basis`` (length, k) if there is one.

    Of unit weight and width: its ``gamma`` makes the usual distance 1.
    """
    seen = x @ basis if basis is not None else x
    mean, deviation = seen.mean(0), seen.std(0)
    scale = np.ones_like(deviation) if name in RAW_BLOCKS else 1 / np.maximum(deviation, 1e-6)
    _, _, axes = np.linalg.svd((seen - mean) * scale, full_matrices=False)
    projection = scale[:, None] * axes[:COMPONENTS].T
    block = Block(
        name=name,
        projection=np.asarray(basis @ projection if basis is not None else projection, dtype=np.float32),
        offset=np.asarray(mean @ projection, dtype=np.float32),
        support=np.asarray(seen @ projection - mean @ projection, dtype=np.float32),
        gamma=1.0,
        weight=1.0,
    )
    distances = block.distances(x)
    median, mean = float(np.median(distances)), float(distances.mean())
    usual = median if median > mean / 100 else mean  # where most photos show nothing of a kind, most distances are 0
    return replace(block, gamma=1 / max(usual, 1e-9))


@dataclass(frozen=True)
class Prepared:
    """One split, measured once for all settings: distances by block among the training photos, (n, n), and from the
    left-out to the training photos, (m, n)."""

    split: Split
    among: dict[str, Floats]
    across: dict[str, Floats]

    @classmethod
    def of(cls, photos: RatedPhotos, split: Split, basis: dict[str, Floats]) -> Prepared:
        train, test = split
        blocks = fit_blocks(photos, train, basis)
        return cls(
            split=split,
            among={block.name: block.distances(photos.inputs[block.name][train]) for block in blocks},
            across={block.name: block.distances(photos.inputs[block.name][test]) for block in blocks},
        )

    def of_blocks(self, names: tuple[str, ...]) -> Prepared:
        """The same split with some blocks only."""
        return replace(
            self,
            among={name: self.among[name] for name in names},
            across={name: self.across[name] for name in names},
        )

    def predict(self, targets: Floats, settings: Settings) -> tuple[Floats, Floats]:
        """For the left-out photos: predictions (m, outputs), familiarity (m,). ``targets``: (all photos, outputs)."""
        coefficients, intercepts = solve(settings.kernel(self.among), targets[self.split[0]], settings.ridge)
        similarity = settings.kernel(self.across)
        return similarity @ coefficients + intercepts, affect_model.familiar(similarity)


def solve(similarity: Floats, targets: Floats, ridge: float) -> tuple[Floats, Floats]:
    """Coefficients (n, outputs) and intercepts (outputs,) of kernel ridge regression."""
    intercepts = targets.mean(0)
    system = similarity.astype(np.float64) + ridge * np.eye(len(similarity))
    return np.linalg.solve(system, targets - intercepts).astype(np.float32), intercepts.astype(np.float32)


def choose(photos: RatedPhotos, folds: list[Split], basis: dict[str, Floats]) -> Settings:
    """The settings with the best mean rank correlation over the folds."""
    prepared = [Prepared.of(photos, split, basis) for split in folds]
    held = np.concatenate([test for _, test in folds])
    truth = photos.ratings[held]

    def score(settings: Settings) -> float:
        predicted = np.concatenate([one.predict(photos.ratings, settings)[0] for one in prepared])
        return spearman(predicted[:, 0], truth[:, 0]) + spearman(predicted[:, 1], truth[:, 1])

    return max(GRID[photos.tier], key=score)


def nested(photos: RatedPhotos, seed: int, basis: dict[str, Floats]) -> tuple[Floats, Floats]:
    """Predicted ratings (n, 2) and familiarity (n,) of every photo by models that never saw its theme."""
    predicted, known = np.zeros_like(photos.ratings), np.zeros(len(photos), dtype=np.float32)
    for train, test in splits(photos.themes, FOLDS, seed):
        inner = [(train[a], train[b]) for a, b in splits(photos.themes[train], INNER_FOLDS, seed)]
        settings = choose(photos, inner, basis)
        predicted[test], known[test] = Prepared.of(photos, (train, test), basis).predict(photos.ratings, settings)
    return predicted, known


def ablation(photos: RatedPhotos, settings: Settings, basis: dict[str, Floats], seed: int) -> dict[str, Any]:
    """Rank correlations with all blocks, and by how much each falls without one of them or with it alone."""
    prepared = [Prepared.of(photos, split, basis) for split in splits(photos.themes, FOLDS, seed)]

    def skill(blocks: tuple[str, ...]) -> list[float]:
        fewer = replace(settings, weights={name: settings.weights[name] for name in blocks})
        predicted = np.zeros_like(photos.ratings)
        for one in prepared:
            predicted[one.split[1]] = one.of_blocks(blocks).predict(photos.ratings, fewer)[0]
        return [round(spearman(predicted[:, axis], photos.ratings[:, axis]), 4) for axis in (0, 1)]

    names = features.BLOCKS[photos.tier]
    rest = {name: tuple(other for other in names if other != name) for name in names}
    return {"all": skill(names)} | {name: {"without": skill(rest[name]), "alone": skill((name,))} for name in names}


def scene_scores(
    photos: RatedPhotos, settings: Settings, basis: dict[str, Floats], seed: int
) -> tuple[dict[str, tuple[float, float]], dict[str, Floats]]:
    """By scene: the logistic calibration (slope, shift), and calibrated probabilities (n,) of photos left out.

    A scene shown by many themes is measured on themes left out, the others on photos left out.
    """
    targets = np.stack(list(photos.scenes.values()), axis=1).astype(np.float32)
    held: dict[bool, Floats] = {}
    for by_theme, groups in ((True, photos.themes), (False, np.arange(len(photos)))):
        held[by_theme] = np.zeros_like(targets)
        for split in splits(groups, FOLDS, seed):
            held[by_theme][split[1]], _ = Prepared.of(photos, split, basis).predict(targets, settings)
    lines, sure = {}, {}
    for place, (name, truth) in enumerate(photos.scenes.items()):
        raw = held[shown_widely(photos, name)][:, place]
        lines[name] = logistic(raw, truth)
        sure[name] = _out_of_fold_calibrated(raw, truth, seed)
    return lines, sure


SURE = 6.0
"""Log odds of what no photo contradicts: 400 to 1."""


def logistic(raw: Floats, truth: NDArray[np.bool_]) -> tuple[float, float]:
    """Platt's (1999) calibration: slope and shift of the logistic curve through scores and truth; flat, and sure of it,
    where every photo says the same."""
    if truth.all() or not truth.any():
        return 0.0, SURE if truth.all() else -SURE
    fitted = LogisticRegression(C=100.0).fit(raw[:, None], truth)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def _out_of_fold_calibrated(raw: Floats, truth: NDArray[np.bool_], seed: int) -> Floats:
    out = np.zeros_like(raw)
    for train, test in splits(np.arange(len(raw)), FOLDS, seed):
        slope, shift = logistic(raw[train], truth[train])
        out[test] = 1 / (1 + np.exp(-(slope * raw[test] + shift)))
    return out


def fit_model(
    photos: RatedPhotos,
    settings: Settings,
    basis: dict[str, Floats],
    calibration: dict[str, tuple[float, float]],
    repeats: list[tuple[Floats, Floats]],
) -> PictureModel:
    """The model that ships: fitted on all photos, with errors and trust from those left out."""
    everything = np.arange(len(photos))
    blocks = settings.applied(fit_blocks(photos, everything, basis))
    targets = np.column_stack([photos.ratings, *(photos.scenes[name].astype(np.float32) for name in calibration)])
    coefficients, intercepts = solve(affect_model.kernel(blocks, photos.inputs), targets, settings.ridge)
    predicted = np.stack([ratings for ratings, _ in repeats])
    slope = np.array([slope_of(predicted[..., axis], photos.ratings[:, axis]) for axis in (0, 1)], dtype=np.float32)
    coefficients[:, :2] *= slope  # so that a predicted distance from the mean is, on average, the true one
    errors = photos.ratings.mean(0) + slope * (predicted - photos.ratings.mean(0)) - photos.ratings
    familiarity, trust = trust_curve(np.stack([known for _, known in repeats]), errors)
    return PictureModel(
        tier=photos.tier,
        blocks=blocks,
        outputs=("valence", "arousal", *calibration),
        coefficients=coefficients,
        intercepts=intercepts,
        slopes=np.array([slope for slope, _ in calibration.values()], dtype=np.float32),
        shifts=np.array([shift for _, shift in calibration.values()], dtype=np.float32),
        errors=np.sqrt((errors**2).mean((0, 1))).astype(np.float32),
        familiarity=familiarity,
        trust=trust,
    )


def slope_of(predicted: Floats, truth: Floats) -> float:
    """The least-squares slope of the truth (n,) on its predictions (repeats, n), at most 1."""
    repeated = np.broadcast_to(truth, predicted.shape)
    return min(1.0, float(np.cov(predicted.ravel(), repeated.ravel())[0, 1] / predicted.var()))


def trust_curve(known: Floats, errors: Floats, levels: int = 5) -> tuple[Floats, Floats]:
    """Share of good readings (see ``CLOSE``) by familiarity, never falling as it grows (isotonic regression)."""
    good = (np.abs(errors) < CLOSE).all(-1).ravel()
    fitted = IsotonicRegression(out_of_bounds="clip").fit(known.ravel(), good)
    level = np.quantile(known.ravel(), np.linspace(0.1, 0.9, levels))
    return level.astype(np.float32), fitted.predict(level).astype(np.float32)
