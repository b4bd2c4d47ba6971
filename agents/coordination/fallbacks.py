"""The best that can be had without one agent, and what the person is told it cost."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_noop as later

from agents.board import Board, Patch
from core.schemas import MusicBrief
from feedback.taste import profile
from recommender.ranking.pipeline import nearest_only

COSTS = {
    "image_analysis": later("The picture could not be read this time, so the list goes by your words alone."),
    "music_understanding": later("The music could not be surveyed this time; the list is made without that."),
    "mapping": later("The picture could not be turned into a full brief; the list follows its mood point alone."),
    "recommendation": later("The full ranking was not available; these are simply the tracks nearest in mood."),
    "evaluation": later("This list was not double-checked."),
}


def without(agent: str, board: Board) -> Patch:
    """A patch in place of the one the agent should have made."""
    if agent == "mapping":
        return Patch(changes={"brief": plain_brief(board)})
    if agent == "recommendation" and board.brief is not None:
        refused = profile.refused_by(board.order.person_id)
        ranked = nearest_only(board.brief, board.order.person_id, exclude={*board.order.drop, *refused})
        return Patch(changes={"ranked": ranked})
    return Patch()


def plain_brief(board: Board) -> MusicBrief:
    """The brief as it was, else just the point on the affect plane; with every limit that was asked for."""
    order = board.order
    brief = order.previous or MusicBrief(valence=0.5, arousal=0.5, spread=0.25)
    if board.reading:
        brief = replace(brief, valence=board.reading.valence, arousal=board.reading.arousal)
    for words in order.words:
        brief = replace(brief, limits=brief.limits.merged(words.limits))
        if words.valence is not None and words.arousal is not None:
            brief = replace(brief, valence=words.valence, arousal=words.arousal)
    return brief
