"""Hard limits: filters in SQL, and the same limits as a plain check on what is known of one track.

A style is what the editor knows of a track; where he knows nothing, what its table or its sound says.

What a limit needs to know and a track does not tell counts against the track, with three exceptions, because few
sources say them at all: ``explicit=False``, ``live=False`` and ``exclude_genres`` let a track of unknown kind pass,
and ``unverified`` then names it, so that the person is told.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import F, Func, Q, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later
from django.utils.translation import ngettext

from core.schemas import Limits, Unmet
from core.text import folded
from recommender.models import ACCENTED, PLAIN, Track
from recommender.music.styles import meant_by
from recommender.perception.vocabulary import GENRES

INSTRUMENTAL_FROM = 0.5
"""Spotify: values above 0.5 are intended to represent instrumental tracks."""
LIVE_FROM = 0.8
"""Spotify: a liveness above 0.8 gives a strong likelihood that the track is live."""
RAP_FROM = 0.33
"""Spotify: speechiness between 0.33 and 0.66 may be music with speech, such as rap."""
GENRE_FROM = 0.4
LIVE_TITLE = r"\blive\s+(at|in|from|on|version|session)\b|[\(\[\-]\s*live\b"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the limits need to know of one track; None where it is not known."""

    title: str
    artist: str
    genre: str = ""
    genres: Mapping[str, float] = field(default_factory=dict)
    styles: tuple[str, ...] | None = None
    year: int | None = None
    duration: float = 0.0
    tempo: float | None = None
    instrumentalness: float | None = None
    liveness: float | None = None
    speechiness: float | None = None
    explicit: bool | None = None
    live: bool | None = None
    language: str = ""


def genre_words(name: str) -> tuple[str | None, tuple[str, ...]]:
    """A style as asked: its name in the vocabulary (None when it is not there) and the words that mean it."""
    asked = folded(name).strip()
    for genre in GENRES.values():
        if asked in (genre.name, *genre.synonyms):
            own = asked == genre.name or asked in ("rap", "hip hop", "hip-hop")
            return genre.name, (genre.name, *genre.synonyms) if own else (asked,)
    return None, (asked,)


