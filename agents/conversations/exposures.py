"""What a person is really shown: told to the experiments whose arms made it."""

from __future__ import annotations

from agents.conversations.page import ConversationPage
from feedback.experiments.assignment import saw
from feedback.taste.impressions import first_shown


def log(page: ConversationPage) -> None:
    """The page's owner is being shown its list, if there is one."""
    if page.head is None or page.shared:
        return
    first_shown(page.head)
    owner, made = page.conversation.owner, next((turn for turn in page.turns if turn.playlist_id == page.head.pk), None)
    waited = max((page.head.created - made.created).total_seconds(), 0.0) if made else None
    saw(owner, page.head, waited, page.experiments)
