"""The one door to this copy's registration (client id and secret) at each service: the environment, else the admin."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.conf import settings

from accounts.connections import encryption
from accounts.connections.errors import NotConfigured
from accounts.connections.services import SERVICE_DEFINITIONS, service_definition
from accounts.models import ServiceApp


@dataclass(frozen=True)
class App:
    service: str
    client_id: str
    secret: str = field(repr=False)


def app_for(service: str) -> App:
    """Raises NotConfigured."""
    client_id, secret = settings.SERVICE_APPS.get(service, ("", ""))
    if client_id:
        return App(service, client_id, secret)
    if row := ServiceApp.objects.filter(service=service).first():
        return App(service, row.client_id, encryption.unseal(row.sealed)["secret"] if row.sealed else "")
    told = {"service": service_definition(service).title}
    raise NotConfigured(service, "This copy of Dylumo is not registered at {service}.", told=told)


def configured() -> list[App]:
    """Every registration there is."""
    apps = []
    for one in SERVICE_DEFINITIONS.values():
        try:
            apps.append(app_for(one.name))
        except NotConfigured:
            continue
    return apps


def from_environment(service: str) -> bool:
    return bool(settings.SERVICE_APPS.get(service, ("", ""))[0])


def sealed(secret: str) -> str:
    """A client secret as ``ServiceApp.sealed`` keeps it."""
    return encryption.seal({"secret": secret})
