from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "dylumo_site"

    def ready(self) -> None:
        from dylumo_site import celery  # noqa: F401 - tasks sent from the site go to this queue
