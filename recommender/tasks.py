"""Celery's edge of this app: fetch by id, call one verb."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task


@shared_task(name="recommender.tasks.run_job", ignore_result=True)
def run_job(job_id: str) -> None:
    """Announced to the queue that ``library.queue_of`` names."""
    from recommender.library.jobs import runner

    runner.run(UUID(job_id))


@shared_task(name="recommender.tasks.sweep_jobs", ignore_result=True)
def sweep_jobs() -> int:
    from recommender.library.jobs import runner

    return runner.sweep()


@shared_task(name="recommender.tasks.tend_full_tier", ignore_result=True)
def tend_full_tier() -> None:
    from recommender.library import full_tier

    full_tier.tend()


@shared_task(name="recommender.tasks.refresh_libraries", ignore_result=True)
def refresh_libraries() -> int:
    from recommender.library.jobs import runner

    return runner.refresh_libraries()


@shared_task(name="recommender.tasks.forget_expired_copies", ignore_result=True)
def forget_expired_copies() -> int:
    from recommender.library import service_finds
    from recommender.library.importers import service_library

    service_finds.renew()
    return service_library.forget_expired()


@shared_task(name="recommender.tasks.forget_expired_listings", ignore_result=True)
def forget_expired_listings() -> int:
    from recommender.library import store_listings

    return store_listings.forget_expired()


@shared_task(name="recommender.tasks.forget_expired_pictures", ignore_result=True)
def forget_expired_pictures() -> int:
    from recommender.library import photos

    return photos.forget_expired()
