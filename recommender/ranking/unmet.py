"""Limits that nothing meets: which they are, in plain words, and the nearest way on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Max

from core.schemas import Limits, Unmet
from recommender.models import Track
from recommender.music.songs import artist_words, artists
from recommender.ranking.filters import conditions, narrowed, said

PAIRS = (("year_min", "year_max"), ("tempo_min", "tempo_max"))
"""Limits that are one to whoever asks: "only 90s" is a first and a last year."""


def why_empty(tracks: Track.TrackQueries, limits: Limits) -> tuple[Unmet, ...]:
    """Which limits left nothing: those that no track at all meets, each with a message of its own; else those without
    which some track would remain, else all. With the nearest way on where there is one."""
    if not tracks.exists():
        return (Unmet(limit="count", message="There are no tracks to choose from here."),)
    groups = groups_of(limits)
    if never := [group for group in groups if not narrowed(tracks, only(limits, group)).exists()]:
        return tuple(
            Unmet(limit=group[0], message=sentence(limits, group), hint=way.hint, ways=way.ways)
            for group in never
            for way in (way_on(tracks, limits, group),)
        )
    alone = [group for group in groups if narrowed(tracks, limits, without=group).exists()]
    together = ", ".join(phrase(limits, group) for group in groups)
    message = f"Nothing here is all of this at once: {together}."
    ways = [LET_GO[group[0]] for group in alone or groups if group[0] in LET_GO]
    hint = f"Say {' or '.join(f'“{way}”' for way in ways[:3])} to let go of a limit." if ways else ""
    offered = tuple(dict.fromkeys(ways[:3]))
    return tuple(Unmet(limit=group[0], message=message, hint=hint, ways=offered) for group in alone or groups)


@dataclass(frozen=True)
class Way:
    """The nearest way on: in a sentence, and as what may be said, the nearest first."""

    hint: str = ""
    ways: tuple[str, ...] = ()


LET_GO = {
    "year_min": "any year",
    "year_max": "any year",
    "tempo_min": "any tempo",
    "tempo_max": "any tempo",
    "genres": "any style",
    "exclude_genres": "any style",
    "include_artists": "any artist",
    "exclude_artists": "any artist",
    "language": "any language",
    "instrumental": "vocals are fine",
    "explicit": "explicit is fine",
    "live": "live is fine",
}
"""What takes a limit off again, in words."""


def fields_of(unmet: Sequence[Unmet]) -> set[str]:
    """The fields of Limits that unmet limits stand for, with the other half of a pair."""
    named = {one.limit for one in unmet}
    return named | {name for pair in PAIRS for name in pair if named & set(pair)}


def group_of(name: str) -> tuple[str, ...]:
    """The fields of Limits that are taken off together with this one."""
    return next((pair for pair in PAIRS if name in pair), (name,))


def only(limits: Limits, group: Sequence[str]) -> Limits:
    return limits.without([name for name in vars(limits) if name not in group])


def groups_of(limits: Limits) -> list[tuple[str, ...]]:
    """The limits asked for that a track alone can keep or break, those of a pair together."""
    asked = list(conditions(limits))
    paired = {name: pair for pair in PAIRS for name in pair}
    groups = [tuple(n for n in paired[name] if n in asked) if name in paired else (name,) for name in asked]
    return list(dict.fromkeys(groups))


def phrase(limits: Limits, group: Sequence[str]) -> str:
    """What is asked, in words that follow "is": "from the 90s", "between 90 and 110 beats a minute"."""
    if tuple(group) == ("year_min", "year_max"):
        return years(limits.year_min or 0, limits.year_max or 0)
    if tuple(group) == ("tempo_min", "tempo_max"):
        return f"between {limits.tempo_min:g} and {limits.tempo_max:g} beats a minute"
    if tuple(group) == ("year_max",):
        return f"from before {(limits.year_max or 0) + 1}"
    return said(limits, group[0])


def years(low: int, high: int) -> str:
    """ "from the 90s", "from 1994", "from 1994 to 1997"."""
    if low % 10 == 0 and high == low + 9:
        return f"from the {low % 100:02d}s" if 1930 <= low < 2000 else f"from the {low}s"
    return f"from {low}" if low == high else f"from {low} to {high}"


def sentence(limits: Limits, group: Sequence[str]) -> str:
    """ "No track here is from the 90s.", "No Radiohead in this library."."""
    match group[0]:
        case "include_artists":
            return f"No {' or '.join(limits.include_artists)} in this library."
        case "genres":
            return f"No {' or '.join(limits.genres)} in this library."
        case "live":
            return "No live recording is here." if limits.live else "Only live recordings are here."
        case "explicit":
            return "Nothing explicit is here." if limits.explicit else "Everything here is marked as explicit."
        case "instrumental":
            return f"No track here is known to be {said(limits, 'instrumental')}."
        case "exclude_artists" | "exclude_genres":
            return f"Nothing is left here with {phrase(limits, group)}."
        case "tempo_min" | "tempo_max":
            return f"No track here has {phrase(limits, group)}."
    return f"No track here is {phrase(limits, group)}."


def way_on(tracks: Track.TrackQueries, limits: Limits, group: Sequence[str]) -> Way:
    """The nearest that the other limits leave; empty where nothing can be named."""
    left = narrowed(tracks, limits, without=group)
    if not left.exists():
        left = tracks
    match group[0]:
        case "year_min" | "year_max":
            year = _nearest(left, "year", limits.year_min, limits.year_max)
            return Way(f"The nearest is from {year}.", (f"only {year // 10 * 10}s",)) if year else Way()
        case "tempo_min" | "tempo_max":
            low, high = limits.tempo_min, limits.tempo_max
            tempo = _nearest(left, "profile__tempo", low, high)
            return Way(f"The nearest has {tempo} beats a minute.", (f"around {tempo} bpm",)) if tempo else Way()
        case "genres":
            names = _commonest(left, "genre")
            return Way(f"Most here is {_listed(names)}.", tuple(f"only {name}" for name in names)) if names else Way()
        case "language":
            names = _commonest(left, "language")
            said_in = tuple(f"only in {name.title()}" for name in names)
            return Way(f"What is here is sung in {_listed(names)}.", said_in) if names else Way()
        case "include_artists":
            near = _alike(left, limits.include_artists)
            nearest = f" {_listed(near)} sound{'s' if len(near) == 1 else ''} near to it." if near else ""
            return Way(
                f"A search of the connected services may find it.{nearest}",
                tuple(f"something by {name}" for name in near),
            )
    return Way()


def _listed(names: Sequence[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _styles_of(artist: str) -> tuple[str, ...]:
    known = artists().get(artist_words(artist))
    return known.styles if known else ()


def _alike(tracks: Track.TrackQueries, asked: Sequence[str]) -> list[str]:
    """The best known artists here whose style the editor knows to be that of the asked ones."""
    styles = list(dict.fromkeys(style for name in asked for style in _styles_of(name)))[:3]
    if not styles:
        return []
    found = tracks.filter(annotation__styles__overlap=styles).exclude(artist="")
    ranked = (
        found.values_list("artist").annotate(fame=Max("annotation__fame")).order_by(F("fame").desc(nulls_last=True))
    )
    return [name for name, _ in ranked[:2]]


def _nearest(tracks: Track.TrackQueries, field: str, low: float | None, high: float | None) -> int:
    """The known value nearest to the limits; 0 where there is none."""
    known = tracks.exclude(**{f"{field}__isnull": True})
    around: list[float] = []
    if low is not None:
        around += known.filter(**{f"{field}__lt": low}).order_by(f"-{field}").values_list(field, flat=True)[:1]
    if high is not None:
        around += known.filter(**{f"{field}__gt": high}).order_by(field).values_list(field, flat=True)[:1]
    if not around:
        return 0
    nearest = min(around, key=lambda one: min(abs(one - edge) for edge in (low, high) if edge is not None))
    return round(nearest)


def _commonest(tracks: Track.TrackQueries, field: str) -> list[str]:
    found = tracks.exclude(**{field: ""}).values_list(field).annotate(n=Count("pk")).order_by("-n", field)
    counted: Counter[str] = Counter()
    for told, count in found[:MOST_VALUES]:
        counted[str(told).split(",")[0].strip()] += count
    return [name for name, _ in counted.most_common(3)]


MOST_VALUES = 200
