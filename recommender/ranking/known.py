"""What is known of tracks beside their sound, against a brief's take: style, theme, fame; how well two go together.

A track that nobody annotated is no stranger to a take only where the whole catalogue is unknown; beside annotated ones
it counts as what an unknown song usually is: hardly ever the one that belongs.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.schemas import Take
from recommender.music import songs
from recommender.music import styles as music
from recommender.ranking.features import Pool
from recommender.ranking.filters import Facts

Column = NDArray[np.float64]

MAIN, ALL = 0.7, 0.3
"""What a track's best-suited style, and all of its styles together, count for."""
BY_PROVENANCE = {"song": 1.0, "artist": 0.92, "llm": 0.85, "genre": 0.72}
"""How far styles are trusted that are known of the song, of its artist, that a language model told, of its genre."""
UNKNOWN_STYLE, UNKNOWN_THEME = 0.1, 0.12
GUESSED_THEME = 0.5
"""What a theme that is usual in a song's style counts for, against one the song is known for."""
OUTSIDE_YEARS, OUTSIDE_LANGUAGES = 0.82, 0.8
"""What is left of a track's style outside the take's era, and in none of its languages."""
USUAL_FROM, UNUSUAL = 0.25, 0.75
"""A language this usual in a style (against its commonest) is at home in it; what is left of one that is not."""
YEARS_SLACK = 5
UNKNOWN_FAME = 0.3
IN_SEASON, OUT_OF_SEASON = 0.2, 0.3
"""How much a take must be about a season for its songs, and what is left of such a song otherwise."""


def style(pool: Pool, take: Take | None) -> Column:
    """(n,) 0..1: how well each track's styles serve the take's; NaN where there is no take, or nothing is known of any
    track."""
    if take is None or not any(pool.styles):
        return np.full(len(pool), np.nan)
    wanted = music.affinity(take.styles)
    place = music.places()
    value = np.full(len(pool), UNKNOWN_STYLE)
    for row, names in enumerate(pool.styles):
        known = [
            (wanted[place[name]], weight) for name, weight in zip(names, music.PLACES, strict=False) if name in place
        ]
        if known:
            best = max(match * weight for match, weight in known)
            whole = sum(match * weight for match, weight in known) / sum(weight for _, weight in known)
            value[row] = (MAIN * best + ALL * whole) * BY_PROVENANCE.get(pool.provenance[row], 1.0)
    return value * _era(pool, take) * _language(pool, take) * _season(pool, take)


def _season(pool: Pool, take: Take) -> Column:
    if take.themes.get(music.SEASONAL_THEME, 0.0) >= IN_SEASON or music.SEASONAL_STYLE in take.styles:
        return np.ones(len(pool))
    return np.array(
        [
            OUT_OF_SEASON if music.SEASONAL_THEME in themes or music.SEASONAL_STYLE in names else 1.0
            for themes, names in zip(pool.themes, pool.styles, strict=True)
        ]
    )


def _era(pool: Pool, take: Take) -> Column:
    if take.years is None:
        return np.ones(len(pool))
    first, last = take.years[0] - YEARS_SLACK, take.years[1] + YEARS_SLACK
    return np.array(
        [1.0 if facts.year is None or first <= facts.year <= last else OUTSIDE_YEARS for facts in pool.facts]
    )


def _language(pool: Pool, take: Take) -> Column:
    """A take's own languages, else those its styles are usually sung in: one song in another tongue stands out."""
    if not take.languages:
        usual: dict[str, float] = {}
        for style in take.styles:
            for language, share in songs.languages().get(style, {}).items():
                usual[language] = max(usual.get(language, 0.0), min(1.0, share / USUAL_FROM))
        return np.array(
            [
                1.0 if not facts.language else UNUSUAL + (1.0 - UNUSUAL) * usual.get(facts.language, 0.0)
                for facts in pool.facts
            ]
        )
    sung = set(take.languages)
    return np.array(
        [1.0 if not facts.language or facts.language in sung else OUTSIDE_LANGUAGES for facts in pool.facts]
    )


def theme(pool: Pool, take: Take | None) -> Column:
    """(n,) 0..1: how far each track is about, or is put on for, what the take is for: ``1 - prod(1 - weight)``; of a
    song nobody knows, how usual that is in its style."""
    if take is None or not take.themes or not any(pool.styles):
        return np.full(len(pool), np.nan)
    value = np.full(len(pool), UNKNOWN_THEME)
    rates = songs.theme_rates()
    for row, names in enumerate(pool.themes):
        if pool.provenance[row] == "song":
            value[row] = 1.0 - float(np.prod([1.0 - take.themes.get(name, 0.0) for name in names]))
        elif pool.styles[row]:
            usual = rates.get(pool.styles[row][0], {})
            value[row] = GUESSED_THEME * max((w * usual.get(name, 0.0) for name, w in take.themes.items()), default=0.0)
    return value


def fame(pool: Pool, take: Take | None) -> Column:
    """(n,) 0..1; NaN without a take: a list for a mere mood goes by its sound."""
    graded = pool.columns.get("fame", np.full(len(pool), np.nan))
    if take is None or not np.isfinite(graded).any():
        return np.full(len(pool), np.nan)
    return np.asarray(np.sqrt(np.nan_to_num(graded, nan=UNKNOWN_FAME)))


def together(pool: Pool) -> NDArray[np.float64]:
    """(n, n) 0..1: how well two tracks stand in one list by their styles; 0 where a style is not known."""
    rows = np.array([_vector(tuple(names)) for names in pool.styles]).reshape(len(pool), len(music.places()))
    spread = rows @ music.together()
    alike = spread @ rows.T
    lengths = np.sqrt(np.maximum(np.diag(alike), 1e-9))
    value: NDArray[np.float64] = alike / (lengths[:, None] * lengths[None])
    return np.clip(value, 0.0, 1.0)


@lru_cache(maxsize=20_000)
def _vector(names: tuple[str, ...]) -> NDArray[np.float64]:
    return music.vector(names)


def jitter(facts: Sequence[Facts], seed: int) -> Column:
    """(n,) -1..1, the same for the same song and seed in every copy: what settles near ties between equals."""
    songs = [zlib.crc32(f"{one.title}\n{one.artist}".encode()) for one in facts]
    mixed = (np.asarray(songs, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)) ^ np.uint64(seed * 0x85EBCA6B + 1)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(32)
    value: Column = (mixed % np.uint64(20001)).astype(np.float64) / 10_000.0 - 1.0
    return value
