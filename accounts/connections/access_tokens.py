"""The one door to a valid token of a person's account at a music service.

A token is renewed a minute before it ends, by one request however many ask: the row is locked, the first one asks, the
others wait and find what it got. Several services take each refresh token once, so the new pair is kept in the same
transaction; call this outside any transaction of your own, which could take that back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.connections import encryption, oauth_client
from accounts.connections.errors import NeedsReconnect, NotLinked
from accounts.connections.oauth_apps import app_for
from accounts.connections.services import service_definition
from accounts.models import ServiceCredential, User

__all__ = ["Access", "NeedsReconnect", "NotLinked", "access_for", "report_refused"]

EARLY = timedelta(seconds=60)
Status = ServiceCredential.Status


@dataclass(frozen=True, kw_only=True)
class Access:
    """What an adapter needs to speak for a person. ``token``: an access token; for an own music server at ``base_url``
    the password of ``username`` (OpenSubsonic), the token or API key for the user whose id ``username`` is (Jellyfin),
    or an API key or token alone where ``username`` is empty."""

    credential_id: int
    service: str
    account_id: str
    account_name: str
    token: str = field(repr=False)
    scopes: frozenset[str]
    base_url: str = ""
    username: str = ""


def access_for(person: User, service: str) -> Access:
    """A token that is good for another minute at least. Raises NotLinked, NeedsReconnect, Unreachable, ServiceError,
    encryption.Unreadable."""
    rows = list(ServiceCredential.objects.filter(owner=person, service=service))
    if not rows:
        raise NotLinked(service, "{service} is not connected.", told={"service": service_definition(service).title})
    row = next((row for row in rows if row.status in ServiceCredential.USABLE), rows[0])
    _check(row)
    return _access(row, encryption.unseal(row.sealed)) if _fresh(row) else _renew(row.pk, service)


def report_refused(access: Access) -> None:
    """An adapter was told that this token is no good (401). The next ``access_for`` renews it; one that has only just
    been given, or cannot be renewed, means that the permission is gone."""
    with transaction.atomic():
        row = ServiceCredential.objects.select_for_update().filter(pk=access.credential_id).first()
        if row is None or encryption.unseal(row.sealed)["access"] != access.token:
            return  # disconnected, or somebody renewed it meanwhile
        if not encryption.unseal(row.sealed).get("refresh"):
            row.status = Status.NEEDS_RECONNECT
        elif row.issued_at > timezone.now() - EARLY:
            row.status = Status.REVOKED
        row.expires_at = timezone.now()
        row.save(update_fields=["status", "expires_at", "updated"])


def _renew(credential_id: int, service: str) -> Access:
    with transaction.atomic(durable=True):
        row = ServiceCredential.objects.select_for_update().filter(pk=credential_id).first()
        if row is None:
            raise NotLinked(service)
        _check(row)
        secrets = encryption.unseal(row.sealed)
        if _fresh(row):
            return _access(row, secrets)
        renewed = _ask(row, secrets)
        if renewed is None:
            row.status = Status.NEEDS_RECONNECT
            row.save(update_fields=["status", "updated"])
        else:
            secrets = {"access": renewed.access, "refresh": renewed.refresh or secrets["refresh"]}
            row.sealed = encryption.seal(secrets)
            row.issued_at, row.expires_at = timezone.now(), renewed.expires_at
            row.scopes = row.scopes if renewed.scopes is None else sorted(renewed.scopes)
            row.save(update_fields=["sealed", "issued_at", "expires_at", "scopes", "updated"])
    _check(row)
    return _access(row, secrets)


def _ask(row: ServiceCredential, secrets: dict[str, str]) -> oauth_client.Tokens | None:
    """New tokens; None when the permission has ended."""
    if not secrets.get("refresh"):
        return None
    try:
        return oauth_client.renew(app_for(row.service), secrets["refresh"])
    except oauth_client.PermissionEnded:
        return None


def _check(row: ServiceCredential) -> None:
    if row.status not in ServiceCredential.USABLE:
        told = {"service": service_definition(row.service).title}
        raise NeedsReconnect(row.service, "The permission for {service} has ended.", told=told)


def _fresh(row: ServiceCredential) -> bool:
    return row.expires_at is None or row.expires_at > timezone.now() + EARLY


def _access(row: ServiceCredential, secrets: dict[str, str]) -> Access:
    return Access(
        credential_id=row.pk,
        service=row.service,
        account_id=row.account_id,
        account_name=row.account_name,
        token=secrets["access"],
        scopes=frozenset(row.scopes),
        base_url=row.base_url,
        username=row.username,
    )
