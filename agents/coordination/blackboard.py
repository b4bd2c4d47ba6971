"""Blackboard: shared typed state. An agent may fire when its precondition holds; a controller picks whose patch is
worth most now, until nobody has anything to add."""

from __future__ import annotations

from agents.board import Board
from agents.coordination.base import Stage, Team, asks_again, next_round
from agents.roles.base import failed

WORTH = {"evaluation": 5, "recommendation": 4, "mapping": 3, "image_analysis": 2, "music_understanding": 1}
"""The nearer an agent's patch is to a judged list, the sooner it fires: first tracks come as early as they can."""

MOST_FIRINGS = 12


def run(team: Team, board: Board, stage: Stage) -> Board:
    for _ in range(MOST_FIRINGS):
        if asks_again(board):
            board = next_round(board)
        able = [name for name, agent in team.items() if agent.ready(board) and not failed(board, name)]
        if not able:
            break
        board = stage.call(team[max(able, key=WORTH.__getitem__)], board)
    return board
