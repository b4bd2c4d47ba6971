"""Celery's edge for running the site."""

from __future__ import annotations

from celery import shared_task

LONGEST_PAUSE = 3600
MOST_TRIES = 24 * 30


@shared_task(name="dylumo_site.tasks.back_up", ignore_result=True)
def back_up() -> None:
    """Looked at each hour, because beat counts anew whenever it starts."""
    from dylumo_site.ops import backup

    backup.when_due()


@shared_task(
    name="dylumo_site.tasks.delete_file",
    ignore_result=True,
    autoretry_for=(Exception,),
    retry_backoff=True,
    retry_backoff_max=LONGEST_PAUSE,
    max_retries=MOST_TRIES,
)
def delete_file(name: str) -> None:
    """A file that was to be deleted while the store did not answer; tried for a month."""
    from django.core.files.storage import default_storage

    from dylumo_site.bucket import Bucket

    if isinstance(default_storage, Bucket):
        default_storage.delete_now(name)
    else:  # the site has moved back to the disk meanwhile
        default_storage.delete(name)
