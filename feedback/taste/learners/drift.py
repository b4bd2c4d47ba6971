"""Noticing that a taste has changed: reactions since some moment are foretold better without those before it.

Reactions are foretold by a Bayesian linear regression on what the tracks are like. With ``K = X D X' + s^2 I`` (``D``
the prior variances, ``s`` the noise) and its Cholesky factor ``L``, ``e = L^-1 y`` are the errors of every forecast
from the reactions before it, each over its own standard deviation, and ``-e^2 / 2 - log L_ii`` its log-likelihood
(Rasmussen and Williams 2006, algorithm 2.1). One factor forwards and one backwards so give, for every moment at once,
the log Bayes factor of "the taste changed here" against "it did not": a likelihood-ratio CUSUM (Lorden 1971) of
prediction errors. Because it is worked out anew each time, a change that what follows does not bear out is taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from feedback.taste.evidence import NOISE, Heard, evidence, prior
from recommender.ranking.features import Pool

Matrix = NDArray[np.float64]

WATCHED = 150
"""The newest reactions that are looked at: an older change is forgotten with time anyway."""
LEAST = 8
"""Fewer reactions say nothing about a change."""
CLEAR = 5.0
"""The log Bayes factor from which a change is believed."""


def changed_at(events: Sequence[Heard], tracks: Pool) -> datetime | None:
    """When the first of ``events`` (newest first) came in which the taste as it is now shows; None if it never
    changed."""
    place = {int(one): row for row, one in enumerate(tracks.ids)}
    known = [number for number, event in enumerate(events) if event.track_id in place][:WATCHED][::-1]
    if len(known) < LEAST:
        return None
    targets, table = evidence(tracks)
    rows = table[[place[events[number].track_id] for number in known]] * prior(targets)
    said = np.array([1.0 if events[number].says > 0 else -1.0 for number in known])
    start = 0
    while turn := clearest(change_factors(rows[start:], said[start:])):
        start += turn
    return events[known[start]].at if start else None


def clearest(factors: Matrix) -> int:
    """Where a change is believed most; 0 if nowhere."""
    place = int(np.argmax(factors))
    return place if factors[place] >= CLEAR else 0


def change_factors(rows: Matrix, said: Matrix) -> Matrix:
    """(n,) the log Bayes factor of a change just before each reaction; 0 for the first. ``rows``: (n, d) evidence, each
    column times the prior's standard deviation."""
    before = np.concatenate([[0.0], np.cumsum(_likelihoods(rows, said))])
    since = np.cumsum(_likelihoods(rows[::-1], said[::-1]))[::-1]
    told: Matrix = before[:-1] + since - before[-1]
    return told


def _likelihoods(rows: Matrix, said: Matrix) -> Matrix:
    """(n,) log-likelihood of each given those before it, but for a constant."""
    from scipy.linalg import solve_triangular

    factor = np.linalg.cholesky(rows @ rows.T + NOISE**2 * np.eye(len(rows)))
    errors = solve_triangular(factor, said, lower=True)
    told: Matrix = -0.5 * errors**2 - np.log(np.diag(factor))
    return told
