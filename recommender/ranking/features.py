"""The tracks under consideration as columns, so that scoring is a few array operations; what a whole set is like."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.contrib.postgres.fields import ArrayField
from django.db.models import Aggregate, Count, FloatField, Q
from numpy.typing import NDArray

from core.schemas import Label
from recommender.library.audio_profiles import FEATURE_COLUMNS
from recommender.models import Track
from recommender.ranking.filters import Facts

_FIELDS = (
    "id",
    "title",
    "artist",
    "genre",
    "year",
    "duration",
    "explicit",
    "live",
    "language",
    "popularity",
    "profile__moods",
    "profile__genres",
    "profile__instruments",
    "annotation__styles",
    "annotation__themes",
    "annotation__moods",
    "annotation__fame",
    "annotation__valence",
    "annotation__arousal",
    "annotation__provenance",
    "annotation__vocals",
    *(f"profile__{name}" for name in FEATURE_COLUMNS),
)
_PLACE = {name: place for place, name in enumerate(_FIELDS)}
JUDGED, MEASURED = 0.7, 0.3
"""What an editor's judgement of a song's valence and arousal, and a table's or an analysis's figure, count for where
both are known (`evaluate songs`)."""
ANNOTATED_MOOD = 0.8
"""The score of a mood that an editor heard, beside those heard by analysis."""
_FIRST_FEATURE = len(_FIELDS) - len(FEATURE_COLUMNS)


@dataclass(frozen=True, eq=False, kw_only=True)
class Pool:
    """``n`` tracks. ``columns``: (n,) arrays by feature name, plus ``familiarity`` 0..1; NaN where not known.
    ``text_similarity``: (n,) cosine similarity with the brief's text vector, NaN where a track has none.
    ``name_match``: (n,) 0..1, how surely the words named the track or its artist; NaN everywhere when they named
    nothing. ``styles``, ``themes`` and ``vocals``: what an editor knows, empty where nothing is; ``provenance``:
    whether it is known of the song, its artist or its genre; ``fame`` is among the columns."""

    ids: NDArray[np.int64]
    facts: tuple[Facts, ...]
    columns: Mapping[str, NDArray[np.float64]]
    moods: tuple[Mapping[str, float], ...]
    genres: tuple[Mapping[str, float], ...]
    instruments: tuple[Mapping[str, float], ...]
    text_similarity: NDArray[np.float64]
    name_match: NDArray[np.float64]
    styles: tuple[tuple[str, ...], ...] = ()
    themes: tuple[tuple[str, ...], ...] = ()
    vocals: tuple[str, ...] = ()
    provenance: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, nothing in (("styles", ()), ("themes", ()), ("vocals", ""), ("provenance", "")):
            if not getattr(self, name):  # nothing is known of any track
                object.__setattr__(self, name, (nothing,) * len(self.ids))

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: Sequence[int] | NDArray[np.intp]) -> Pool:
        """The tracks at these rows, in this order."""
        chosen = np.asarray(rows, dtype=np.intp)
        return Pool(
            ids=self.ids[chosen],
            facts=tuple(self.facts[row] for row in chosen),
            columns={name: column[chosen] for name, column in self.columns.items()},
            moods=tuple(self.moods[row] for row in chosen),
            genres=tuple(self.genres[row] for row in chosen),
            instruments=tuple(self.instruments[row] for row in chosen),
            text_similarity=self.text_similarity[chosen],
            name_match=self.name_match[chosen],
            styles=tuple(self.styles[row] for row in chosen),
            themes=tuple(self.themes[row] for row in chosen),
            vocals=tuple(self.vocals[row] for row in chosen),
            provenance=tuple(self.provenance[row] for row in chosen),
        )


def load(
    tracks: Track.TrackQueries,
    ids: Sequence[int],
    text_similarity: Mapping[int, float] | None = None,
    name_match: Mapping[int, float] | None = None,
) -> Pool:
    """The given tracks' rows in the order of ``ids``; ids that ``tracks`` does not hold are left out.

    ``name_match``: by id, for those that were named at all; None when nothing was named.
    """
    rows = {row[0]: row for row in tracks.filter(pk__in=ids).order_by().values_list(*_FIELDS)}
    found = [rows[one] for one in dict.fromkeys(ids) if one in rows]
    table = np.array([row[_FIRST_FEATURE:] for row in found], dtype=np.float64).reshape(
        len(found), len(FEATURE_COLUMNS)
    )
    columns = {name: table[:, place] for place, name in enumerate(FEATURE_COLUMNS)}
    columns["familiarity"] = np.array([row[9] for row in found], dtype=np.float64)
    columns["fame"] = _column(found, "annotation__fame")
    for name in ("valence", "arousal"):
        columns[name] = judged(columns[name], _column(found, f"annotation__{name}"))
    near = text_similarity or {}
    return Pool(
        ids=np.array([row[0] for row in found], dtype=np.int64),
        facts=tuple(_facts(row) for row in found),
        columns=columns,
        moods=tuple(_moods(row) for row in found),
        genres=tuple(row[11] or {} for row in found),
        instruments=tuple(row[12] or {} for row in found),
        text_similarity=np.array([near.get(row[0], np.nan) for row in found], dtype=np.float64),
        name_match=np.array(
            [np.nan if name_match is None else name_match.get(row[0], 0.0) for row in found], dtype=np.float64
        ),
        styles=tuple(tuple(row[_PLACE["annotation__styles"]] or ()) for row in found),
        themes=tuple(tuple(row[_PLACE["annotation__themes"]] or ()) for row in found),
        vocals=tuple(row[_PLACE["annotation__vocals"]] or "" for row in found),
        provenance=tuple(row[_PLACE["annotation__provenance"]] or "" for row in found),
    )


def _column(rows: Sequence[tuple[Any, ...]], name: str) -> NDArray[np.float64]:
    return np.array([row[_PLACE[name]] for row in rows], dtype=np.float64)


def judged(measured: NDArray[np.float64], known: NDArray[np.float64]) -> NDArray[np.float64]:
    """What is known of a song's mood beats what is measured, and both together beat either."""
    both = JUDGED * known + MEASURED * measured
    return np.where(np.isnan(known), measured, np.where(np.isnan(measured), known, both))


