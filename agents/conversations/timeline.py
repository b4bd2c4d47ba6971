"""The agents' parts in a turn, as the page and the API tell of them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext_noop as later

from agents.models import Turn

AGENTS = {
    "image_analysis": later("Looking at the picture"),
    "music_understanding": later("Seeing what music there is"),
    "mapping": later("Deciding what it is about"),
    "recommendation": later("Choosing tracks"),
    "evaluation": later("Checking the list"),
}


@dataclass(frozen=True)
class Step:
    """One agent's part in a turn. ``state``: waiting, running, done or failed; ``ms`` None until it has ended."""

    agent: str
    title: str
    state: str
    summary: str = ""
    ms: float | None = None

    @property
    def took(self) -> str:
        if self.ms is None:
            return ""
        return in_seconds(self.ms / 1000) if self.ms >= 1000 else f"{self.ms:.0f} ms"


def in_seconds(seconds: float) -> str:
    return f"{number_format(seconds, 1)} s"


def steps_of(turn: Turn) -> list[Step]:
    """All five agents in their usual order, those that did nothing yet as waiting."""
    noted = turn.steps.get("agents", {})
    return [
        Step(
            agent,
            noted.get(agent, {}).get("title") or title,
            noted.get(agent, {}).get("state", "waiting"),
            noted.get(agent, {}).get("summary", ""),
            noted.get(agent, {}).get("ms"),
        )
        for agent, title in AGENTS.items()
    ]
