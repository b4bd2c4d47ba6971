from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "dylumo_site"

    def ready(self) -> None:
        from django.conf import settings

        from dylumo_site import celery  # noqa: F401 - tasks sent from the site go to this queue

        if settings.OTLP_ENDPOINT:
            from dylumo_site import tracing

            tracing.switch_on(settings.OTLP_ENDPOINT)
