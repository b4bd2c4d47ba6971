"""Connect a person's own OpenSubsonic server: is the address one we may call, and do name and password open it?

The protocol is https://opensubsonic.netlify.app/docs/api-reference: ``ping`` answers whether the credentials are good.
Credentials are sent in a form, never in an address, so that they end up in no access log. An API key
(``apiKeyAuthentication``) goes alone: with a name beside it a server must refuse both (43). Whose it is, ``tokenInfo``
tells.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpx

from accounts.connections import credentials
from accounts.connections.errors import Unreachable
from accounts.models import ServiceCredential, User
from core import own_servers
from core.errors import BadInput

SERVICE = "subsonic"
VERSION = "1.16.1"
SECONDS = 10.0
PATIENCE = httpx.Timeout(SECONDS, connect=5.0)
LARGEST_ANSWER = 64 * 1024
WRONG_CREDENTIALS = {40, 44}
MISSING, ONLY_KEYS = 10, 42
"""A required parameter is missing: what a server says to an API key that knows none; and a server that wants one."""
WANTS_PASSWORD = {10, 41}
"""A server that keeps only hashes of passwords cannot check a salted token: it misses ``p`` (10) or says so (41)."""


class BadServer(BadInput):
    code = "bad_server"
    hint = "Check the address: it is the one you open in the browser, without /rest."


class WrongPassword(BadInput):
    code = "bad_server_password"
    message = "The server does not accept this name and password."
    hint = "Check both, or use an API key instead."


class WrongKey(WrongPassword):
    message = "The server does not accept this API key."
    hint = "Look on the server whether it was revoked, or make a new one there."


class NoKeys(BadServer):
    message = "This server knows no API keys."
    hint = "Give your user name and password there instead."


class KeysOnly(BadServer):
    message = "This server takes API keys only."
    hint = "Make one there, enter it in place of the password, and leave the user name empty."


def connect(owner: User, address: str, username: str, secret: str) -> ServiceCredential:
    """Try the way in, then keep it. Without ``username``, ``secret`` is an API key. Raises BadServer, WrongPassword,
    Unreachable."""
    base_url = checked_address(address)
    key = {} if username else {"apiKey": secret}
    answer = _asked(base_url, "ping", key or _by_token(username, secret))
    if username and _error_code(answer) in WANTS_PASSWORD:
        answer = _asked(base_url, "ping", {"u": username, "p": f"enc:{secret.encode().hex()}"})
    if answer.get("status") != "ok":
        raise _refusal(_error_code(answer), by_key=bool(key))
    account = _owner_of(base_url, key) if key else username
    return credentials.keep_server(owner, base_url=base_url, username=username, secret=secret, account=account)


def _refusal(code: int | None, *, by_key: bool) -> BadInput:
    if by_key and code == MISSING:
        return NoKeys()
    if code == ONLY_KEYS:
        return KeysOnly()
    if code in WRONG_CREDENTIALS | WANTS_PASSWORD:
        return WrongKey() if by_key else WrongPassword()
    return BadServer("The server answered, but not as an OpenSubsonic server that lets you in.")


def _owner_of(base_url: str, key: dict[str, str]) -> str:
    """The name of the account that an API key belongs to; empty where the server does not say."""
    told = _asked(base_url, "tokenInfo", key).get("tokenInfo")
    name = told.get("username") if isinstance(told, dict) else None
    return name[:200] if isinstance(name, str) else ""


def checked_address(address: str) -> str:
    """The address without what does not belong to it. Raises BadServer for one that we must not call."""
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
        raise Unreachable(SERVICE, "There is no server by this name.") from None
    return f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix('/rest')}"


def _by_token(username: str, password: str) -> dict[str, str]:
    salt = secrets.token_hex(8)
    return {"u": username, "s": salt, "t": hashlib.md5((password + salt).encode(), usedforsecurity=False).hexdigest()}


@cache
def _client() -> httpx.Client:
    return own_servers.client(PATIENCE)


def _asked(base_url: str, method: str, who: dict[str, str]) -> dict[str, Any]:
    """The server's answer. Redirects are not followed: they could lead to where we must not call."""
    give_up = time.monotonic() + SECONDS
    said = {**who, "v": VERSION, "c": "Dylumo", "f": "json"}
    try:
        with _client().stream("POST", f"{base_url}/rest/{method}.view", data=said) as response:
            if response.is_redirect:
                raise BadServer("The server sends us on to another address. Give that one instead.")
            body = b""
            for chunk in response.iter_bytes():
                body += chunk
                if time.monotonic() > give_up:
                    raise Unreachable(SERVICE, "The server took too long to answer.")
                if len(body) > LARGEST_ANSWER:
                    raise BadServer("What answers there is not an OpenSubsonic server.")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unreachable(SERVICE, "The server could not be reached.") from error
    try:
        answer = json.loads(body)["subsonic-response"]
    except (ValueError, KeyError, TypeError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise BadServer("What answers there is not an OpenSubsonic server.")
    return answer


def _error_code(answer: dict[str, Any]) -> int | None:
    error = answer.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) else None
