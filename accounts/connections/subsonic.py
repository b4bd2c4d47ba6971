"""Connect a person's own OpenSubsonic server: do name and password, or an API key, open it?

The protocol is https://opensubsonic.netlify.app/docs/api-reference: ``ping`` answers whether the credentials are good.
An API key (``apiKeyAuthentication``) goes alone: with a name beside it a server must refuse both (43). Whose it is,
``tokenInfo`` tells.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from accounts.connections.music_server import (
    BadServer,
    WayIn,
    WrongKey,
    WrongPassword,
    asked,
    checked_address,
    text_at,
)
from core.errors import BadInput

SERVICE = "subsonic"
ASKER = {"v": "1.16.1", "c": "Dylumo", "f": "json"}
"""What goes with every request: the protocol's version, who asks, and the shape of the answer."""
WRONG_CREDENTIALS = {40, 44}
MISSING, ONLY_KEYS = 10, 42
"""A required parameter is missing: what a server says to an API key that knows none; and a server that wants one."""
WANTS_PASSWORD = {10, 41}
"""A server that keeps only hashes of passwords cannot check a salted token: it misses ``p`` (10) or says so (41)."""


class NoKeys(BadServer):
    message = "This server knows no API keys."
    hint = "Give your user name and password there instead."


class KeysOnly(BadServer):
    message = "This server takes API keys only."
    hint = "Make one there, enter it in place of the password, and leave the user name empty."


def way_in(address: str, username: str, secret: str) -> WayIn:
    """Try the way in. Without ``username``, ``secret`` is an API key. Raises BadServer, WrongPassword, Unreachable."""
    base_url = checked_address(address, SERVICE)
    who = proof(username, secret)
    answer = _asked(base_url, "ping", who)
    if username and _error_code(answer) in WANTS_PASSWORD:
        answer = _asked(base_url, "ping", proof(username, secret, plain=True))
    if answer.get("status") != "ok":
        raise _refusal(_error_code(answer), by_key=not username)
    account = username or text_at(_asked(base_url, "tokenInfo", who), "tokenInfo", "username")
    return WayIn(base_url=base_url, username=username, secret=secret, account=account)


def _refusal(code: int | None, *, by_key: bool) -> BadInput:
    if by_key and code == MISSING:
        return NoKeys()
    if code == ONLY_KEYS:
        return KeysOnly()
    if code in WRONG_CREDENTIALS | WANTS_PASSWORD:
        return WrongKey() if by_key else WrongPassword()
    return BadServer("The server answered, but not as an OpenSubsonic server that lets you in.")


def proof(username: str, secret: str, *, plain: bool = False) -> dict[str, str]:
    """What shows whose a request is: an API key alone, a salted token, or ``plain`` the password, hex-encoded."""
    if not username:
        return {"apiKey": secret}
    if plain:
        return {"u": username, "p": f"enc:{secret.encode().hex()}"}
    salt = secrets.token_hex(8)
    return {"u": username, "s": salt, "t": hashlib.md5((secret + salt).encode(), usedforsecurity=False).hexdigest()}


def _asked(base_url: str, method: str, who: dict[str, str]) -> dict[str, Any]:
    _, answer = asked(SERVICE, "POST", f"{base_url}/rest/{method}.view", form={**who, **ASKER})
    inside = answer.get("subsonic-response") if isinstance(answer, dict) else None
    if not isinstance(inside, dict):
        raise BadServer("What answers there is not an OpenSubsonic server.")
    return inside


def _error_code(answer: dict[str, Any]) -> int | None:
    error = answer.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, int) else None
