"""Peer to peer: no centre. Each agent hands over to the colleague it thinks should go next, within bounded hops.

A colleague that failed cannot hand over: the message goes back to the sender, who passes it on to the next in the
address list every agent holds.
"""

from __future__ import annotations

from agents.board import Board
from agents.coordination.base import Stage, Team, asks_again, next_round

ADDRESSES = ("image_analysis", "music_understanding", "mapping", "recommendation", "evaluation")
MOST_HOPS = 12


def run(team: Team, board: Board, stage: Stage) -> Board:
    name: str | None = ADDRESSES[0]
    for _ in range(MOST_HOPS):
        if name is None:
            break
        if team[name].ready(board):
            board = stage.call(team[name], board)
            chosen = stage.last.hand_to
        else:
            chosen = None
        if name == "evaluation" and asks_again(board):
            board, chosen = next_round(board), "recommendation"
        name = chosen or _next_address(name)
    return board


def _next_address(name: str) -> str | None:
    place = ADDRESSES.index(name) + 1
    return ADDRESSES[place] if place < len(ADDRESSES) else None
