"""What a newcomer's five taps on well-chosen screens are worth, in listens.

Everybody of those already known is a guess of who the newcomer is. A screen shows the ``SHOWN`` artists whose answers
would tell most about it: by the entropy of "plays it" over all guesses, less the mean entropy within each (expected
information gain; Golbandi, Koren and Lempel 2011 grow their questions likewise). The newcomer taps the artist of the
screen that they play most, or asks for other ones where they play none; every guess then counts by how well it fits the
answer. What is told is what is left of their history when a fifth is hidden: nobody taps a hidden artist.

A listen is one of their plays, drawn at random, so that what is played often comes often and ten listens are of fewer
artists; ten different artists are told for comparison.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from core.stats.intervals import compared, mean
from lab import baselines, metrics
from lab.datasets.lastfm import Listening
from lab.studies import recommendation
from lab.study import Findings, Lab, Table
from recommender.ranking.collaborative import EASE

TAPS, LISTENS, K = 5, 10, 20
SHOWN, SCREENS = 40, 8
"""Artists on a screen, and the screens after which nobody looks any further."""
WELL_KNOWN = 1000
"""The artists most people play: only these are asked about."""
SURE = 0.5
"""How far a guess's own artists are believed to be the newcomer's; the rest is what everybody plays. This, ``SHOWN``
and ``WELL_KNOWN`` were chosen among a few on a fifth of the people who are not newcomers here."""

Numbers = NDArray[np.float64]


def first_taps(lab: Lab) -> Findings:
    """Recall of new people's hidden artists from five taps, and from ten and five random ones of their artists."""
    known = recommendation.artists(lab)
    order = lab.random("newcomers").permutation(known.seen.shape[0])
    new, old = order[: len(order) // 5], order[len(order) // 5 :]
    new = np.array([person for person in new if len(known.hidden[person]) and known.seen[person].nnz >= LISTENS])
    model = EASE(300.0).fit(known.seen[old])
    popular = np.asarray(known.seen[old].mean(axis=0)).ravel()
    asked = np.argsort(-popular)[:WELL_KNOWN]
    plays = np.clip(SURE * known.seen[old][:, asked].toarray() + (1 - SURE) * popular[asked], 1e-3, 1 - 1e-3)
    within = entropy(plays)
    generator = lab.random("taps")
    taps, listens, fewer, different = f"{TAPS} taps", f"{LISTENS} listens", f"{TAPS} listens", f"{LISTENS} artists"
    told: dict[str, list[NDArray[np.intp]]] = {name: [] for name in (taps, listens, fewer, different)}
    for person in new:
        mine, times = known.seen[person].indices, known.times[person].toarray().ravel()
        told[taps].append(asked[tapped(plays, within, times[asked])])
        played = generator.choice(mine, LISTENS, p=times[mine] / times.sum())
        told[listens].append(np.unique(played))
        told[fewer].append(np.unique(played[:TAPS]))
        told[different].append(generator.permutation(mine)[:LISTENS])
    worth = {name: recalls(model, known, new, items) for name, items in told.items()}
    return Findings(
        tables=(
            Table(
                name="taps",
                title=f"Recall@{K} of new people's hidden artists",
                columns=("told", "recall", "artists told"),
                rows=tuple(
                    (name, mean(values, lab.seed), round(float(np.mean([len(one) for one in told[name]])), 2))
                    for name, values in worth.items()
                ),
                note=f"{len(new)} people left out of EASE; screens of {SHOWN} artists, one tap each at most, and "
                f"{SCREENS} screens at most.",
            ),
            Table(
                name="tests",
                title=f"How far {TAPS} taps are ahead",
                columns=("of", "difference", "p"),
                rows=tuple(
                    (name, test.difference, round(test.p, 4))
                    for name in worth
                    if name != taps
                    for test in (compared(worth[taps], worth[name], lab.seed),)
                ),
            ),
        ),
    )


def tapped(plays: Numbers, within: Numbers, times: Numbers) -> NDArray[np.intp]:
    """What a newcomer taps who plays each item so many ``times`` (items,). ``plays``: (guesses, items) probability of
    "plays it"; ``within``: the entropy of each."""
    belief = np.full(len(plays), 1.0 / len(plays))
    asked = np.zeros(plays.shape[1], dtype=np.bool_)
    taps: list[int] = []
    for _ in range(SCREENS):
        gain = entropy(belief @ plays) - belief @ within
        gain[asked] = -np.inf
        screen = np.argsort(-gain)[:SHOWN]
        asked[screen] = True
        favourite = int(screen[np.argmax(times[screen])])
        if times[favourite] > 0:
            taps.append(favourite)
            belief = belief * plays[:, favourite]
        else:
            belief = belief * np.prod(1 - plays[:, screen], axis=1)
        if len(taps) == TAPS:
            break
        belief = belief / belief.sum()
    return np.array(taps, dtype=np.intp)


def entropy(p: Numbers) -> Numbers:
    """Of a yes or no with probability ``p``, in nats."""
    told: Numbers = -p * np.log(p) - (1 - p) * np.log(1 - p)
    return told


def recalls(model: EASE, known: Listening, people: NDArray[np.intp], told: list[NDArray[np.intp]]) -> list[float]:
    """(people,) recall of what each hides, from what each told."""
    down = np.repeat(np.arange(len(told)), [len(items) for items in told])
    across = np.concatenate(told)
    histories = sparse.csr_matrix((np.ones(len(across)), (down, across)), shape=(len(told), known.seen.shape[1]))
    scores = model.score(histories)
    return [
        metrics.recall(baselines.best(scores[row], told[row].tolist(), K), known.hidden[person].tolist(), K)
        for row, person in enumerate(people)
    ]
