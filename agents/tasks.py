"""Celery's edge: fetch by id, call one verb."""

from __future__ import annotations

from celery import shared_task

from agents.conversations import turns


@shared_task(name="agents.tasks.run_turn")
def run_turn(_turn_id: str) -> None:
    """One message is one turn to be run; which one is said by whose turn it is, not by whose message comes first."""
    from agents.conversations import run_turn as worker

    if turn := turns.claim_next():
        worker.run_turn(turn)


@shared_task(name="agents.tasks.sweep")
def sweep() -> dict[str, int]:
    return turns.sweep()