def _moods(row: tuple[Any, ...]) -> Mapping[str, float]:
    """An editor's moods come first; those of an analysis or a table stand beside them."""
    heard: Mapping[str, float] = row[_PLACE["profile__moods"]] or {}
    told = row[_PLACE["annotation__moods"]]
    return (
        {**{name: 0.5 * score for name, score in heard.items()}, **dict.fromkeys(told, ANNOTATED_MOOD)}
        if told
        else heard
    )


def _facts(row: tuple[Any, ...]) -> Facts:
    told = dict(zip(_FIELDS, row, strict=True))
    names = ("title", "artist", "genre", "year", "duration", "explicit", "live", "language")
    known: dict[str, Any] = {name: told[name] for name in names}
    for name in ("tempo", "instrumentalness", "liveness", "speechiness"):
        value = told[f"profile__{name}"]
        known[name] = None if value is None or math.isnan(value) else value
    styles = told["annotation__styles"]
    return Facts(**known, genres=told["profile__genres"] or {}, styles=None if styles is None else tuple(styles))


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What there is to choose from. ``valence``/``arousal``: 10th, 50th and 90th percentile; ``unheard``: how many
    have no sound features; ``genres``: the commonest, with their share of the tracks whose style is known."""

    size: int
    valence: tuple[float, float, float]
    arousal: tuple[float, float, float]
    unheard: int
    genres: tuple[Label, ...]


class Percentiles(Aggregate):
    """The 10th, 50th and 90th percentile."""

    function = "percentile_cont"
    template = "%(function)s(ARRAY[0.1, 0.5, 0.9]) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = ArrayField(FloatField())


def summarise(person_id: int | None, scope: Sequence[int] | None = None) -> Summary:
    """What this person may be given: the shared catalogue and their own tracks, or those of ``scope`` among them."""
    tracks = Track.objects.filter(Q(owner__isnull=True) | Q(owner_id=person_id))
    if scope is not None:
        tracks = tracks.filter(pk__in=scope)
    heard = Q(profile__valence__isnull=False, profile__arousal__isnull=False)
    told = tracks.aggregate(
        size=Count("id"),
        heard=Count("id", filter=heard),
        valence=Percentiles("profile__valence"),
        arousal=Percentiles("profile__arousal"),
    )
    styles = tracks.exclude(genre="").order_by().values("genre").annotate(count=Count("id")).order_by("-count", "genre")
    named = list(styles.values_list("genre", "count"))
    known = sum(count for _, count in named) or 1
    return Summary(
        size=told["size"],
        valence=_three(told["valence"]),
        arousal=_three(told["arousal"]),
        unheard=told["size"] - told["heard"],
        genres=tuple(Label(name=name, score=round(count / known, 4), kind="genre") for name, count in named[:8]),
    )


def _three(values: Sequence[float] | None) -> tuple[float, float, float]:
    low, middle, high = values or (0.5, 0.5, 0.5)
    return float(low), float(middle), float(high)
