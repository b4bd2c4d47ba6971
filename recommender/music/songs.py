"""The editor's songs and artists."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from core.text import artist_key, folded
from recommender.music import styles, tables

_BRACKETS = re.compile(r"\s*[\(\[].*?[\)\]]")
_TAIL = re.compile(r"\s[-–—]\s.*$")
_WORDS = re.compile(r"[^\w]+")

SongKey = tuple[str, str]


@dataclass(frozen=True, kw_only=True)
class Song:
    """One recording as an editor hears it. ``valence``..``acousticness`` 0..1; ``tempo`` beats a minute; ``vocals``
    none, female, male, mixed or choir; ``fame`` 1 (deep) to 5 (nearly everybody hums it); ``themes``: names of
    occasions that the song belongs to."""

    title: str
    artist: str
    year: int | None
    styles: tuple[str, ...]
    moods: tuple[str, ...]
    themes: tuple[str, ...]
    vocals: str
    language: str
    valence: float
    arousal: float
    energy: float
    danceability: float
    acousticness: float
    tempo: float | None
    fame: int
    explicit: bool

    @property
    def key(self) -> SongKey:
        return song_key(self.title, self.artist)


@dataclass(frozen=True, kw_only=True)
class Artist:
    """What is known of any track of an artist's that is not among the songs."""

    name: str
    styles: tuple[str, ...]
    moods: tuple[str, ...]
    eras: tuple[str, ...]
    language: str
    country: str
    fame: int


def song_key(title: str, artist: str) -> SongKey:
    """What a song is called beneath brackets, versions and accents, and by whom: how songs of other sources are
    recognised."""
    plain = _WORDS.sub(" ", folded(_TAIL.sub("", _BRACKETS.sub("", title)))).strip()
    return plain or folded(title), artist_words(artist)


def artist_words(artist: str) -> str:
    """The first-named artist's words, folded."""
    return _WORDS.sub(" ", artist_key(artist)).strip()


@cache
def songs() -> tuple[Song, ...]:
    return tuple(
        Song(
            title=row["title"],
            artist=row["artist"],
            year=int(row["year"]) if row["year"] else None,
            styles=tables.names(row["styles"]),
            moods=tables.names(row["moods"]),
            themes=tables.names(row["themes"]),
            vocals=row["vocals"],
            language=row["language"],
            valence=float(row["valence"]),
            arousal=float(row["arousal"]),
            energy=float(row["energy"]),
            danceability=float(row["danceability"]),
            acousticness=float(row["acousticness"]),
            tempo=tables.number(row["tempo"]),
            fame=int(row["fame"]),
            explicit=row["explicit"] == "1",
        )
        for row in tables.rows(tables.SONGS)
    )


@cache
def by_key() -> Mapping[SongKey, Song]:
    return {song.key: song for song in songs()}


@cache
def artists() -> Mapping[str, Artist]:
    """By ``artist_words``: the artists of the file, then those whose songs alone are known."""
    known = {
        artist_words(row["name"]): Artist(
            name=row["name"],
            styles=tables.names(row["styles"]),
            moods=tables.names(row["moods"]),
            eras=tables.names(row["eras"]),
            language=row["language"],
            country=row["country"],
            fame=int(row["fame"]),
        )
        for row in tables.rows(tables.ARTISTS)
    }
    for song in songs():
        known.setdefault(
            artist_words(song.artist),
            Artist(
                name=song.artist,
                styles=song.styles,
                moods=song.moods[:2],
                eras=(f"{song.year // 10 * 10}s",) if song.year else (),
                language=song.language,
                country="",
                fame=max(1, song.fame - 1),
            ),
        )
    return known


@cache
def languages() -> Mapping[str, Mapping[str, float]]:
    """By style, how usual it is to sing it in a language: 1 for the commonest, in proportion for the others."""
    counts: dict[str, Counter[str]] = {}
    for song in songs():
        for style in song.styles:
            counts.setdefault(style, Counter())[song.language] += bool(song.language)
    return {
        style: {language: count / max(has.values()) for language, count in has.items() if count}
        for style, has in counts.items()
    }


AT_HOME = 0.9
"""How well an artist's styles must serve a wanted one (itself: 1) for them to be asked for by it."""


def artists_of(wanted: Mapping[str, float], language: str | None = None) -> list[Artist]:
    """The artists who play one of the wanted styles (by weight), or with none any, who sing in this language if one is
    asked for: those that most people know first."""
    serves = styles.affinity(wanted)
    place = styles.places()

    def match(artist: Artist) -> float:
        return max((float(serves[place[name]]) for name in artist.styles if name in place), default=0.0)

    most = max(wanted.values(), default=0.0)
    fitting = [
        (match(one), one)
        for one in artists().values()
        if (not language or one.language == language) and match(one) >= AT_HOME * most
    ]
    return [one for _, one in sorted(fitting, key=lambda pair: (-pair[0], -pair[1].fame, pair[1].name))]


LEAST_SONGS = 8


@cache
def theme_rates() -> Mapping[str, Mapping[str, float]]:
    """By style, how usual a theme is among its songs: 1 for the style in which that theme is commonest. What stands in
    for the themes of a song of which only the style is known."""
    counts: dict[str, Counter[str]] = {}
    totals: Counter[str] = Counter()
    for song in songs():
        for style in song.styles[:2]:
            totals[style] += 1
            counts.setdefault(style, Counter()).update(song.themes)
    shares = {
        style: {theme: count / totals[style] for theme, count in has.items()}
        for style, has in counts.items()
        if totals[style] >= LEAST_SONGS
    }
    most: dict[str, float] = {}
    for has in shares.values():
        for theme, share in has.items():
            most[theme] = max(most.get(theme, 0.0), share)
    return {style: {theme: share / most[theme] for theme, share in has.items()} for style, has in shares.items()}


def version() -> str:
    return tables.version(tables.SONGS, tables.ARTISTS, tables.STYLES)
