"""What the recommendation agent asks music services for, where the library holds too little: pure decisions by what was
asked and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from agents.planner import Decision
from core.schemas import Limits, MusicBrief, RankedList, Unmet, WordsReading
from recommender.library.service_finds import MOST_ASKS, Ask
from recommender.music.songs import artists_of
from recommender.music.styles import meant_by
from recommender.ranking import filters
from recommender.ranking.filters import Facts

UNKNOWN_OF_FINDS = frozenset({"tempo_min", "tempo_max", "year_min", "year_max", "instrumental", "live"})
"""Limits that hardly a find tells enough to keep: songs of a style are not asked for under them."""
TOO_LITTLE = 0.5
"""A list with a smaller share than this of its tracks is one that the library holds too little for."""


@dataclass(frozen=True, kw_only=True)
class Seek:
    """``names``: the artists asked for, as said; none where songs of a style are. ``wanted``: how many are missing.
    ``said``: the person asked for just this; else the library was found wanting, and nothing need be said of it.
    ``decision``: what is carried out again with what is found: a ``change`` as it stands, anything else by ``brief``,
    in which case the tracks that are listed stay where ``keeping``. ``ways``: the nearest ways on without services."""

    asks: tuple[Ask, ...]
    wanted: int
    decision: Decision
    names: tuple[str, ...] = ()
    said: bool = True
    brief: MusicBrief | None = None
    keeping: bool = False
    ways: tuple[str, ...] = ()


def for_list(
    decision: Decision, brief: MusicBrief, ranked: RankedList, knows: Callable[[WordsReading], bool]
) -> Seek | None:
    """What would fill a list that was made or changed as a whole; None where nothing is missing. ``knows``: whether
    words name somebody or something that is here."""
    words = decision.words
    missing = brief.count - len(ranked.tracks)
    if brief.limits.minutes and ranked.tracks:
        missing = 0  # how many it takes is not known
    whole = Seek(
        asks=(),
        wanted=max(missing, 1),
        decision=decision,
        brief=brief,
        keeping=bool(ranked.tracks) and missing > 0,
        ways=_ways(ranked.unmet),
    )
    if words and (named := words.limits.include_artists):
        absent = [name for name in named if not _is_among(name, ranked)]
        return _by(absent or named, words, whole) if absent or missing > 0 else None
    artists = tuple(thing.text for thing in words.entities if thing.type == "artist") if words else ()
    if words and words.intent == "play" and len(artists) == 1 and not knows(words):
        return _by(artists, words, whole)
    return _of_style(words.limits if words else Limits(), whole, missing)


def for_change(decision: Decision, brief: MusicBrief, missing: int, unmet: Sequence[Unmet]) -> Seek | None:
    """What would fill the places that a change of certain tracks left as they were. ``brief``: of what comes."""
    words = decision.words
    if words is None or missing <= 0:
        return None
    change = Seek(asks=(), wanted=missing, decision=decision, brief=brief, ways=_ways(unmet))
    if named := words.limits.include_artists:
        return _by(named, words, change)
    return _of_style(words.limits, change, missing)


def _is_among(name: str, ranked: RankedList) -> bool:
    only = Limits(include_artists=(name,))
    return any(not filters.broken(only, Facts(title=one.title, artist=one.artist)) for one in ranked.tracks)


def _ways(unmet: Sequence[Unmet]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(way for one in unmet for way in one.ways))


def _by(names: Sequence[str], words: WordsReading, seek: Seek) -> Seek:
    """Songs by these artists; "play Creep by Radiohead": that song first, then others of theirs."""
    asks = [Ask(artist=name) for name in names]
    titles = [thing.text for thing in words.entities if thing.type == "track"]
    if titles and len(names) == 1 and words.intent in ("add", "play"):
        asks = [Ask(artist=names[0], title=titles[0]), *asks]
    return replace(seek, asks=tuple(asks[:MOST_ASKS]), names=tuple(names))


def _of_style(said: Limits, seek: Seek, missing: int) -> Seek | None:
    """Songs by the best known artists of the style or the language that is asked for, or that the list is to have; of a
    style the editor does not know, what services call so."""
    brief = seek.brief
    asked = bool(said.genres or said.language)
    if brief is None or missing <= 0 or UNKNOWN_OF_FINDS & brief.limits.asked().keys() or brief.limits.include_artists:
        return None
    if not asked and brief.count - missing >= TOO_LITTLE * brief.count:
        return None
    limits = brief.limits
    styles = {style: 1.0 for name in limits.genres for style in meant_by(name.lower())}
    if limits.genres and not styles:
        return replace(seek, asks=tuple(Ask(style=name) for name in limits.genres[:MOST_ASKS]), said=asked)
    if not styles and brief.direction and not limits.language:
        styles = dict(brief.direction.styles)
    if not styles and not limits.language:
        return None
    refused = {name.lower() for name in limits.exclude_artists}
    artists = [one.name for one in artists_of(styles, limits.language) if one.name.lower() not in refused]
    tagged = [Ask(tag=name) for name in (*limits.genres, *styles)[:1]]
    asks = (*tagged, *(Ask(artist=name) for name in artists[: MOST_ASKS - len(tagged)]))
    return replace(seek, asks=asks, said=asked) if artists else None
