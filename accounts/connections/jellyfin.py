"""Connect a person's own Jellyfin server: a name and password are changed for a token, and only that is kept.

The protocol is https://api.jellyfin.org: ``/Users/AuthenticateByName`` gives a token of this person's, which goes into
``Authorization: MediaBrowser Token="..."`` (the one way that Jellyfin 12 still takes). An API key opens the whole
server: it is told whose music is meant by the user's name. The account is named by its id, as the protocol wants it.
"""

from __future__ import annotations

import re
import uuid
from typing import Any

from accounts.connections.errors import Unreachable
from accounts.connections.music_server import (
    BadServer,
    WayIn,
    WrongKey,
    WrongPassword,
    asked,
    checked_address,
    text_at,
    without_web_page,
)
from core.errors import BadInput

SERVICE = "jellyfin"
_TOKEN = re.compile(r"[\w.-]{1,200}", re.ASCII)
_KEY = re.compile(r"[0-9a-fA-F]{32}")
"""What Jellyfin's API keys look like; so may a password, which is then tried as one."""
_ID = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F-]{36}")


class WhoseMusic(BadServer):
    message = "An API key opens every account of the server."
    hint = "Give your user name there too, so that it is your music that comes in."


class NoSuchUser(BadServer):
    message = "The server takes this API key, but has no user of this name."
    hint = "Give the name that you sign in with there."


def way_in(address: str, username: str, secret: str) -> WayIn:
    """Try the way in. ``secret`` is a password or an API key. Raises BadServer, WrongPassword, Unreachable."""
    base_url = checked_address(without_web_page(address), SERVICE)
    _, about = asked(SERVICE, "GET", f"{base_url}/System/Info/Public")
    if "jellyfin" not in text_at(about, "ProductName").lower():
        raise BadServer("What answers there is not a Jellyfin server.")
    if _KEY.fullmatch(secret) and (users := _users(base_url, secret)) is not None:
        return _of_user(base_url, _chosen(users, username), secret)
    if not username:
        raise WrongKey
    return _signed_in(base_url, username, secret)


def end(base_url: str, secret: str) -> bool:
    """Take the token back at the server; whether that could be done. An API key stays: others may use it."""
    try:
        status, _ = asked(SERVICE, "POST", f"{base_url}/Sessions/Logout", headers=token_header(secret))
    except (BadInput, Unreachable):
        return False
    return status in (200, 204, 401)


def token_header(secret: str) -> dict[str, str]:
    return {"Authorization": f'MediaBrowser Token="{secret}"'}


def _users(base_url: str, key: str) -> list[Any] | None:
    """The server's users; None when this is no API key of it."""
    status, answer = asked(SERVICE, "GET", f"{base_url}/Users", headers=token_header(key))
    return answer if status == 200 and isinstance(answer, list) else None


def _chosen(users: list[Any], username: str) -> Any:
    if username:
        named = [user for user in users if text_at(user, "Name").casefold() == username.casefold()]
        if not named:
            raise NoSuchUser
        return named[0]
    if len(users) != 1:
        raise WhoseMusic
    return users[0]


def _signed_in(base_url: str, username: str, password: str) -> WayIn:
    # A device of its own: signing in again with the same one would end the tokens of other people's connections.
    device = f'MediaBrowser Client="Dylumo", Device="Dylumo", DeviceId="{uuid.uuid4().hex}", Version="1.0"'
    status, answer = asked(
        SERVICE,
        "POST",
        f"{base_url}/Users/AuthenticateByName",
        headers={"Authorization": device},
        body={"Username": username, "Pw": password},
    )
    if status in (401, 403):
        raise WrongPassword
    token = text_at(answer, "AccessToken")
    if status != 200 or not _TOKEN.fullmatch(token):
        raise BadServer("The server answered, but not as a Jellyfin server that lets you in.")
    return _of_user(base_url, answer.get("User"), token)


def _of_user(base_url: str, user: Any, secret: str) -> WayIn:
    user_id = text_at(user, "Id")
    if not _ID.fullmatch(user_id):
        raise BadServer("The server did not say whose account this is.")
    return WayIn(base_url=base_url, username=user_id, secret=secret, account=text_at(user, "Name"))
