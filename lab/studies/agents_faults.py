"""Agents that fail: dead, slow, or lying with the sign of valence turned round."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TypeVar

from agents.board import Board, Patch, PoolReading
from agents.roles.base import Agent
from core.schemas import ImageReading, MusicBrief

SLOWER_BY = 2.0
KINDS = ("dead", "slow", "lying")

Value = TypeVar("Value")


class Faulty:
    """Takes a real agent's place. A liar that makes a value gives it with its valence turned round; one that works by
    the brief (recommendation, evaluation) works by the brief turned round."""

    def __init__(self, agent: Agent, how: str) -> None:
        self.agent, self.how = agent, how
        self.name, self.title, self.patience, self.gives = agent.name, agent.title, agent.patience, agent.gives

    def ready(self, board: Board) -> bool:
        return self.agent.ready(board)

    def act(self, board: Board) -> Patch:
        if self.how == "dead":
            raise RuntimeError("out of order")
        if self.how == "slow":
            time.sleep(SLOWER_BY)
            return self.agent.act(board)
        if self.name in ("recommendation", "evaluation") and board.brief:
            return self.agent.act(replace(board, brief=turned(board.brief)))
        patch = self.agent.act(board)
        return replace(patch, changes={name: turned(value) for name, value in patch.changes.items()})


def turned(value: Value) -> Value:
    """The same with its valence turned round; what has none comes back as it is."""
    if isinstance(value, ImageReading | MusicBrief):
        return replace(value, valence=1.0 - value.valence)
    if isinstance(value, PoolReading):
        low, middle, high = value.valence
        return replace(value, valence=(1.0 - high, 1.0 - middle, 1.0 - low))
    return value
