"""Why a track fits, told to others than the person it was chosen for: without what is known of that person."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from recommender.ranking.explain import tempo_and_key
from recommender.ranking.pipeline import PERSONAL

WORDS = {
    "affect": later("It feels near the picture or the words"),
    "mood": later("Its mood is near that of the picture or the words"),
    "semantic": later("Its title and style come close in meaning"),
    "bridge": later("People's ratings place songs like it near the picture"),
    "genre": later("Its style fits"),
    "instruments": later("Its instruments fit"),
    "sound": later("Its sound fits"),
    "names": later("It was named"),
    "likeness": later("It is like a track that was pointed at"),
}

FITS = later("It fits")


def impersonal(parts: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The parts of a match that come from the brief."""
    return [part for part in parts if part["name"] not in PERSONAL]


def neutral_reason(reason: str, parts: Sequence[Mapping[str, Any]], profile: Any = None) -> str:
    """``reason`` where nothing of the person took part in the match; else one made from what else did."""
    others = impersonal(parts)
    if len(others) == len(parts):
        return reason
    best = max(others, key=lambda part: part["value"] * part["weight"], default=None)
    told = _(WORDS.get(best["name"], FITS) if best else FITS)
    facts = _facts(profile)
    return f"{told}: {facts}." if facts else f"{told}."


def _facts(profile: Any) -> str:
    if profile is None:
        return ""
    told = (profile.tempo, profile.key, profile.mode)
    return tempo_and_key(*(math.nan if one is None else one for one in told))
