"""Celery's edge for running the site."""

from __future__ import annotations

from celery import shared_task


@shared_task(name="dylumo_site.tasks.back_up", ignore_result=True)
def back_up() -> None:
    """Looked at each hour, because beat counts anew whenever it starts."""
    from dylumo_site.ops import backup

    backup.when_due()
