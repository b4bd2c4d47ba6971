"""Why a track fits, told to others than the person it was chosen for: without what is known of that person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from recommender.ranking.explain import KEYS
from recommender.ranking.pipeline import PERSONAL

WORDS = {
    "affect": "It feels near the picture or the words",
    "mood": "Its mood is near that of the picture or the words",
    "semantic": "Its title and style come close in meaning",
    "bridge": "People's ratings place songs like it near the picture",
    "genre": "Its style fits",
    "instruments": "Its instruments fit",
    "sound": "Its sound fits",
    "names": "It was named",
    "likeness": "It is like a track that was pointed at",
}


def impersonal(parts: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The parts of a match that come from the brief."""
    return [part for part in parts if part["name"] not in PERSONAL]


def neutral_reason(reason: str, parts: Sequence[Mapping[str, Any]], profile: Any = None) -> str:
    """``reason`` where nothing of the person took part in the match; else one made from what else did."""
    others = impersonal(parts)
    if len(others) == len(parts):
        return reason
    best = max(others, key=lambda part: part["value"] * part["weight"], default=None)
    told = WORDS.get(best["name"], "It fits") if best else "It fits"
    facts = _facts(profile)
    return f"{told}: {facts}." if facts else f"{told}."


def _facts(profile: Any) -> str:
    if profile is None:
        return ""
    told = [f"{profile.tempo:.0f} bpm"] if profile.tempo is not None else []
    if profile.key is not None and profile.key >= 0 and profile.mode is not None:
        told.append(f"{KEYS[profile.key]} {'major' if profile.mode else 'minor'}")
    return ", ".join(told)
