"""Late fusion: how much each part of a match should count, learned from judged pairs, and what a match promises.

Weights are a logistic regression's, kept non-negative so that a better part can never lower a match. ``Curve`` turns a
match into the share of pairs like it that people's ratings call close (isotonic regression, Zadrozny & Elkan 2002).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recommender.perception.weights.loaders import model_folder

Column = NDArray[np.float64]
LEVELS = 41


def learn_weights(parts: NDArray[np.float64], fits: NDArray[np.bool_], ridge: float = 1.0) -> Column:
    """(k,): non-negative weights that sum to 1, for parts (n, k) in 0..1 and whether each pair fits (n,)."""
    from scipy.optimize import minimize

    mean = parts.mean(0)
    centred = parts - mean
    truth = fits.astype(np.float64)
    start = np.append(np.ones(parts.shape[1]), np.log(truth.mean() / (1 - truth.mean())))

    def cost(at: Column) -> tuple[float, Column]:
        logits = centred @ at[:-1] + at[-1]
        probability = 1 / (1 + np.exp(-logits))
        loss = float(np.mean(np.logaddexp(0, logits) - truth * logits)) + ridge * float(at[:-1] @ at[:-1]) / len(parts)
        slope = np.append(centred.T @ (probability - truth), (probability - truth).sum()) / len(parts)
        slope[:-1] += 2 * ridge * at[:-1] / len(parts)
        return loss, slope

    bounds = [(0.0, None)] * parts.shape[1] + [(None, None)]
    found = minimize(cost, start, jac=True, bounds=bounds, method="L-BFGS-B").x[:-1]
    total = found.sum()
    weights: Column = found / total if total > 0 else np.full(len(found), 1 / len(found))
    return weights


def weights_file() -> Path:
    return model_folder() / "heads" / "fusion.json"


def save_weights(weights: Mapping[str, float]) -> Path:
    """Keep learned weights by part beside this copy's other heads, and return the file."""
    file = weights_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(weights), encoding="utf-8")
    return file


def learned_weights() -> dict[str, float] | None:
    """None before `train fusion`."""
    file = weights_file()
    if not file.is_file():
        return None
    told: dict[str, float] = json.loads(file.read_text(encoding="utf-8"))
    return told


@dataclass(frozen=True, eq=False)
class Curve:
    """A rising curve: ``at`` (levels,) matches 0..1 and ``share`` (levels,) the share of pairs that fit."""

    at: Column
    share: Column

    def __call__(self, match: Column) -> Column:
        value: Column = np.interp(match, self.at, self.share)
        return value


def calibrate(match: Column, fits: NDArray[np.bool_]) -> Curve:
    """The curve through matches (n,) and whether each pair fits (n,)."""
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(out_of_bounds="clip").fit(match, fits)
    at = np.quantile(match, np.linspace(0, 1, LEVELS))
    return Curve(at, np.asarray(fitted.predict(at), dtype=np.float64))
