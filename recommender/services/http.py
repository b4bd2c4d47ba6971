"""Asking a service over HTTP: one client for all adapters, one way in which what went wrong is told apart.

A request is sent once: nothing here retries. Redirects are not followed (sound's are, to hosts that the service names
as its own), answers are bounded in size and in time.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx
from django.conf import settings
from django.utils import timezone

from core import counters
from core.errors import DylumoError
from core.upstream import Incoming
from recommender.services import rate_limit
from recommender.services.protocol import (
    Garbled,
    NeedsReconnect,
    RateLimited,
    Refused,
    ServiceError,
    Unreachable,
    Vanished,
)

log = logging.getLogger("dylumo.services")

PATIENCE = 10.0
"""Seconds a whole request may take where its caller does not say."""
LARGEST_ANSWER = 16 * 2**20
"""Bytes; ten thousand entries of the wordiest service are a fifth of it."""
REST = 30.0
"""Seconds to leave a service alone that said "too many" without saying for how long."""
MOST_HOPS = 3
"""Redirects to where a sound really lies."""

Params = Mapping[str, str | int]
ErrorParser = Callable[[int, Any], ServiceError | None]
"""From a status and an answer (None when it is not JSON), what a service means by it in its own way; None: as usual."""


def endpoint(service: str, default: str) -> str:
    """Where the service is asked, without a slash at the end."""
    return str(settings.SERVICE_ENDPOINTS.get(service, default)).rstrip("/")


@cache
def client() -> httpx.Client:
    limits = httpx.Limits(max_connections=64, max_keepalive_connections=16)
    return httpx.Client(limits=limits, follow_redirects=False, trust_env=True)


@dataclass(frozen=True, kw_only=True)
class ServiceClient:
    """How one service is asked: its name, address and headers, how long an answer may take, and its own way of
    telling what went wrong."""

    service: str
    base: str
    patience: float = PATIENCE
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    parse_error: ErrorParser = lambda _status, _answer: None

    def get(
        self, path: str, params: Params | None = None, *, keep: float = 0, before: Callable[[], None] | None = None
    ) -> Any:
        """The answer as JSON. With ``keep`` a public answer is remembered for so many seconds; ``before`` is called
        only when the service is really asked. Raises ServiceError."""
        params = dict(params or {})
        if keep and (kept := rate_limit.remembered(self.service, path, params)) is not None:
            return kept
        if before:
            before()
        answer = self._ask("GET", path, params, None)
        if keep and isinstance(answer, dict):  # which all of them give: anything else is a slip not to be kept
            rate_limit.remember(self.service, path, params, answer, keep)
        return answer

    def send(self, method: str, path: str, body: Any, params: Params | None = None) -> Any:
        """The answer to a request that writes, as JSON; None when it is empty. Sent once."""
        return self._ask(method, path, dict(params or {}), body)

    def stream(self, path: str, headers: Mapping[str, str] | None = None, *, onto: Sequence[str] = ()) -> Incoming:
        """The sound at ``path``, not yet read: status 200, 206 or 416. It may lie on another host: a redirect is
        followed to the service's own address, and to hosts like those of ``onto`` (``https://*.archive.org``).
        ``headers``: a Range to pass on; the service's own headers go to its own address only. Raises ServiceError."""
        with counted(self.service):
            return Incoming(self._opened(httpx.URL(f"{self.base}{path}"), dict(headers or {}), onto))

    def _opened(self, address: httpx.URL, headers: dict[str, str], onto: Sequence[str]) -> httpx.Response:
        own = httpx.URL(self.base)
        for _ in range(MOST_HOPS + 1):
            rate_limit.acquire(self.service, self.patience)
            request = client().build_request(
                "GET",
                address,
                headers={
                    "User-Agent": rate_limit.user_agent(),
                    **(self.headers if _origin(address) == _origin(own) else {}),  # may hold a permission
                    **headers,
                },
                timeout=self.patience,
            )
            try:
                response = client().send(request, stream=True)
            except (httpx.HTTPError, OSError) as error:
                raise Unreachable(self.service) from error
            if not response.has_redirect_location:
                return self._is_sound(response)
            response.close()
            address = response.next_request.url if response.next_request else own
            if not (_origin(address) == _origin(own) or any(fnmatchcase(_origin(address), one) for one in onto)):
                break
        raise Garbled(self.service)

    def _is_sound(self, response: httpx.Response) -> httpx.Response:
        if response.status_code in (200, 206, 416):
            return response
        response.close()
        parse_response(self.service, response.status_code, response.headers, b"", self.parse_error)
        raise Garbled(self.service)

    def _ask(self, method: str, path: str, params: Params, body: Any) -> Any:
        with counted(self.service):
            return self._asked(method, path, params, body)

    def _asked(self, method: str, path: str, params: Params, body: Any) -> Any:
        give_up = time.monotonic() + self.patience
        rate_limit.acquire(self.service, self.patience)
        headers = {"User-Agent": rate_limit.user_agent(), "Accept": "application/json", **self.headers}
        try:
            left = max(give_up - time.monotonic(), 0.05)
            with client().stream(
                method, f"{self.base}{path}", params=params, json=body, headers=headers, timeout=left
            ) as response:
                data = _read(self.service, response, give_up)
        except httpx.RemoteProtocolError as error:
            raise Garbled(self.service) from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise Unreachable(self.service) from error
        return parse_response(self.service, response.status_code, response.headers, data, self.parse_error)


