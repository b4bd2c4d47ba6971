"""The ways of making a list that a study can compare, read from its settings."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import BadInput
from core.schemas import ImageReading, MusicBrief, RankedList
from feedback.treatments import treatment_from
from recommender import mapping
from recommender.ranking.baselines import BASELINES, baseline_list
from recommender.ranking.pipeline import recommend

COMPARABLE = ("reasoning", "weights")
"""What two lists of a study may differ in: the rest of a treatment shapes conversations, not single lists."""
USUAL = "usual"
LONGEST_NAME = 40
MOST_WAYS = 6

Way = Mapping[str, Any]
"""A ``Treatment`` as JSON with ``COMPARABLE`` alone, or ``{"list": NAME}``: one of ``BASELINES``, else a list that is
given with the photos."""
Songs = Sequence[tuple[str, str]]
"""Titles and artists, in order."""


def checked_settings(settings: Any) -> dict[str, Any]:
    """One way. Raises BadTreatment, and BadInput for what does not shape a single list."""
    if isinstance(settings, Mapping) and "list" in settings:
        name = settings["list"]
        if len(settings) > 1 or not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_NAME:
            raise BadInput(
                'A list that is not Dylumo\'s is {"list": NAME}.',
                hint=f"Use: {', '.join(BASELINES)}, or the name of a list that you give with the photos.",
            )
        return {"list": name.strip()}
    treatment_from(settings)
    if wrong := sorted(set(settings) - set(COMPARABLE)):
        raise BadInput(f"A study cannot compare {', '.join(wrong)}.", hint=f"Use: list, {', '.join(COMPARABLE)}.")
    return dict(settings)


def checked_rivals(settings: Any) -> dict[str, Any] | list[dict[str, Any]]:
    """One way, or several in a list. Raises as ``checked_settings``."""
    if not isinstance(settings, list):
        return checked_settings(settings)
    if not 1 <= len(settings) <= MOST_WAYS:
        raise BadInput(f"Give 1 to {MOST_WAYS} ways.")
    return [checked_settings(one) for one in settings]


def rivals_of(settings: Any) -> dict[str, Way]:
    """What stands against list A, by name."""
    told = checked_rivals(settings)
    return {name_of(one): one for one in (told if isinstance(told, list) else [told])}


def name_of(way: Way) -> str:
    return str(way.get("list") or (json.dumps(way, sort_keys=True)[:120] if way else USUAL))


def is_written(way: Way) -> bool:
    return "list" in way and way["list"] not in BASELINES


def made(way: Way, reading: ImageReading, *, count: int, seed: int) -> tuple[MusicBrief, RankedList]:
    """The list that this way gives for a photo, of tracks that everybody may see, and what it was made for."""
    if "list" in way:
        brief = mapping.brief_for(reading, count=count)
        return brief, baseline_list(way["list"], reading, brief, seed)
    treatment = treatment_from(way)
    brief = mapping.brief_for(reading, reasoning=treatment.reasoning or "hybrid", count=count)
    return brief, recommend(brief, None, weights=treatment.weights or None, seed=seed)


def written_lists(text: str) -> dict[str, dict[str, Songs]]:
    """By name of a list and of a photo, the songs that somebody wrote down for it: a JSON object a line, ``{"file":
    PHOTO, "tracks": [[TITLE, ARTIST], ...], "list": NAME}``; without a name it is ``editor``. Raises BadInput."""
    found: dict[str, dict[str, Songs]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            songs = [(str(title)[:300], str(artist)[:300]) for title, artist in row["tracks"]]
            found.setdefault(str(row.get("list", "editor")), {})[str(row["file"])] = songs
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadInput(
                f"Line {number} is not a list of songs.",
                hint='Write {"file": "beach.jpg", "tracks": [["Title", "Artist"], ...]}, one photo a line.',
            ) from error
    return found
