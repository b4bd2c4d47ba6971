"""A conversation in memory as programs are told of it: the one shape of the command line and of assistants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agents.conversations.in_memory import LocalTeam, Said, Talk
from core.errors import Unavailable
from core.schemas import dump
from recommender.models import Track


def as_json(talk: Talk, team: LocalTeam, turns: Sequence[Said]) -> dict[str, Any]:
    """The command line's shape; ``timings`` are milliseconds by agent, and by step of the ranking. The brief's vector
    (384 numbers for machines only) is left out. An agent that failed is named among what was not met."""
    version = talk.shown
    if version is None and talk.pictured:
        raise Unavailable("No list could be made.", hint=" ".join(trouble.message for trouble in team.troubles))
    tracks = version.ranked.tracks if version else ()
    known = {
        pk: {"year": year, "styles": styles or []}
        for pk, year, styles in Track.objects.filter(pk__in=[track.track_id for track in tracks]).values_list(
            "pk", "year", "annotation__styles"
        )
    }
    hidden = ("vector", "takes")
    shown = {name: value for name, value in dump(version.brief).items() if name not in hidden} if version else None
    troubles = [{"limit": trouble.agent, "message": trouble.message} for trouble in team.troubles]
    timings = {**team.took, **(version.ranked.timings if version else {})}
    return {
        "reading": dump(team.reading) if team.reading else None,
        "takes": [
            {"name": take.title, "styles": list(take.styles), "why": take.why, "score": take.chance}
            for take in (version.brief.takes if version else ())
        ],
        "brief": _rounded(shown),
        "tracks": [
            {
                "rank": track.rank,
                "title": track.title,
                "artist": track.artist,
                **known.get(track.track_id, {"year": None, "styles": []}),
                "score": track.score,
                "parts": [dump(part) for part in track.parts],
                "reason": track.reason,
                "links": dict(track.links),
            }
            for track in tracks
        ],
        "turns": [turn.as_json() for turn in turns],
        "unmet": [*(dump(unmet) for unmet in (turns[-1].unmet if turns else ())), *troubles],
        "timings": {name: round(ms, 1) for name, ms in timings.items()},
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    return [_rounded(inner) for inner in value] if isinstance(value, list) else value
