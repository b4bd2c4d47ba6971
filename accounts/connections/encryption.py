"""Seals what opens doors elsewhere: tokens and passwords of other services, so that the database alone opens nothing.

Fernet (AES-128 in CBC mode with HMAC-SHA256, https://github.com/fernet/spec) under the newest key; older keys still
open what they sealed. Keys are read each time, so that a rotation reaches processes that are already running.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from core import home
from core.errors import DylumoError


class Unreadable(DylumoError):
    code = "vault_unreadable"
    message = "A stored permission can no longer be read: the key that sealed it is gone."
    hint = "Connect the service again on the connections page."


def seal(secrets: Mapping[str, str]) -> str:
    """``secrets`` as text that only this copy's keys open."""
    return _fernet().encrypt(json.dumps(dict(secrets)).encode()).decode()


def unseal(sealed: str) -> dict[str, str]:
    """What was sealed. Raises Unreadable."""
    try:
        found = json.loads(_fernet().decrypt(sealed.encode()))
    except InvalidToken:
        raise Unreadable from None  # the cause would carry nothing but the sealed text
    return {str(name): str(value) for name, value in found.items()}


def seal_anew(sealed: str) -> str:
    """The same secrets, sealed with the newest key. Raises Unreadable."""
    try:
        return _fernet().rotate(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def needs_older_key(sealed: str) -> bool:
    """Whether this can be opened, but not with the newest key."""
    return not _opens(Fernet(_keys()[0]), sealed) and _opens(_fernet(), sealed)


def _opens(fernet: Fernet | MultiFernet, sealed: str) -> bool:
    try:
        fernet.decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True


def _keys() -> list[str]:
    return settings.TOKEN_KEYS or home.token_keys()


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in _keys()])
