"""The read-only link of a list: who may open it, for how long, and with which password.

The link is unguessable. Its owner may give it an end and a password; whoever knows the password opens it for their own
browser session, and only as long as that password stands.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.throttling import allowed_for
from agents.models import Conversation
from core.errors import DylumoError, NotFound, TooMany

LASTS = {"7": timedelta(days=7), "30": timedelta(days=30), "always": None}
"""For how many days a link works; ``always``: until its owner takes it back."""
SHORTEST_PASSWORD = 6
SESSION_KEY = "unlocked"
MOST_UNLOCKED = 50
"""Links that one session keeps open; the oldest is locked again."""


class LinkOver(NotFound):
    message = "This link does not work any more."
    hint = "Ask whoever sent it for a new one."


class LinkEnded(DylumoError):
    code = "link_ended"
    status = 410
    message = "This link has ended."
    hint = "It was shared for a while only. Ask whoever sent it for a new one."


class LinkLocked(DylumoError):
    code = "link_locked"
    status = 403
    message = "This list is locked."
    hint = "Open its link and enter the password that whoever sent it gave you."


class WrongPassword(LinkLocked):
    code = "wrong_password"
    message = "That is not the password of this list."
    hint = "Ask whoever sent the link. Capital and small letters count."


def share(conversation: Conversation, *, lasts: str = "", password: str = "", anyone: bool = False) -> str:
    """The token of the read-only link, made on first asking. ``lasts``: a name of ``LASTS``, counted from now, or empty
    to leave its end as it is; ``password``: asked for from now on, or empty to leave that as it is, too; ``anyone``:
    ask for none any more."""
    mine = Conversation.objects.filter(pk=conversation.pk)
    mine.filter(share_token=None).update(share_token=secrets.token_urlsafe(32))
    if lasts:
        period = LASTS[lasts]
        mine.update(share_until=timezone.now() + period if period else None)
    if password or anyone:
        mine.update(share_password="" if anyone else make_password(password))
    conversation.refresh_from_db(fields=["share_token", "share_until", "share_password"])
    return str(conversation.share_token)


def unshare(conversation: Conversation) -> None:
    """The link stops working; sharing again makes another one, without an end and a password."""
    conversation.share_token, conversation.share_until, conversation.share_password = None, None, ""
    conversation.save(update_fields=["share_token", "share_until", "share_password"])


def linked(token: str) -> Conversation:
    """The list of a link that works. Raises LinkOver, LinkEnded."""
    found = Conversation.objects.select_related("picture", "head", "owner").filter(share_token=token).first()
    if found is None:
        raise LinkOver
    if not found.shared_now:
        raise LinkEnded
    return found


def opened(token: str, session: SessionBase) -> Conversation:
    """The list of a link, for whoever may see it. Raises LinkOver, LinkEnded, LinkLocked."""
    found = linked(token)
    if found.share_password and _mark(found) not in session.get(SESSION_KEY, []):
        raise LinkLocked
    return found


def unlock(token: str, session: SessionBase, password: str) -> None:
    """Open a locked link for this session. Raises LinkOver, LinkEnded, WrongPassword, and TooMany where too many guess
    at this link, from whatever addresses."""
    found = linked(token)
    if not allowed_for(f"guess:link:{found.pk}", settings.RATES["guess"] * settings.ADDRESS_SHARE):
        raise TooMany
    if found.share_password and not check_password(password, found.share_password):
        raise WrongPassword
    others = [mark for mark in session.get(SESSION_KEY, []) if mark != _mark(found)]
    session[SESSION_KEY] = [*others, _mark(found)][-MOST_UNLOCKED:]


def _mark(conversation: Conversation) -> str:
    """What a session remembers of a link it opened: it fits no other link and no other password."""
    return salted_hmac("agents.unlocked", f"{conversation.share_token}:{conversation.share_password}").hexdigest()