def _any_word(words: Sequence[str]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", "[ -]") for word in words)


def _names(names: Sequence[str]) -> Q:
    pattern = rf"(^|[^a-z0-9])({_any_word([folded(name) for name in names])})($|[^a-z0-9])"
    return Q(artist_plain__regex=pattern)


def _without_genre(name: str) -> Q:
    known, words = genre_words(name)
    allowed = ~Q(genre__iregex=rf"(^|[^a-z0-9])({_any_word(words)})($|[^a-z0-9])")
    if known and known in words:
        allowed &= Q(**{f"profile__genres__{known}__isnull": True}) | Q(**{f"profile__genres__{known}__lt": GENRE_FROM})
    if meant := meant_by(folded(name).strip()):
        allowed &= Q(annotation__isnull=True) | ~Q(annotation__styles__overlap=sorted(meant))
    if known == "hiphop":
        allowed &= ~Q(genre="") | Q(profile__speechiness__isnull=True) | Q(profile__speechiness__lt=RAP_FROM)
    return allowed


def genre_condition(name: str) -> Q:
    """The tracks that are known to be of a style: by the editor, else by their table or their sound. ``is_genre`` says
    the same of one track."""
    known, words = genre_words(name)
    told = Q(genre__iregex=rf"(^|[^a-z0-9])({_any_word(words)})($|[^a-z0-9])")
    if known and known in words:
        told |= Q(**{f"profile__genres__{known}__gte": GENRE_FROM})
    if not (meant := meant_by(folded(name).strip())):
        return told
    return Q(annotation__styles__overlap=sorted(meant)) | (Q(annotation__isnull=True) & told)


def conditions(limits: Limits) -> dict[str, Q]:
    """The limits that one track alone can keep or break, as filters by name; for ``narrowed``."""
    told: dict[str, Q] = {}
    for name, lookup in (
        ("tempo_min", "profile__tempo__gte"),
        ("tempo_max", "profile__tempo__lte"),
        ("year_min", "year__gte"),
        ("year_max", "year__lte"),
        ("language", "language__iexact"),
    ):
        if (value := getattr(limits, name)) is not None:
            told[name] = Q(**{lookup: value})
    if limits.instrumental is not None:
        lookup = "gte" if limits.instrumental else "lt"
        told["instrumental"] = Q(**{f"profile__instrumentalness__{lookup}": INSTRUMENTAL_FROM})
    if limits.explicit is not None:
        told["explicit"] = Q(explicit=True) if limits.explicit else ~Q(explicit=True) | Q(explicit__isnull=True)
    if limits.live is not None:
        sounds_live = Q(profile__liveness__gte=LIVE_FROM) | Q(title__iregex=LIVE_TITLE.replace(r"\b", r"\y"))
        quiet = (Q(profile__liveness__lt=LIVE_FROM) | Q(profile__liveness__isnull=True)) & ~Q(
            title__iregex=LIVE_TITLE.replace(r"\b", r"\y")
        )
        unsaid = Q(live__isnull=True)
        told["live"] = Q(live=True) | (unsaid & sounds_live) if limits.live else Q(live=False) | (unsaid & quiet)
    if limits.exclude_artists:
        told["exclude_artists"] = ~_names(limits.exclude_artists)
    if limits.include_artists:
        told["include_artists"] = _names(limits.include_artists)
    if limits.genres:
        told["genres"] = Q()
        for genre in limits.genres:
            told["genres"] |= genre_condition(genre)
    if limits.exclude_genres:
        told["exclude_genres"] = Q()
        for genre in limits.exclude_genres:
            told["exclude_genres"] &= _without_genre(genre)
    return told


def narrowed(tracks: Track.TrackQueries, limits: Limits, *, without: Sequence[str] = ()) -> Track.TrackQueries:
    """The tracks that keep every limit, but those named in ``without``."""
    if limits.exclude_artists or limits.include_artists:
        tracks = tracks.alias(
            artist_plain=Func(Lower(F("artist")), Value(ACCENTED), Value(PLAIN), function="translate")
        )
    for name, condition in conditions(limits).items():
        if name not in without:
            tracks = tracks.filter(condition)
    return tracks


def _named(names: Sequence[str], artist: str) -> bool:
    pattern = rf"(^|[^a-z0-9])({_any_word([folded(name) for name in names])})($|[^a-z0-9])"
    return re.search(pattern, folded(artist)) is not None


def is_genre(name: str, facts: Facts) -> bool:
    """Whether a track is known to be of a style; ``genre_condition`` says the same in SQL."""
    meant = meant_by(folded(name).strip())
    if meant and facts.styles is not None:
        return bool(meant & set(facts.styles))
    known, words = genre_words(name)
    if re.search(rf"(^|[^a-z0-9])({_any_word(words)})($|[^a-z0-9])", facts.genre.lower()):
        return True
    return bool(known and known in words and facts.genres.get(known, 0.0) >= GENRE_FROM)


def _may_be_genre(name: str, facts: Facts) -> bool:
    """Whether a track is of a style, or may be: what is refused shall not slip through. Says the same as
    ``_without_genre``."""
    known, words = genre_words(name)
    if re.search(rf"(^|[^a-z0-9])({_any_word(words)})($|[^a-z0-9])", facts.genre.lower()):
        return True
    if known and known in words and facts.genres.get(known, 0.0) >= GENRE_FROM:
        return True
    if facts.styles and meant_by(folded(name).strip()) & set(facts.styles):
        return True
    return known == "hiphop" and not facts.genre and (facts.speechiness or 0.0) >= RAP_FROM


def _sounds_live(facts: Facts) -> bool:
    if facts.live is not None:
        return facts.live
    return (facts.liveness or 0.0) >= LIVE_FROM or re.search(LIVE_TITLE, facts.title.lower()) is not None


def broken(limits: Limits, facts: Facts) -> tuple[str, ...]:
    """Which limits this track breaks, by name. Says the same as ``conditions``."""
    checks = {
        "tempo_min": limits.tempo_min is not None and not (facts.tempo is not None and facts.tempo >= limits.tempo_min),
        "tempo_max": limits.tempo_max is not None and not (facts.tempo is not None and facts.tempo <= limits.tempo_max),
        "year_min": limits.year_min is not None and not (facts.year is not None and facts.year >= limits.year_min),
        "year_max": limits.year_max is not None and not (facts.year is not None and facts.year <= limits.year_max),
        "language": limits.language is not None and facts.language.lower() != limits.language.lower(),
        "instrumental": limits.instrumental is not None
        and (facts.instrumentalness is None or (facts.instrumentalness >= INSTRUMENTAL_FROM) != limits.instrumental),
        "explicit": limits.explicit is not None and (facts.explicit is True) != limits.explicit,
        "live": limits.live is not None and _sounds_live(facts) != limits.live,
        "exclude_artists": bool(limits.exclude_artists) and _named(limits.exclude_artists, facts.artist),
        "include_artists": bool(limits.include_artists) and not _named(limits.include_artists, facts.artist),
        "genres": bool(limits.genres) and not any(is_genre(name, facts) for name in limits.genres),
        "exclude_genres": any(_may_be_genre(name, facts) for name in limits.exclude_genres),
    }
    return tuple(name for name, is_broken in checks.items() if is_broken)


def unverified(limits: Limits, chosen: Sequence[Facts]) -> tuple[Unmet, ...]:
    """What could not be checked for some of the chosen tracks, because nothing is known about it."""
    told = []
    if limits.explicit is False and (count := sum(facts.explicit is None for facts in chosen)):
        told.append(
            Unmet(
                limit="explicit",
                message=ngettext(
                    "{count} track carries no mark for explicit words, so that could not be checked.",
                    "{count} tracks carry no mark for explicit words, so that could not be checked.",
                    count,
                ).format(count=count),
            )
        )
    if limits.exclude_genres and (count := sum(not facts.genre and not facts.genres for facts in chosen)):
        told.append(
            Unmet(
                limit="exclude_genres",
                message=ngettext(
                    "{count} track carries no known style, so that could not be checked.",
                    "{count} tracks carry no known style, so that could not be checked.",
                    count,
                ).format(count=count),
            )
        )
    return tuple(told)


ASKED = {
    "tempo_min": later("at least {} beats a minute"),
    "tempo_max": later("at most {} beats a minute"),
    "year_min": later("from {} or later"),
    "year_max": later("from {} or earlier"),
    "language": later("sung in {}"),
    "genres": "{}",
    "exclude_artists": later("without {}"),
    "include_artists": later("by {}"),
    "exclude_genres": later("no {}"),
}


def said(limits: Limits, name: str) -> str:
    """One limit in plain words, such as "at most 100 beats a minute"."""
    value = getattr(limits, name)
    if name == "instrumental":
        return _("instrumental") if value else _("with vocals")
    if name == "explicit":
        return _("explicit") if value else _("nothing explicit")
    if name == "live":
        return _("live recordings") if value else _("no live recordings")
    text = (
        _(" or ").join(value) if isinstance(value, tuple) else f"{value:g}" if isinstance(value, float) else str(value)
    )
    return _(ASKED[name]).format(_(text.title()) if name == "language" else text)
