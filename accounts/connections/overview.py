"""What the connections page shows: each service, whether this copy can offer it, and the person's accounts there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse

from accounts.connections import oauth_apps
from accounts.connections.services import SERVICE_DEFINITIONS, ServiceDefinition
from accounts.models import ServiceCredential, User

ENVIRONMENT_NAMES = {"spotify": "DYLUMO_SPOTIFY", "youtube": "DYLUMO_GOOGLE", "soundcloud": "DYLUMO_SOUNDCLOUD"}


@dataclass(frozen=True)
class Account:
    """One of the person's accounts at a service. ``ends``: when its permission ends whatever is done."""

    row: ServiceCredential
    usable: bool
    may_save: bool
    ends: datetime | None


@dataclass(frozen=True)
class Connection:
    """One service. ``connect_url`` is empty where this copy is not registered at it (or needs no registration)."""

    service: ServiceDefinition
    accounts: tuple[Account, ...]
    configured: bool
    connect_url: str
    redirect_uri: str
    variables: str


def connections_of(person: User, request: HttpRequest) -> list[Connection]:
    rows = ServiceCredential.objects.filter(owner=person)
    registered = {app.service for app in oauth_apps.configured()}
    return [
        Connection(
            service=service,
            accounts=tuple(_account(service, row) for row in rows if row.service == service.name),
            configured=not service.provider or service.name in registered,
            connect_url=reverse(f"{service.provider}_login") if service.name in registered else "",
            redirect_uri=redirect_uri(service, request),
            variables=ENVIRONMENT_NAMES.get(service.name, ""),
        )
        for service in SERVICE_DEFINITIONS.values()
    ]


def redirect_uri(service: ServiceDefinition, request: HttpRequest) -> str:
    """The address to register at the service; empty where there is nothing to register."""
    return request.build_absolute_uri(reverse(f"{service.provider}_callback")) if service.provider else ""


def _account(service: ServiceDefinition, row: ServiceCredential) -> Account:
    return Account(
        row=row,
        usable=row.status in ServiceCredential.USABLE,
        may_save=service.may_save(row.scopes),
        ends=row.authorised_at + service.token_lifetime if service.token_lifetime else None,
    )
