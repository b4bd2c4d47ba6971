"""What all strategies share: calling one agent safely, and going on without one that fails.

``Stage.call`` is the only way a strategy reaches an agent. It looks for a cancel request, replays a step that an
earlier, lost worker already finished, runs the agent under its patience, records who changed what, and turns a
failure into a named ``Trouble`` plus the best patch that can be had without that agent.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from django.db import connection
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from agents.board import Board, Patch, Trouble, dump_patch, load_patch
from agents.coordination.fallbacks import COSTS, without
from agents.roles.base import Agent
from core import trace
from core.errors import DylumoError

log = logging.getLogger("dylumo.agents")

MOST_ROUNDS = 2
Team = Mapping[str, Agent]


class Stopped(Exception):
    """The turn was cancelled, or given to another worker."""


class Strategy(Protocol):
    def __call__(self, team: Team, board: Board, stage: Stage) -> Board:
        """Bring the board from an order to a judged list, calling agents through the stage."""
        ...


@dataclass(frozen=True, kw_only=True)
class Message:
    """One call of an agent: who, in which round, how long, which fields it changed; ``failed`` is an error's code."""

    agent: str
    round: int
    ms: float
    changed: tuple[str, ...]
    failed: str = ""


class Listener(Protocol):
    """What the outside does as agents work: show it, store it, stop it."""

    def proceed(self) -> bool:
        """False when the turn should stop."""
        ...

    def started(self, agent: Agent, round: int) -> None: ...

    def finished(self, agent: Agent, round: int, ms: float, patch: Patch, board: Board) -> None: ...

    def failed(self, agent: Agent, round: int, trouble: Trouble, board: Board) -> None: ...


class Unwatched:
    """A listener for runs nobody watches: the command line, studies."""

    def proceed(self) -> bool:
        return True

    def started(self, agent: Agent, round: int) -> None:
        """Nobody to tell."""

    def finished(self, agent: Agent, round: int, ms: float, patch: Patch, board: Board) -> None:
        """Nobody to tell."""

    def failed(self, agent: Agent, round: int, trouble: Trouble, board: Board) -> None:
        """The trouble is on the board."""


@dataclass
class Stage:
    """The agents' workplace for one turn. ``stored``: dumped patches by ``agent:round`` of an earlier attempt;
    ``perform``: how an agent is run, by default in a thread of its own that is given up after its patience."""

    listener: Listener
    perform: Callable[[Agent, Board], Patch] | None = None
    stored: dict[str, Any] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    last: Patch = field(default_factory=Patch)

    def call(self, agent: Agent, board: Board) -> Board:
        """Let one agent act; the board with its patch applied. Raises Stopped."""
        if not self.listener.proceed():
            raise Stopped
        key = f"{agent.name}:{board.round}"
        if key in self.stored:
            return self._apply(agent, board, load_patch(self.stored[key]), 0.0)
        self.listener.started(agent, board.round)
        begun = time.perf_counter()
        try:
            with trace.span(agent.name) as facts:
                facts["dylumo.round"] = board.round
                patch = (self.perform or act_within)(agent, board)
            if strange := set(patch.changes) - agent.gives:
                raise ValueError(f"{agent.name} may not set {sorted(strange)}")
        except Exception as error:
            return self._go_on_without(agent, board, error, (time.perf_counter() - begun) * 1000)
        ms = (time.perf_counter() - begun) * 1000
        after = self._apply(agent, board, patch, ms)
        self.stored[key] = dump_patch(patch)
        self.listener.finished(agent, board.round, ms, patch, after)
        if not self.listener.proceed():
            raise Stopped
        return after

    def _apply(self, agent: Agent, board: Board, patch: Patch, ms: float) -> Board:
        self.last = patch
        self.messages.append(Message(agent=agent.name, round=board.round, ms=ms, changed=tuple(patch.changes)))
        return board.patched(patch)

    def _go_on_without(self, agent: Agent, board: Board, error: Exception, ms: float) -> Board:
        if isinstance(error, DylumoError) and agent.name == "image_analysis" and error.status < 500:
            raise error  # the picture itself is at fault: the person must hear that, not a list made from nothing
        code = error.code if isinstance(error, DylumoError) else "too_slow" if isinstance(error, TooSlow) else "failed"
        log.warning("%s: %s", agent.name, code, exc_info=None if code == "too_slow" else error)
        message = _(COSTS[agent.name])
        if isinstance(error, DylumoError) and error.status < 500:  # what was given is at fault, not the agent
            message = f"{error.message} {error.hint}"
        trouble = Trouble(agent=agent.name, code=code, message=message)
        patch = without(agent.name, board)
        after = replace(board.patched(patch), troubles=(*board.troubles, trouble))
        self.last = patch
        self.messages.append(
            Message(agent=agent.name, round=board.round, ms=ms, changed=tuple(patch.changes), failed=code)
        )
        self.listener.failed(agent, board.round, trouble, after)
        return after


def act_within(agent: Agent, board: Board) -> Patch:
    """``agent.act`` in a thread of its own, given up after its patience. Raises TooSlow, or what the agent raised."""

    spoken = get_language()

    def act() -> Patch:
        try:
            with override(spoken):  # another thread has another language, whatever context it runs in
                return agent.act(board)
        finally:
            connection.close()

    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=agent.name)
    try:
        return pool.submit(copy_context().run, act).result(timeout=agent.patience)
    finally:
        pool.shutdown(wait=False)


def act_here(agent: Agent, board: Board) -> Patch:
    """``agent.act`` in this thread, however long it takes: for runs that nobody's page waits for."""
    return agent.act(board)


def asks_again(board: Board) -> bool:
    """Whether the evaluation wants another round and one is left."""
    return board.verdict is not None and board.verdict.again is not None and board.round < MOST_ROUNDS


def next_round(board: Board) -> Board:
    """The board with the evaluation's changed brief and the judged list put aside."""
    if board.verdict is None or board.verdict.again is None:
        return board
    return replace(
        board,
        brief=board.verdict.again,
        ranked=None,
        verdict=None,
        round=board.round + 1,
        corrections=(*board.corrections, *(told.text for told in board.verdict.suggestions[:1])),
    )
