"""Who may sign up: everybody, whoever was invited, or nobody (``DYLUMO_SIGNUP``).

An invitation is a signed link for one e-mail address, which can be used once, because an address signs up once.
"""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.urls import reverse

SALT = "accounts.invitation"
SESSION_KEY = "invited"
PARAMETER = "invitation"


def link(email: str) -> str:
    """The address, without its host, at which ``email`` may sign up."""
    token = signing.dumps(email.strip().lower(), salt=SALT)
    return f"{reverse('account_signup')}?{urlencode({PARAMETER: token})}"


def invited(request: HttpRequest) -> str:
    """The e-mail address that this visitor was invited by, or empty. Kept in the session from the link on."""
    token = request.GET.get(PARAMETER) or request.session.get(SESSION_KEY, "")
    try:
        email: str = signing.loads(token, salt=SALT, max_age=settings.INVITATION_DAYS * 24 * 3600)
    except signing.BadSignature:
        return ""
    request.session[SESSION_KEY] = token
    return email


def may_sign_up(request: HttpRequest) -> bool:
    return settings.SIGNUP == "open" or (settings.SIGNUP == "invite" and bool(invited(request)))


def fits(request: HttpRequest, email: str) -> bool:
    """Whether this address may sign up by the invitation that was followed."""
    return settings.SIGNUP != "invite" or email.strip().lower() == invited(request)
