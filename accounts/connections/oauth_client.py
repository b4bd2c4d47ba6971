"""What is said to a service's authorisation server outside the browser: renew, end, and check a registration (RFC 6749,
7009). One request each, never repeated here; nothing of what is sent or answered is logged."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from django.utils import timezone

from accounts.connections.errors import ServiceError, Unreachable
from accounts.connections.oauth_apps import App
from accounts.connections.services import ServiceDefinition, service_definition

PATIENCE = httpx.Timeout(10.0, connect=5.0)


class PermissionEnded(Exception):
    """``invalid_grant``: the refresh token is used up, too old or taken back. Asking again will not help."""


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """``refresh`` is empty where the service sent none; ``scopes`` is None where it did not say."""

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    expires_at: datetime | None = None
    scopes: tuple[str, ...] | None = None


def read_answer(service: str, answer: Any) -> Tokens:
    """A token answer as values. Raises ServiceError when it is not one."""
    if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str) or not answer["access_token"]:
        raise ServiceError(service)
    try:
        seconds = int(answer.get("expires_in") or 0)
    except (TypeError, ValueError):
        seconds = 0
    scope, refresh = answer.get("scope"), answer.get("refresh_token")
    return Tokens(
        access=answer["access_token"],
        refresh=refresh if isinstance(refresh, str) else "",
        expires_at=timezone.now() + timedelta(seconds=seconds) if seconds > 0 else None,
        scopes=tuple(scope.split()) if isinstance(scope, str) and scope.strip() else None,
    )


def renew(app: App, refresh: str) -> Tokens:
    """New tokens for a refresh token. Raises PermissionEnded, Unreachable, ServiceError."""
    response = _ask_for_token(app, {"grant_type": "refresh_token", "refresh_token": refresh})
    if response.status_code == 200:
        return read_answer(app.service, _body(response))
    if _error(response) == "invalid_grant":
        raise PermissionEnded
    raise _trouble(app.service, response)


def end(app: App, access: str, refresh: str) -> bool:
    """End a permission at the service. Returns whether it did: False where it offers no way or would not."""
    service = service_definition(app.service)
    address = service.endpoint("revoke")
    if not address:
        return False
    # SoundCloud takes JSON, Google a form; ending a refresh token ends the access tokens made from it.
    said: dict[str, Any] = (
        {"json": {"access_token": access}} if service.name == "soundcloud" else {"data": {"token": refresh or access}}
    )
    try:
        return bool(httpx.post(address, timeout=PATIENCE, **said).is_success)
    except httpx.HTTPError:
        return False


def accepts(app: App) -> bool:
    """Whether the service knows this registration, by a real request that signs nobody in.

    Google has no client credentials grant: there a code that cannot exist is offered, which a known client is told is
    no good (``invalid_grant``) and an unknown one is not even let in with (``invalid_client``). Raises Unreachable,
    ServiceError when the answer says neither.
    """
    asked = {"grant_type": "client_credentials"}
    if app.service == "youtube":
        asked = {"grant_type": "authorization_code", "code": "not-a-code", "redirect_uri": "http://127.0.0.1/"}
    response = _ask_for_token(app, asked)
    if response.status_code == 200 or _error(response) in {"invalid_grant", "redirect_uri_mismatch"}:
        return True
    if _error(response) in {"invalid_client", "unauthorized_client"} or response.status_code == 401:
        return False
    raise _trouble(app.service, response)


def _ask_for_token(app: App, said: dict[str, str]) -> httpx.Response:
    service: ServiceDefinition = service_definition(app.service)
    auth = httpx.BasicAuth(app.client_id, app.secret) if service.basic_auth else None
    named = {} if auth else {"client_id": app.client_id, "client_secret": app.secret}
    try:
        return httpx.post(service.endpoint("token"), data={**said, **named}, auth=auth, timeout=PATIENCE)
    except httpx.HTTPError as error:
        raise Unreachable(app.service) from error


def _trouble(service: str, response: httpx.Response) -> ServiceError:
    if response.status_code >= 500:
        return Unreachable(service)
    told = response.headers.get("Retry-After", "")
    return ServiceError(service, retry_after=float(told) if told.isdigit() else None)


def _body(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _error(response: httpx.Response) -> str:
    body = _body(response)
    return str(body.get("error", "")) if isinstance(body, dict) else ""
