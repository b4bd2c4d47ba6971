from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AgentsConfig(AppConfig):
    name = "agents"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # This is the last room: when its tables are there, the permissions of all rooms are.
        post_migrate.connect(_roles, sender=self)
        # the library runs the job without importing what is above it
        from agents import annotating
        from recommender.library.jobs import runner
        from recommender.models import LibraryJob

        runner.register(LibraryJob.Kind.ANNOTATE, annotating.annotate_batch)


def _roles(**_: Any) -> None:
    from accounts.roles import ensure_roles

    ensure_roles()
