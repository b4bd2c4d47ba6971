"""Which of two rankings do people prefer? Team-draft interleaving (Radlinski et al. 2008).

One list is drafted from both: in each round a coin says who picks first, and each adds its best track not yet there.
A reaction credits the ranking whose pick the track was. A person compares the two within one list, so far fewer
people are needed than for two groups; yet it answers only "which ranking", not "by how much".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Draft:
    """``tracks`` in order; ``teams``: which ranking (0 or 1) each was the pick of; ``chances``: how probable each was
    at its place, given the picks before it and whose they were."""

    tracks: tuple[int, ...]
    teams: tuple[int, ...]
    chances: tuple[float, ...] = ()


def draft(first: Sequence[int], second: Sequence[int], count: int, generator: np.random.Generator) -> Draft:
    """Interleave two rankings of track ids, best first, to at most ``count`` tracks."""
    rankings = (list(dict.fromkeys(first)), list(dict.fromkeys(second)))
    tracks: list[int] = []
    teams: list[int] = []
    chances: list[float] = []
    while len(tracks) < count:
        before = len(tracks)
        lead = int(generator.integers(2))
        open_picks = {_best_left(one, tracks) for one in rankings} - {None}
        for team in (lead, 1 - lead):
            pick = _best_left(rankings[team], tracks)
            if pick is not None and len(tracks) < count:
                chances.append(1 / len(open_picks) if len(tracks) == before else 1.0)
                tracks.append(pick)
                teams.append(team)
        if len(tracks) == before:
            break
    return Draft(tuple(tracks), tuple(teams), tuple(chances))


def _best_left(ranking: Sequence[int], taken: Sequence[int]) -> int | None:
    return next((track for track in ranking if track not in taken), None)


def credit(drafted: Draft, reactions: Mapping[int, float]) -> float:
    """What the reactions say of the second ranking against the first: the sum over its picks less the other's.

    ``reactions``: by track id, above zero for the better (a like), below for the worse (a skip).
    """
    signs = np.where(np.array(drafted.teams, dtype=int) == 1, 1.0, -1.0)
    return float(sum(sign * reactions.get(track, 0.0) for sign, track in zip(signs, drafted.tracks, strict=True)))


@dataclass(frozen=True, kw_only=True)
class Preference:
    """``share``: of the people with a preference, those who prefer the second ranking; ``p_value``: exact two-sided
    sign test against one half."""

    first: int
    second: int
    ties: int
    share: float
    p_value: float


def preference(credits: Sequence[float]) -> Preference:
    """Of one credit a person."""
    from scipy.stats import binomtest  # the web process stays light until somebody opens the results

    second, first = sum(one > 0 for one in credits), sum(one < 0 for one in credits)
    decided = first + second
    ties = len(credits) - decided
    if not decided:
        return Preference(first=0, second=0, ties=ties, share=0.5, p_value=1.0)
    return Preference(
        first=first, second=second, ties=ties, share=second / decided, p_value=float(binomtest(second, decided).pvalue)
    )
