"""Celery's edge: fetch by id, call one verb."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from agents.conversations import showcase, turns


@shared_task(name="agents.tasks.run_turn")
def run_turn(_turn_id: str) -> None:
    """One message is one turn to be run; which one is said by whose turn it is, not by whose message comes first."""
    from agents.conversations.run_turn import conduct

    if turn := turns.claim_next():
        conduct(turn)


@shared_task(name="agents.tasks.sweep")
def sweep() -> dict[str, int]:
    return turns.sweep()


@shared_task(name="agents.tasks.resolve")
def resolve(conversation_id: str) -> None:
    from agents.conversations import resolving

    resolving.resolve(UUID(conversation_id))


@shared_task(name="agents.tasks.keep_samples")
def keep_samples() -> int:
    """The lists of the first page's sample photos."""
    return showcase.keep()
