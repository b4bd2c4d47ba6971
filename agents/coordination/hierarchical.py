"""Hierarchical: a supervisor plans the whole way, delegates step by step, and decides about another round."""

from __future__ import annotations

from agents.board import Board
from agents.coordination.base import Stage, Team, asks_again, next_round

ORDER = ("image_analysis", "music_understanding", "mapping", "recommendation", "evaluation")


def run(team: Team, board: Board, stage: Stage) -> Board:
    for name in ORDER:
        if team[name].ready(board):
            board = stage.call(team[name], board)
    while asks_again(board):
        board = next_round(board)
        board = stage.call(team["recommendation"], board)
        board = stage.call(team["evaluation"], board)
    return board
