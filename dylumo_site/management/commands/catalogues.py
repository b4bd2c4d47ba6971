"""``manage.py catalogues``: bring the catalogues (``locale/*/LC_MESSAGES/django.po``) up to date with what code and
templates say, name what lacks a translation, and compile them. For whoever changes a sentence or its translation."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from dylumo_site import catalogues


class Command(BaseCommand):
    help = "Bring the catalogues of translations up to date and compile them."

    def handle(self, *_args: Any, **_options: Any) -> None:
        said = catalogues.messages()
        for language in catalogues.languages():
            translated = catalogues.brought_up_to_date(catalogues.catalogue(language), said)
            catalogues.keep(language, translated)
            lacking = catalogues.missing(translated)
            self.stdout.write(f"{language}: {len(translated)} messages, {len(lacking)} without a translation")
            for message in lacking:
                self.stdout.write(f"  {message!r}")
