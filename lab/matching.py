"""Matching pictures with music on the affect plane: how much of the best list is found when both are only read.

Points are in standard deviations of their own side. A track is relevant to a picture by ``exp(-d^2 / 2 (0.5)^2)`` of
the true points; the list is made from the points as read; nDCG at ``K`` with these as linear gains.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lab.metrics import graded_ndcg

Numbers = NDArray[np.float64]

K, WIDTH = 10, 0.5


def standardised(points: Numbers) -> Numbers:
    """(n, 2) in standard deviations from the mean, axis by axis; an axis that does not vary is 0."""
    spread = points.std(axis=0)
    scaled: Numbers = (points - points.mean(axis=0)) / np.where(spread > 1e-9, spread, np.inf)
    return scaled


def relevance(pictures: Numbers, songs: Numbers) -> Numbers:
    """(pictures, songs) 0..1 of true points."""
    squares = ((pictures[:, None] - songs[None]) ** 2).sum(axis=2)
    return np.asarray(np.exp(-squares / (2 * WIDTH**2)))


def quality(read: tuple[Numbers, Numbers], true: tuple[Numbers, Numbers], seed: int = 0) -> Numbers:
    """(pictures,) nDCG of the list that the read points give. Both pairs: pictures (n, 2) and songs (m, 2).

    Points that do not tell songs apart give a list in random order.
    """
    scores = -((read[0][:, None] - read[1][None]) ** 2).sum(axis=2)
    return ranked_quality(scores, relevance(*true), seed)


def permuted_quality(
    read: tuple[Numbers, Numbers], true: tuple[Numbers, Numbers], generator: np.random.Generator
) -> Numbers:
    """(pictures,) the control: the same lists where each picture's relevances are dealt out anew among the songs. What
    is expected is exactly a random list's quality; dealing points to other pictures would leave what all pictures
    share, a common middle, which is above it."""
    scores = -((read[0][:, None] - read[1][None]) ** 2).sum(axis=2)
    return ranked_quality(scores, generator.permuted(relevance(*true), axis=1))


def ranked_quality(scores: Numbers, gains: Numbers, seed: int = 0) -> Numbers:
    """(pictures,) nDCG of lists by any scores (pictures, songs); ties in a seeded random order."""
    generator = np.random.default_rng(seed)
    told = []
    for row, gain in zip(scores, gains, strict=True):
        order = np.lexsort((generator.random(len(row)), -row))[:K]
        told.append(graded_ndcg(gain[order], np.sort(gain)[::-1][:K]))
    return np.array(told)


def simulated(
    r_pictures: tuple[float, float], r_songs: tuple[float, float], size: tuple[int, int], seed: int
) -> Numbers:
    """(pictures,) the same where truth is normal and each axis is read with a given correlation: no system that reads
    affect this well, and goes by affect alone, can be expected to do better. ``size``: pictures and songs."""
    generator = np.random.default_rng(seed)
    true = [generator.normal(size=(count, 2)) for count in size]
    read = [_blurred(points, r, generator) for points, r in zip(true, (r_pictures, r_songs), strict=True)]
    return quality((read[0], read[1]), (true[0], true[1]), seed)


def _blurred(points: Numbers, r: tuple[float, float], generator: np.random.Generator) -> Numbers:
    known = np.array(r)
    blurred: Numbers = known * points + np.sqrt(1 - known**2) * generator.normal(size=points.shape)
    return blurred
