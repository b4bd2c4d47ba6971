"""Celery's edge: fetch by id, call one verb."""

from __future__ import annotations

from celery import shared_task

from agents.conversations import turns


@shared_task(name="agents.tasks.run_turn")
def run_turn(turn_id: str) -> None:
    from agents.conversations.run_turn import conduct

    if turn := turns.claim(turn_id):
        conduct(turn)


@shared_task(name="agents.tasks.sweep")
def sweep() -> dict[str, int]:
    return turns.sweep()