@contextmanager
def counted(service: str) -> Iterator[None]:
    """Count a request to the service by what came of it: ok, or the code of the failure."""
    try:
        yield
    except DylumoError as error:
        counters.count("service_requests", service=service, outcome=error.code)
        raise
    counters.count("service_requests", service=service, outcome="ok")


def _origin(address: httpx.URL) -> str:
    return f"{address.scheme}://{address.netloc.decode()}"


def _read(service: str, response: httpx.Response, give_up: float) -> bytes:
    data = bytearray()
    try:
        for chunk in response.iter_bytes():
            data += chunk
            if len(data) > LARGEST_ANSWER:
                raise Garbled(service)
            if time.monotonic() > give_up:
                raise Unreachable(service)
    except httpx.DecodingError as error:
        raise Garbled(service) from error
    return bytes(data)


def parse_response(
    service: str,
    status: int,
    headers: Mapping[str, str],
    data: bytes,
    parse_error: ErrorParser = lambda _status, _answer: None,
) -> Any:
    """The answer as JSON (None when it is empty), or the failure that its status and body mean, raised."""
    answer = None
    broken: Exception | None = None
    if data.strip():
        try:
            answer = json.loads(data)
        except (ValueError, RecursionError) as error:
            broken = error
    if failure := parse_error(status, answer) or failure_of(service, status, headers):
        if isinstance(failure, RateLimited):
            failure.retry_after = failure.retry_after or retry_after(headers)
            rate_limit.back_off(service, failure.retry_after or REST)
        log.info("%s answered %s: %s", service, status, failure.code)
        raise failure
    if broken:
        raise Garbled(service) from broken
    return answer


def failure_of(service: str, status: int, headers: Mapping[str, str]) -> ServiceError | None:
    """What a status means by itself; None for a success."""
    if 200 <= status < 300:
        return None
    kind: type[ServiceError] = Refused
    if status == 401:
        kind = NeedsReconnect
    elif status in (404, 410):
        kind = Vanished
    elif status == 429:
        kind = RateLimited
    elif status >= 500:
        kind = Unreachable
    elif status < 400:
        kind = Garbled
    return kind(service, retry_after=retry_after(headers))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a Retry-After header, which may be a number or a date (RFC 9110, section 10.2.3)."""
    value = headers.get("Retry-After", "")
    if value.strip().isdecimal() and len(value) < 10:
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - timezone.now()).total_seconds()) if value else None
    except (ValueError, TypeError):
        return None


def part(identifier: str) -> str:
    """An id as one part of a path, whatever is in it."""
    return quote(identifier, safe=":") if identifier not in (".", "..") else "%2E"
