"""What every agent is: a name, what it waits for, what it gives, and one act from board to patch."""

from __future__ import annotations

from typing import Protocol

from agents.board import Board, Patch


class Agent(Protocol):
    """One specialist.

    ``name``: stable identifier; ``title``: what the person reads while it works; ``patience``: seconds before the
    coordination goes on without it; ``gives``: the board fields it may set.
    """

    name: str
    title: str
    patience: float
    gives: frozenset[str]

    def ready(self, board: Board) -> bool:
        """Whether there is something for this agent to do on this board."""
        ...

    def act(self, board: Board) -> Patch:
        """Do it. May raise; the coordination then goes on without this agent and says so."""
        ...


def failed(board: Board, agent: str) -> bool:
    """Whether that agent was already given up in this round of the turn."""
    return any(trouble.agent == agent for trouble in board.troubles)
