"""Tokens by which a person's own programs use the API: made once, shown once, recognised by their digest."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from accounts.models import ApiToken, User
from core.errors import NotFound

PREFIX = "dyl_"
"""Lets scanners and people recognise a leaked token."""
SECRET_BYTES = 32
USED_AGAIN_AFTER = timedelta(minutes=1)
"""``last_used`` is written at most this often, so that reading does not cost a write each time."""


def make(owner: User, name: str, scope: str = ApiToken.Scope.WRITE, days: int = 0) -> tuple[ApiToken, str]:
    """A new token: its row, and the secret, which cannot be had again. It opens nothing after ``days`` (0: it has no
    end)."""
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    expires = timezone.now() + timedelta(days=days) if days else None
    row = ApiToken.objects.create(owner=owner, name=name, digest=_digest(secret), scope=scope, expires=expires)
    return row, secret


def recognise(secret: str) -> ApiToken | None:
    """The token with this secret that has not ended, of a person who may still sign in; notes that it was used."""
    now = timezone.now()
    found = (
        ApiToken.objects.select_related("owner")
        .filter(Q(expires=None) | Q(expires__gt=now), digest=_digest(secret), owner__is_active=True)
        .first()
    )
    if found and (found.last_used is None or found.last_used < now - USED_AGAIN_AFTER):
        ApiToken.objects.filter(pk=found.pk).update(last_used=now)
    return found


def revoke(owner: User, token_id: int) -> None:
    """The token opens nothing any more. Raises NotFound when it is not the owner's."""
    deleted, _ = ApiToken.objects.filter(owner=owner, pk=token_id).delete()
    if not deleted:
        raise NotFound


def revoke_all(owner: User) -> None:
    """Whoever changes a password may do so because somebody else had it, and made tokens with it."""
    ApiToken.objects.filter(owner=owner).delete()


def _digest(secret: str) -> str:
    # A plain hash is enough: the secret is 256 random bits, not a password that could be guessed.
    return hashlib.sha256(secret.encode()).hexdigest()
