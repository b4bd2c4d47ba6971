"""An agent with a meter: what each call takes."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from agents.board import Board, Patch, dump_patch
from agents.roles.base import Agent


@dataclass(frozen=True, kw_only=True)
class Spent:
    """Milliseconds by the clock and of this process's processor time; ``letters``: of the patch as JSON."""

    ms: float
    cpu_ms: float
    letters: float


class Metered:
    """Takes a real agent's place, does as it does, and keeps what every call took."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.name, self.title, self.patience, self.gives = agent.name, agent.title, agent.patience, agent.gives
        self.spent: list[Spent] = []

    def ready(self, board: Board) -> bool:
        return self.agent.ready(board)

    def act(self, board: Board) -> Patch:
        began, cpu = time.perf_counter(), time.process_time()
        patch = self.agent.act(board)
        ms, cpu_ms = (time.perf_counter() - began) * 1000, (time.process_time() - cpu) * 1000
        letters = float(len(json.dumps(dump_patch(patch), ensure_ascii=False)))
        self.spent.append(Spent(ms=ms, cpu_ms=cpu_ms, letters=letters))
        return patch
