from django.apps import AppConfig


class RecommenderConfig(AppConfig):
    name = "recommender"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # the library runs jobs of rooms above it without importing them
        from recommender.library.jobs import runner
        from recommender.models import LibraryJob
        from recommender.playlists import publishing

        runner.register(LibraryJob.Kind.SAVE, publishing.deliver_job)
