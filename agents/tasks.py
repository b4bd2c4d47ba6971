"""Celery's edge: fetch by id, call one verb."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import shared_task

from agents.conversations import refreshes, showcase, turns


@shared_task(name="agents.tasks.run_turn", bind=True)
def run_turn(self: Any, _turn_id: str) -> None:
    """One message is one turn to be run; which one is said by whose turn it is, not by whose message comes first."""
    from agents.conversations import run_turn as worker

    if turn := turns.claim_next():
        with turns.noted(str(self.request.hostname), turn), turns.traced(turn):
            worker.run_turn(turn)
            showcase.turn_ended(turn)


@shared_task(name="agents.tasks.warm_up")
def warm_up() -> None:
    """A model has come: the worker loads it before somebody waits for it."""
    from agents.conversations import run_turn as worker

    worker.warm_up()


@shared_task(name="agents.tasks.sweep")
def sweep() -> dict[str, int]:
    return turns.sweep()


@shared_task(name="agents.tasks.refresh_lists")
def refresh_lists() -> int:
    """New songs for the lists whose day has come."""
    return refreshes.sweep()


@shared_task(name="agents.tasks.resolve")
def resolve(conversation_id: str, playlist_id: str | None = None) -> None:
    from agents.conversations import resolving

    # A message of the version before names no list: whoever opens the page asks again.
    if playlist_id:
        resolving.resolve(UUID(conversation_id), UUID(playlist_id))


@shared_task(name="agents.tasks.second_wave")
def second_wave(turn_id: str) -> None:
    from agents.conversations import second_wave

    second_wave.bring(UUID(turn_id))


@shared_task(name="agents.tasks.keep_samples")
def keep_samples() -> int:
    """The lists of the first page's sample photos."""
    return showcase.keep()
