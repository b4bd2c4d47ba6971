"""Celery's edge for accounts."""

from __future__ import annotations

from celery import shared_task

from accounts import guests
from accounts.connections import credentials


@shared_task(name="accounts.tasks.forget_idle_guests")
def forget_idle_guests() -> int:
    return guests.forget_idle_guests()


@shared_task(name="accounts.tasks.mark_ending_permissions")
def mark_ending_permissions() -> int:
    return credentials.mark_ending()
