"""Celery's edge for accounts."""

from __future__ import annotations

from celery import shared_task

from accounts import guests


@shared_task
def forget_idle_guests() -> int:
    return guests.forget_idle_guests()
