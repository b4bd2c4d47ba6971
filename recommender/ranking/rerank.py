"""Which of the best to take: one of each near-duplicate, few of one artist, and not all alike (MMR)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.text import artist_key, folded
from recommender.library.audio_profiles import SCALES
from recommender.ranking.features import Pool
from recommender.ranking.filters import Facts

MOST_BY_ARTIST = 2
FIT_OVER_VARIETY = 0.85
"""Lambda of maximal marginal relevance (Carbonell & Goldstein 1998); lower, a small library's lists take in tracks that
do not fit for the sake of variety."""
ALIKE_WIDTH = 1.5
SAME_GENRE, SAME_ARTIST = 0.15, 0.25
TOGETHER = 0.15
"""What standing well beside the rest of the list counts for against a track's own fit (of 0..1)."""
NEXT_BEST = 10
"""Exploring takes one of so many."""
COMPARED = ("valence", "arousal", "energy", "danceability", "acousticness", "instrumentalness")

VERSION = (
    r"remaster(ed)?|live|radio (edit|mix)|single|album|mono|stereo|deluxe|bonus|edit|version|mix|remix|acoustic|demo|"
    r"feat\.?|ft\.?|featuring|with|from|extended|original|re-?recorded|anniversary|instrumental|karaoke"
)
_BRACKETS = re.compile(rf"[\(\[][^\)\]]*\b({VERSION})\b[^\)\]]*[\)\]]")
_TAIL = re.compile(rf"\s[-–—]\s.*\b({VERSION}|\d{{4}})\b.*$")
_FEATURED = re.compile(r"\s(feat\.?|ft\.?|featuring)\s.*$")


class Choice(NamedTuple):
    """A row, the ``propensity`` with which it was drawn, and the rows it was drawn from, best first, each with what it
    lost by being like the places before it; none where nothing was drawn."""

    row: int
    propensity: float
    rivals: tuple[tuple[int, float], ...] = ()


def work_key(facts: Facts) -> tuple[str, str]:
    """What a song is called beneath its versions: remasters, live takes, edits and remixes share it."""
    title = folded(facts.title)
    plain = _FEATURED.sub("", _TAIL.sub("", _BRACKETS.sub("", title)))
    return re.sub(r"[^\w]+", " ", plain).strip() or title, artist_key(facts.artist)


def without_repeats(pool: Pool, fit: NDArray[np.float64], most: int, *, first: Sequence[int] = ()) -> list[int]:
    """Up to ``most`` rows in falling order of fit with one of each song; rows in ``first`` come before all others."""
    order = [*first, *(int(row) for row in np.argsort(-fit, kind="stable"))]
    taken: set[tuple[str, str]] = set()
    rows: list[int] = []
    for row in dict.fromkeys(order):
        if len(rows) >= max(most, len(first)):
            break
        key = work_key(pool.facts[row])
        if row in first or key not in taken:
            rows.append(row)
        taken.add(key)
    return rows


def alikeness(pool: Pool) -> NDArray[np.float64]:
    """(n, n) 0..1: how alike two tracks are, in sound, style and artist."""
    known = np.column_stack(
        [(pool.columns[name] - SCALES[name][0]) / SCALES[name][1] for name in COMPARED]
        + [np.log2(np.maximum(pool.columns["tempo"], 1.0)) / SCALES["octaves"][1]]
    )
    known = np.nan_to_num(known)
    squares = (known**2).sum(axis=1)
    apart = np.maximum(squares[:, None] + squares[None] - 2 * known @ known.T, 0.0)
    alike = np.exp(-apart / (2 * ALIKE_WIDTH**2))
    for keys, share in (
        ([_main(genres) for genres in pool.genres], SAME_GENRE),
        ([artist_key(facts.artist) for facts in pool.facts], SAME_ARTIST),
    ):
        known_keys = {key: place for place, key in enumerate(dict.fromkeys(keys), 1)}
        codes = np.array([known_keys[key] if key else -row - 1 for row, key in enumerate(keys)])
        alike = alike + share * (codes[:, None] == codes[None])
    capped: NDArray[np.float64] = np.minimum(alike, 1.0)
    return capped


def _main(genres: object) -> str:
    return max(genres, key=genres.__getitem__) if isinstance(genres, dict) and genres else ""


def choose(
    pool: Pool,
    fit: NDArray[np.float64],
    count: int,
    *,
    first: Sequence[int] = (),
    artist_cap: int | None = MOST_BY_ARTIST,
    fit_over_variety: float = FIT_OVER_VARIETY,
    together: NDArray[np.float64] | None = None,
    explore: float = 0.0,
    generator: np.random.Generator | None = None,
) -> list[Choice]:
    """``count`` rows with the propensity each was chosen with, by greedy maximal marginal relevance.

    ``together``: (n, n) 0..1, how well two tracks stand in one list; each choice gains by
    ``TOGETHER`` times its mean with those chosen before. ``first`` are taken before any choosing. ``fit_over_variety``
    is lambda, 0..1. The artist cap gives way only when nothing else is left to fill the list.
    ``explore``: with this probability a place goes to one of the ``NEXT_BEST`` (the best among them) instead, all
    equally likely; the propensity is that of the choice given the places before it, 1 without exploring.
    """
    alike = alikeness(pool)
    marginal = fit_over_variety * fit
    artists = [artist_key(facts.artist) for facts in pool.facts]
    chosen = [Choice(row, 1.0) for row in first][:count]
    taken = [one.row for one in chosen]
    used = Counter(artists[row] for row in taken if artists[row])
    nearest = np.max(alike[:, taken], axis=1) if chosen else np.zeros(len(pool))
    beside = together[:, taken].sum(axis=1) if together is not None and taken else np.zeros(len(pool))
    free = np.ones(len(pool), dtype=bool)
    free[taken] = False
    while len(chosen) < count and free.any():
        under = free.copy()
        if artist_cap is not None:
            under &= np.array([used[artist] < artist_cap for artist in artists])
        open_rows = np.flatnonzero(under if under.any() else free)
        lost = (1 - fit_over_variety) * nearest
        gain = marginal[open_rows] - lost[open_rows]
        if together is not None and chosen:
            gain = gain + TOGETHER * beside[open_rows] / len(chosen)
        choice = _pick(open_rows[np.argsort(-gain, kind="stable")], lost, explore, generator)
        chosen.append(choice)
        row = choice.row
        free[row] = False
        if artists[row]:
            used[artists[row]] += 1
        nearest = np.maximum(nearest, alike[:, row])
        if together is not None:
            beside = beside + together[:, row]
    return chosen


def _pick(
    rows: NDArray[np.intp], lost: NDArray[np.float64], explore: float, generator: np.random.Generator | None
) -> Choice:
    """The best row, or with probability ``explore`` any of the ``NEXT_BEST``."""
    if explore <= 0 or generator is None:
        return Choice(int(rows[0]), 1.0)
    near = rows[:NEXT_BEST]
    place = int(generator.integers(len(near))) if generator.random() < explore else 0
    propensity = explore / len(near) + (1 - explore if place == 0 else 0.0)
    return Choice(int(near[place]), propensity, tuple((int(row), float(lost[row])) for row in near))
