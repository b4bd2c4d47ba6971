"""The five agents: what each reads, what it gives, what it says of its work."""

from __future__ import annotations

from agents.roles.base import Agent
from agents.roles.evaluation import Evaluation
from agents.roles.image_analysis import ImageAnalysis
from agents.roles.mapping import Mapping
from agents.roles.music_understanding import MusicUnderstanding
from agents.roles.recommendation import Recommendation


def team() -> dict[str, Agent]:
    """A fresh team, by name."""
    agents: tuple[Agent, ...] = (ImageAnalysis(), MusicUnderstanding(), Mapping(), Recommendation(), Evaluation())
    return {agent.name: agent for agent in agents}
