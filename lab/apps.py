"""The laboratory as a Django app: it has commands and no tables."""

from django.apps import AppConfig


class LabConfig(AppConfig):
    name = "lab"
    label = "lab"
