"""What connecting an own music server has in common, whatever it speaks: may its address be called, what does it
answer, and what can be wrong with the way in.

Credentials are sent in a form or a header, never in an address, so that they end up in no access log.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx

from accounts.connections.errors import Unreachable
from core import own_servers
from core.errors import BadInput

SECONDS = 10.0
PATIENCE = httpx.Timeout(SECONDS, connect=5.0)
LARGEST_ANSWER = 2**20
"""Bytes; a Jellyfin server lists all its users at once."""
LONGEST_NAME = 200


class BadServer(BadInput):
    code = "bad_server"
    hint = "Check the address: it is the one you open in the browser, without /rest or /web behind it."


class WrongPassword(BadInput):
    code = "bad_server_password"
    message = "The server does not accept this name and password."
    hint = "Check both, or use an API key instead."


class WrongKey(WrongPassword):
    message = "The server does not accept this API key."
    hint = "Look on the server whether it was revoked, or make a new one there."


@dataclass(frozen=True, kw_only=True)
class WayIn:
    """What opens an account on a server. ``username`` is what the server's protocol names the account by beside the
    ``secret``, if anything; ``account``: its name for people, where that is known."""

    base_url: str
    username: str = ""
    secret: str = field(repr=False)
    account: str = ""


def checked_address(address: str, service: str) -> str:
    """The address without what does not belong to it. Raises BadServer for one that we must not call, Unreachable."""
    try:
        parts = urlsplit(address.strip().rstrip("/"))
        host, port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise BadServer("This is not an address.") from None
    if parts.scheme not in {"http", "https"} or not host or parts.username or parts.query or parts.fragment:
        raise BadServer("The address must begin with http:// or https:// and hold no name, password or question mark.")
    try:
        own_servers.vetted(host, port)
    except own_servers.ForbiddenAddress:
        raise BadServer("This copy of Dylumo does not connect to servers at such addresses.") from None
    except (OSError, UnicodeError):
        raise Unreachable(service, "There is no server by this name.") from None
    return f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix('/rest')}"


def without_web_page(address: str) -> str:
    """The address of a server whose web page was copied from the browser (``/web/index.html#!/...``)."""
    return address.strip().partition("/web/")[0].removesuffix("/web")


@cache
def _client() -> httpx.Client:
    return own_servers.client(PATIENCE)


def asked(
    service: str,
    method: str,
    address: str,
    *,
    headers: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    body: Any = None,
) -> tuple[int, Any]:
    """The status and the answer as JSON, None where it is none. Redirects are not followed: they could lead to where
    we must not call. Raises BadServer, Unreachable."""
    try:
        with _client().stream(method, address, headers=headers, data=form, json=body) as response:
            if response.is_redirect:
                raise BadServer("The server sends us on to another address. Give that one instead.")
            content = own_servers.read_whole(response, LARGEST_ANSWER, SECONDS)
    except own_servers.TooSlow:
        raise Unreachable(service, "The server took too long to answer.") from None
    except own_servers.TooLarge:
        raise BadServer("The server answered with far more than was asked for.") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unreachable(service, "The server could not be reached.") from error
    try:
        return response.status_code, json.loads(content)
    except (ValueError, RecursionError):
        return response.status_code, None


def text_at(answer: Any, *path: str) -> str:
    """The text that lies there in an answer; empty where there is none."""
    for key in path:
        answer = answer.get(key) if isinstance(answer, dict) else None
    return answer[:LONGEST_NAME] if isinstance(answer, str) else ""
