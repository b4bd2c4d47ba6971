"""A new key for everything that is sealed, while the site runs."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.db import models, transaction

from accounts.connections import encryption
from accounts.models import ServiceApp, ServiceCredential
from core import home
from core.errors import Conflict

SEALED: tuple[type[models.Model], ...] = (ServiceCredential, ServiceApp)


@transaction.atomic
def rotate() -> int:
    """Make a new key (unless the environment names the keys) and seal every row anew with it; how many.

    The rows are locked meanwhile: a renewal waits, and then writes with the new key. What no key opens is left alone.
    """
    if not settings.TOKEN_KEYS:
        home.add_token_key()
    done = 0
    for row in _sealed_rows():
        try:
            sealed = encryption.seal_anew(row.sealed)  # type: ignore[attr-defined]
        except encryption.Unreadable:
            continue
        type(row)._default_manager.filter(pk=row.pk).update(sealed=sealed)
        done += 1
    return done


@transaction.atomic
def drop_old_keys() -> None:
    """Keep the newest key alone. Raises Conflict while something can only be opened by an older one."""
    if any(encryption.needs_older_key(row.sealed) for row in _sealed_rows()):  # type: ignore[attr-defined]
        raise Conflict("Some stored permissions need an older key.", hint="Run rotate_token_keys first.")
    home.drop_old_token_keys()


def _sealed_rows() -> Iterator[models.Model]:
    for model in SEALED:
        yield from model._default_manager.select_for_update().exclude(sealed="")
