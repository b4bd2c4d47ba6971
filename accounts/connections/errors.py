"""What can go wrong between this copy and a music service, for whoever talks to one."""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import DylumoError


class ServiceError(DylumoError):
    """A music service did not do what was asked. ``service`` is its name; ``retry_after`` seconds, where it told;
    ``permanent``: asking again will not help. The service's own words are never shown or logged."""

    code = "service_failed"
    status = 502
    message = "The music service did not answer as it should."
    hint = "Try again in a moment; the rest goes on without it."
    permanent = False

    def __init__(
        self,
        service: str,
        message: str | None = None,
        *,
        hint: str | None = None,
        retry_after: float | None = None,
        told: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message, hint=hint, told=told)
        self.service = service
        self.retry_after = retry_after


class NotLinked(ServiceError):
    code = "service_not_linked"
    status = 409
    message = "This service is not connected."
    hint = "Connect it on the connections page."
    permanent = True


class NeedsReconnect(ServiceError):
    code = "service_needs_reconnect"
    status = 409
    message = "The permission for this service has ended."
    hint = "Connect it again on the connections page."
    permanent = True


class NotConfigured(ServiceError):
    code = "service_not_configured"
    status = 409
    message = "This copy of Dylumo is not registered at that service."
    hint = "Its owner can set a client id and secret; the connections page says how."
    permanent = True


class Unreachable(ServiceError):
    code = "service_unreachable"
    status = 504
    message = "The service could not be reached in time."
    hint = "Try again in a moment; the rest goes on without it."
