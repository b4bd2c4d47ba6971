"""Agents for tests of the coordination: quick real ones with given inputs, and broken ones."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from agents.board import Board, Patch
from agents.roles import team
from agents.roles.base import Agent
from agents.roles.image_analysis import ImageAnalysis
from core.schemas import ImageReading, Label, MusicBrief, RankedList

SUNSET = ImageReading(
    valence=0.75,
    arousal=0.35,
    valence_sd=0.12,
    arousal_sd=0.1,
    moods=(Label(name="peaceful", score=0.5), Label(name="tender", score=0.3)),
    scenes=(Label(name="sunset", score=0.8, kind="scene"),),
    phrase="warm sunset light over the sea",
    tier="lite",
    confidence=0.6,
)


def flipped(value: Any) -> Any:
    """The same with its valence turned round."""
    if isinstance(value, ImageReading | MusicBrief):
        return replace(value, valence=1 - value.valence)
    if isinstance(value, RankedList):
        return replace(value, tracks=tuple(replace(t, valence=1 - (t.valence or 0)) for t in value.tracks))
    return value


class Broken:
    """Takes a real agent's place and fails, dawdles or lies."""

    def __init__(self, agent: Agent, how: str) -> None:
        self.agent, self.how = agent, how
        self.name, self.title, self.gives = agent.name, agent.title, agent.gives
        self.patience = 0.2 if how == "slow" else agent.patience

    def ready(self, board: Board) -> bool:
        return self.agent.ready(board)

    def act(self, board: Board) -> Patch:
        if self.how == "dead":
            raise RuntimeError("out of order")
        if self.how == "slow":
            time.sleep(1.0)
        patch = self.agent.act(board)
        if self.how == "lying":
            return replace(patch, changes={name: flipped(value) for name, value in patch.changes.items()})
        if self.how == "overreaching":
            return replace(patch, changes={**patch.changes, "round": 7})
        return patch


def team_seeing(reading: ImageReading = SUNSET, **broken: str) -> dict[str, Agent]:
    """The five real agents, with the picture's reading given and some of them broken: ``mapping="dead"``."""
    members = team()
    members["image_analysis"] = ImageAnalysis(read=lambda path: reading)
    return {name: Broken(agent, broken[name]) if name in broken else agent for name, agent in members.items()}


PICTURE = (Path("photo.webp"),)
