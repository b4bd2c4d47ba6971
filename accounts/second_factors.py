"""Second factors: their secrets are sealed in the database, and staff need one where the owner says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.connections import encryption
from core.errors import DylumoError
from core.http import error_response, wants_json

SECRETS = ("secret", "seed")
"""Where allauth keeps what a TOTP code, or the recovery codes, are made from."""
LISTED = "migrated_codes"
OPEN_TO_ALL = ("/accounts/", "/static/", "/health/")
"""What staff reach without a second factor: the pages on which they set one up, or sign out."""


class SecondFactorAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return encryption.seal({"secret": text})

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.unseal(encrypted_text)["secret"]


def changed(data: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """What an authenticator keeps, with ``change`` applied to each of its secrets."""
    found = {name: change(value) if name in SECRETS else value for name, value in data.items()}
    if LISTED in found:
        found[LISTED] = [change(code) for code in found[LISTED]]
    return found


def sealed_in(data: Mapping[str, Any]) -> list[str]:
    """The sealed secrets of an authenticator."""
    return [*(data[name] for name in SECRETS if name in data), *data.get(LISTED, ())]


class SecondFactorMissing(DylumoError):
    code = "second_factor_missing"
    status = 403
    message = "Staff of this copy need a second factor."
    hint = "Set one up on the page Second factor of your account."


class SecondFactorMiddleware:
    """Staff without a second factor are led to where they set one up, if ``STAFF_SECOND_FACTOR`` asks for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.STAFF_SECOND_FACTOR or request.path.startswith(OPEN_TO_ALL):
            return self.get_response(request)
        user = request.user
        if not (user.is_authenticated and user.is_staff) or get_adapter().is_mfa_enabled(user):
            return self.get_response(request)
        if wants_json(request):
            return error_response(request, SecondFactorMissing())
        messages.warning(request, f"{_(SecondFactorMissing.message)} {_('Set one up here, then go on.')}")
        return redirect("mfa_index")
