"""What lies in the folds of a list's rows, fetched when one is opened: with all of it a page weighs twice as much."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from agents.conversations.page import ConversationPage
from core.errors import NotFound

PARTS = {name: f"conversations/part_{name}.html" for name in ("why", "listen", "never")}


def row_part(request: HttpRequest, page: ConversationPage, track_id: int, part: str) -> HttpResponse:
    """One part of one row, as the page itself would show it. Raises NotFound."""
    if part not in PARTS or (part == "never" and page.viewer is None):
        raise NotFound
    row = page.row_of(track_id)
    context = {"page": page, "conversation": page.conversation, "row": row, "track": row.track}
    return render(request, PARTS[part], context)
