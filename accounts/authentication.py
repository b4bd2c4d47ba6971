"""Who is asking the API: a program by its token, or a page by its session (guests too, with Django's CSRF check)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from accounts import api_tokens
from accounts.guests import ensure_person, person_of
from accounts.models import ApiToken, User
from accounts.staff_access import pseudonym
from core import trace
from core.errors import DylumoError


class ReadOnly(DylumoError):
    code = "read_only_token"
    status = 403
    message = "This token may read, and change nothing."
    hint = "Make one that may, on the page API tokens of your account."


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer dyl_...``"""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = api_tokens.recognise(secret.strip())
        if token is None:
            raise AuthenticationFailed
        if token.scope == ApiToken.Scope.READ and request.method not in SAFE_METHODS:
            raise ReadOnly
        trace.note(person=pseudonym(token.owner.pk))
        return token.owner, token

    def authenticate_header(self, _request: Request) -> str:
        return 'Bearer realm="Dylumo"'


class PersonAuthentication(SessionAuthentication):
    """The session's person: signed in, or a guest."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        person = person_of(request._request)
        if person is None:
            return None
        self.enforce_csrf(request)
        return person, None


def ensure_owner(request: Request) -> User:
    """Who is asking; a visitor becomes a guest of the session, under the same CSRF check as everyone in one."""
    if isinstance(request.user, User):
        return request.user
    PersonAuthentication().enforce_csrf(request)
    return ensure_person(request._request)


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, _auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "A token made on the page API tokens of an account."}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = PersonAuthentication
    name = "session"

    def get_security_definition(self, _auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "The browser's session; whatever changes something needs the X-CSRFToken header too.",
        }
