"""Agent 3: what was seen and said to a musical brief; and, with a song given, how well the two fit."""

from __future__ import annotations

from agents.board import Board, Patch
from agents.roles.base import failed
from recommender import alignment, mapping
from recommender.mapping.vectors import Embed
from recommender.perception.encoders import embed_texts
from recommender.values import Alignment, MusicBrief


class Mapping:
    name = "mapping"
    title = "Turning what was seen into music"
    patience = 60.0
    gives = frozenset({"brief", "alignment"})

    def __init__(self, embed: Embed = embed_texts) -> None:
        self._embed = embed

    def ready(self, board: Board) -> bool:
        if board.brief is not None:
            return False
        order = board.order
        pictured = bool(order.pictures or order.cached)
        seen = not pictured or board.reading is not None or failed(board, "image_analysis")
        surveyed = board.pool is not None or failed(board, "music_understanding")
        return seen and surveyed

    def act(self, board: Board) -> Patch:
        brief = self._brief(board)
        if board.heard:
            brief = mapping.with_song(brief, board.heard)
        fit = alignment.align(board.reading, board.heard) if board.reading and board.heard else None
        return Patch(
            changes={"brief": brief, "alignment": fit}, summary=describe(brief, fit), hand_to="recommendation"
        )

    def _brief(self, board: Board) -> MusicBrief:
        order = board.order
        if order.refining and order.previous is not None:
            start = mapping.towards(order.previous, order.like) if order.like else order.previous
            return mapping.move(start, order.words, order.current, embed=self._embed)
        if board.reading is None and not order.words and board.heard:
            return MusicBrief(valence=board.heard.valence, arousal=board.heard.arousal)
        return mapping.brief_for(
            board.reading,
            order.words,
            reasoning=order.reasoning,
            count=order.count,
            previous=order.previous,
            embed=self._embed,
        )


def describe(brief: MusicBrief, fit: Alignment | None = None) -> str:
    mood = "bright" if brief.valence > 0.58 else "dark" if brief.valence < 0.42 else "balanced"
    drive = "lively" if brief.arousal > 0.58 else "calm" if brief.arousal < 0.42 else "moderate"
    text = f"{mood.capitalize()} and {drive} music"
    if wanted := [label.name for label in brief.moods if label.score > 0][:3]:
        text += f": {', '.join(wanted)}"
    if limits := brief.limits.asked():
        text += f"; {len(limits)} limit{'s' if len(limits) > 1 else ''} to keep"
    if fit:
        text += f"; your song fits the picture {round(fit.score)} of 100"
    return text
