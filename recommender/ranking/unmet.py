"""Limits that nothing meets: which they are, in plain words, and the nearest way on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later
from django.utils.translation import ngettext

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
        return (Unmet(limit="count", message=_("There are no tracks to choose from here.")),)
    groups = groups_of(limits)
    if never := [group for group in groups if not narrowed(tracks, only(limits, group)).exists()]:
        return tuple(
            Unmet(limit=group[0], message=sentence(limits, group), hint=way.hint, ways=way.ways)
            for group in never
            for way in (way_on(tracks, limits, group),)
        )
    alone = [group for group in groups if narrowed(tracks, limits, without=group).exists()]
    together = ", ".join(phrase(limits, group) for group in groups)
    message = _("Nothing here is all of this at once: {limits}.").format(limits=together)
    ways = [_(LET_GO[group[0]]) for group in alone or groups if group[0] in LET_GO]
    offered = tuple(dict.fromkeys(ways[:3]))
    said_so = _(" or ").join(f"“{way}”" for way in offered)
    hint = _("Say {ways} to let go of a limit.").format(ways=said_so) if ways else ""
    return tuple(Unmet(limit=group[0], message=message, hint=hint, ways=offered) for group in alone or groups)


@dataclass(frozen=True)
class Way:
    """The nearest way on: in a sentence, and as what may be said, the nearest first."""

    hint: str = ""
    ways: tuple[str, ...] = ()


LET_GO = {
    "year_min": later("any year"),
    "year_max": later("any year"),
    "tempo_min": later("any tempo"),
    "tempo_max": later("any tempo"),
    "genres": later("any style"),
    "exclude_genres": later("any style"),
    "include_artists": later("any artist"),
    "exclude_artists": later("any artist"),
    "language": later("any language"),
    "instrumental": later("vocals are fine"),
    "explicit": later("explicit is fine"),
    "live": later("live is fine"),
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
        between = _("between {low} and {high} beats a minute")
        return between.format(low=f"{limits.tempo_min:g}", high=f"{limits.tempo_max:g}")
    if tuple(group) == ("year_max",):
        return _("from before {year}").format(year=(limits.year_max or 0) + 1)
    return said(limits, group[0])


def years(low: int, high: int) -> str:
    """ "from the 90s", "from 1994", "from 1994 to 1997"."""
    if low % 10 == 0 and high == low + 9:
        decade = f"{low % 100:02d}" if 1930 <= low < 2000 else str(low)
        return _("from the {decade}s").format(decade=decade)
    return (_("from {low}") if low == high else _("from {low} to {high}")).format(low=low, high=high)


def sentence(limits: Limits, group: Sequence[str]) -> str:
    """ "No track here is from the 90s.", "No Radiohead in this library."."""
    match group[0]:
        case "include_artists":
            return _("No {what} in this library.").format(what=_(" or ").join(limits.include_artists))
        case "genres":
            return _("No {what} in this library.").format(what=_(" or ").join(limits.genres))
        case "live":
            return _("No live recording is here.") if limits.live else _("Only live recordings are here.")
        case "explicit":
            return _("Nothing explicit is here.") if limits.explicit else _("Everything here is marked as explicit.")
        case "instrumental":
            return _("No track here is known to be {what}.").format(what=said(limits, "instrumental"))
        case "exclude_artists" | "exclude_genres":
            return _("Nothing is left here with {limit}.").format(limit=phrase(limits, group))
        case "tempo_min" | "tempo_max":
            return _("No track here has {limit}.").format(limit=phrase(limits, group))
    return _("No track here is {limit}.").format(limit=phrase(limits, group))


def way_on(tracks: Track.TrackQueries, limits: Limits, group: Sequence[str]) -> Way:
    """The nearest that the other limits leave; empty where nothing can be named."""
    left = narrowed(tracks, limits, without=group)
    if not left.exists():
        left = tracks
    match group[0]:
        case "year_min" | "year_max":
            year = _nearest(left, "year", limits.year_min, limits.year_max)
            decade = _("only {decade}s").format(decade=year // 10 * 10)
            return Way(_("The nearest is from {year}.").format(year=year), (decade,)) if year else Way()
        case "tempo_min" | "tempo_max":
            low, high = limits.tempo_min, limits.tempo_max
            tempo = _nearest(left, "profile__tempo", low, high)
            around = _("around {tempo} bpm").format(tempo=tempo)
            nearest_tempo = _("The nearest has {tempo} beats a minute.").format(tempo=tempo)
            return Way(nearest_tempo, (around,)) if tempo else Way()
        case "genres":
            names = _commonest(left, "genre")
            most = _("Most here is {styles}.").format(styles=_listed(names))
            return Way(most, tuple(_("only {style}").format(style=name) for name in names)) if names else Way()
        case "language":
            names = _commonest(left, "language")
            tongues = [_(name.title()) for name in names]
            said_in = tuple(_("only in {language}").format(language=name) for name in tongues)
            sung = _("What is here is sung in {languages}.").format(languages=_listed(tongues))
            return Way(sung, said_in) if names else Way()
        case "include_artists":
            near = _alike(left, limits.include_artists)
            if not near:
                return Way()
            close = ngettext("{artists} sounds near to it.", "{artists} sound near to it.", len(near))
            return Way(
                close.format(artists=_listed(near)),
                tuple(_("something by {artist}").format(artist=name) for name in near),
            )
    return Way()


def _listed(names: Sequence[str]) -> str:
    return _(" or ").join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


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
