"""Seal the secrets of second factors that were kept readable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import migrations

from accounts.connections import encryption
from accounts.second_factors import changed


def _change_all(apps: Any, change: Callable[[str], str]) -> None:
    for row in apps.get_model("mfa", "Authenticator").objects.exclude(type="webauthn"):
        row.data = changed(row.data, change)
        row.save(update_fields=["data"])


def _seal(text: str) -> str:
    try:
        encryption.unseal(text)
    except encryption.Unreadable:
        return encryption.seal({"secret": text})
    return text  # sealed already


def seal(apps: Any, _editor: Any) -> None:
    _change_all(apps, _seal)


def open_again(apps: Any, _editor: Any) -> None:
    _change_all(apps, lambda text: encryption.unseal(text)["secret"])


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_service_credentials"), ("mfa", "0003_authenticator_type_uniq")]
    operations = [migrations.RunPython(seal, open_again)]
