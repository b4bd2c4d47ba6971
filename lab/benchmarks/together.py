"""Which way of blending tastes serves a group best? Simulated groups on the public table of tracks.

A person is a place among the tracks' standardised features; what a track is worth to them falls off with its distance
(``exp(-d^2 / 2)`` per feature), and what the site has learned of it is that with an error. Members of an alike group
lie near one another, of a mixed one anywhere, of a divided one around two far places. Lists are chosen by what was
learned, from the tracks nearest to a wished mood, and judged by what they are really worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.stats.intervals import compared, mean
from feedback.taste.group import METHODS, OWN_SHARE, WIDER, Blended, in_turns
from lab.benchmarks._figures import data_folder, machine

SEED = 20261125
FEATURES = ("valence", "energy", "danceability", "acousticness", "instrumentalness", "tempo")
POOL, COUNT, WIDTH = 200, 12, 1.5
"""Tracks near the wished mood, tracks of a list, and standard deviations at which a liking has fallen to .61."""
ERROR = 0.10
"""Standard deviation of what was learned around what is true."""
SIZES = (2, 3, 5)
KINDS = {"alike": 0.3, "mixed": 1.0, "divided": 0.3}
"""How far members of a group lie from its middle, or from one of its two."""
APART = 1.5

Numbers = NDArray[np.float64]


def run(groups: int = 200) -> dict[str, Any]:
    generator = np.random.default_rng(SEED)
    tracks = _tracks()
    told: dict[str, Any] = {}
    for kind in KINDS:
        for size in SIZES:
            told[f"{kind} group of {size}"] = _measured([_group(generator, tracks, kind, size) for _ in range(groups)])
    sizes = {"tracks": len(tracks), "groups": groups, "pool": POOL, "list": COUNT, "error": ERROR}
    return {"satisfaction": told, "sizes": sizes, "seed": SEED, "machine": machine()}


def _tracks() -> Numbers:
    """(n, features), standardised."""
    path = data_folder() / "spotify" / "tracks_features_70k.csv.gz"
    table = pd.read_csv(path, usecols=list(FEATURES))[list(FEATURES)].dropna()
    values = table.to_numpy(dtype=np.float64)
    standard: Numbers = (values - values.mean(axis=0)) / values.std(axis=0)
    return standard


def _group(generator: np.random.Generator, tracks: Numbers, kind: str, size: int) -> dict[str, Numbers]:
    """By method, what its list is worth to each member, 0..1: the mean over its tracks."""
    width = tracks.shape[1]
    middles = np.zeros((size, width))
    if kind == "divided":
        side = generator.normal(size=width)
        middles = np.outer(np.where(np.arange(size) % 2, 1.0, -1.0), APART * side / np.linalg.norm(side))
    people = middles + KINDS[kind] * generator.normal(size=(size, width))
    wished = tracks[generator.integers(len(tracks)), :2]
    away = ((tracks[:, :2] - wished) ** 2).sum(axis=1)
    near = np.argpartition(away, POOL)[:POOL]
    match = np.exp(-away[near] / 2)
    distance = ((tracks[near][None] - people[:, None]) ** 2).mean(axis=2)
    worth = np.exp(-distance / (2 * WIDTH**2) * width / 2)
    learned = np.clip(worth + ERROR * generator.normal(size=worth.shape), 0.0, 1.0)
    return {method: worth[:, _chosen(method, learned, match)].mean(axis=1) for method in METHODS}


@dataclass(frozen=True, eq=False)
class _Learned:
    """A member's liking as the site's blending takes it."""

    of_pool: Numbers
    sureness: float = 1.0

    def values(self, _pool: object) -> Numbers:
        return self.of_pool

    uncertainty = values

    def because(self, _pool: object, _row: int) -> str:
        return ""


def _chosen(method: str, learned: Numbers, match: Numbers) -> list[int]:
    """The list as ``feedback.taste.group`` would choose it."""
    blended = Blended(likings=[_Learned(row) for row in learned], method=method)
    both = OWN_SHARE * blended.values([]) + (1 - OWN_SHARE) * match  # type: ignore[arg-type]
    best = np.argsort(-both, kind="stable")
    if method != "fair":
        return [int(row) for row in best[:COUNT]]
    wide = best[: WIDER * COUNT]
    return [int(wide[row]) for row in in_turns(OWN_SHARE * learned[:, wide] + (1 - OWN_SHARE) * match[wide], COUNT)]


def _measured(groups: list[dict[str, Numbers]]) -> dict[str, Any]:
    """Mean and least satisfaction by method, with 95 % intervals over groups, and each against the average."""
    told: dict[str, Any] = {}
    for method in METHODS:
        means = [float(group[method].mean()) for group in groups]
        least = [float(group[method].min()) for group in groups]
        told[method] = {"mean": _figure(mean(means, SEED)), "least": _figure(mean(least, SEED))}
        if method != "average":
            usual = [float(group["average"].min()) for group in groups]
            told[method]["least_against_average"] = _figure(compared(least, usual, SEED).difference)
    return told


def _figure(estimate: Any) -> dict[str, float]:
    return {name: round(float(getattr(estimate, name)), 4) for name in ("value", "low", "high")}
