"""What allauth must do differently here: a guest who signs up or in keeps what they made."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse

from accounts import guests
from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    def new_user(self, request: HttpRequest) -> User:
        """Signing up turns the guest's own row into the account: nothing has to be moved."""
        return guests.guest_of(request) or User()

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.is_guest = False
        saved: User = super().save_user(request, user, form, commit)
        if commit:
            request.session.pop(guests.SESSION_KEY, None)
        return saved

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Signing in to an account that was there before: the guest's things move over to it."""
        if guest := guests.guest_of(request):
            guests.carry_over(guest, user)
            request.session.pop(guests.SESSION_KEY, None)
        response: HttpResponse = super().post_login(request, user, **kwargs)
        return response
