"""The laboratory as a Django app: it has commands, one job and no tables."""

from django.apps import AppConfig


class LabConfig(AppConfig):
    name = "lab"
    label = "lab"

    def ready(self) -> None:
        # the library runs the job without importing what is above it
        from lab import take_up
        from recommender.library.jobs import runner
        from recommender.models import LibraryJob

        runner.register(LibraryJob.Kind.MEASURE, take_up.measure_job)
