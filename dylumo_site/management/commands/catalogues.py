"""``manage.py catalogues``: compile the catalogues of replies (``locale/*/LC_MESSAGES/django.po``) to the files that
gettext reads. For whoever changes a translation; the compiled files are kept beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Compile the catalogues of replies."

    def handle(self, *_args: Any, **_options: Any) -> None:
        for source in sorted(Path(settings.LOCALE_PATHS[0]).glob("*/LC_MESSAGES/django.po")):
            with source.open("rb") as file:
                catalogue = read_po(file, locale=source.parts[-3])
            with source.with_suffix(".mo").open("wb") as file:
                write_mo(file, catalogue)
            self.stdout.write(f"{source.parts[-3]}: {len(catalogue)} messages")
