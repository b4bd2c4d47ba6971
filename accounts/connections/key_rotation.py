"""A new key for everything that is sealed, while the site runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import models, transaction

from accounts import second_factors
from accounts.connections import encryption
from accounts.models import ServiceApp, ServiceCredential
from core import home
from core.errors import Conflict

SEALED: tuple[type[models.Model], ...] = (ServiceCredential, ServiceApp)


@dataclass(frozen=True)
class _Sealed:
    """What one row keeps sealed, and how to seal it anew. ``renew`` raises Unreadable."""

    texts: list[str]
    renew: Callable[[], None]


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
            row.renew()
        except encryption.Unreadable:
            continue
        done += 1
    return done


@transaction.atomic
def drop_old_keys() -> None:
    """Keep the newest key alone. Raises Conflict while something can only be opened by an older one."""
    if any(encryption.needs_older_key(text) for row in _sealed_rows() for text in row.texts):
        raise Conflict("Some stored permissions need an older key.", hint="Run rotate_token_keys first.")
    home.drop_old_token_keys()


def _sealed_rows() -> Iterator[_Sealed]:
    for model in SEALED:
        for row in model._default_manager.select_for_update().exclude(sealed=""):
            yield _Sealed([row.sealed], lambda row=row: _renew(row))  # type: ignore[attr-defined, misc]
    for factor in Authenticator.objects.select_for_update():
        if texts := second_factors.sealed_in(factor.data):
            yield _Sealed(texts, lambda factor=factor: _renew_factor(factor))  # type: ignore[misc]


def _renew(row: models.Model) -> None:
    sealed = encryption.seal_anew(row.sealed)  # type: ignore[attr-defined]
    type(row)._default_manager.filter(pk=row.pk).update(sealed=sealed)


def _renew_factor(factor: Authenticator) -> None:
    data = second_factors.changed(factor.data, encryption.seal_anew)
    Authenticator.objects.filter(pk=factor.pk).update(data=data)
