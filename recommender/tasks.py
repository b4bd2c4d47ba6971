"""Celery's edge of the catalogue: fetch by id, call one verb."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task


@shared_task(ignore_result=True)
def run_job(job_id: str) -> None:
    """Announced to the queue that ``library.queue_of`` names."""
    from recommender.catalogue import library

    library.run(UUID(job_id))


@shared_task(ignore_result=True)
def sweep_jobs() -> int:
    from recommender.catalogue import library

    return library.sweep()
