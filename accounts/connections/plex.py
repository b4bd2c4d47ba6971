"""Connect a person's own Plex server by its token (``X-Plex-Token``).

The protocol is https://developer.plex.tv/pms: ``/identity`` says that it is a Plex server, ``/library/sections`` what
the token opens. A password at plex.tv is never asked for.
"""

from __future__ import annotations

import re
from typing import Any

from accounts.connections.music_server import (
    BadServer,
    WayIn,
    WrongKey,
    asked,
    checked_address,
    text_at,
    without_web_page,
)

SERVICE = "plex"
MUSIC = "artist"
"""The type of a library of music, by its topmost things."""
_TOKEN = re.compile(r"[\w-]{8,200}", re.ASCII)


class WrongToken(WrongKey):
    message = "The server does not accept this token."
    hint = "Copy it again: it is what stands behind X-Plex-Token= in the address of “View XML”."


class NoMusic(BadServer):
    message = "This token opens no library of music on the server."
    hint = "Share a music library with its account, or use the token of another one."


def way_in(address: str, username: str, secret: str) -> WayIn:
    """Try the way in; ``username`` is not needed. Raises BadServer, WrongToken, Unreachable."""
    del username
    base_url = checked_address(without_web_page(address), SERVICE)
    if not text_at(_asked(base_url, "/identity")[1], "MediaContainer", "machineIdentifier"):
        raise BadServer("What answers there is not a Plex server.")
    token = secret.strip()
    if not _TOKEN.fullmatch(token):
        raise WrongToken
    status, listed = _asked(base_url, "/library/sections", token)
    if status in (401, 403):
        raise WrongToken
    container = listed.get("MediaContainer") if isinstance(listed, dict) else None
    libraries = container.get("Directory") if isinstance(container, dict) else None
    if not any(text_at(one, "type") == MUSIC for one in (libraries if isinstance(libraries, list) else [])):
        raise NoMusic
    name = text_at(_asked(base_url, "/", token)[1], "MediaContainer", "friendlyName")
    return WayIn(base_url=base_url, secret=token, account=name)


def _asked(base_url: str, path: str, token: str = "") -> tuple[int, Any]:
    headers = {"Accept": "application/json", **({"X-Plex-Token": token} if token else {})}
    return asked(SERVICE, "GET", f"{base_url}{path}", headers=headers)
