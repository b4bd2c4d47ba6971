"""Guests: a visitor who makes something gets a row of their own, kept by the session, taken along at sign-up."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from django.http import HttpRequest, HttpResponse

from accounts.models import User

SESSION_KEY = "guest"


class PersonRequest(HttpRequest):
    """A request with ``person``: the signed-in user, else the session's guest, else None."""

    person: User | None


class PersonMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        cast(PersonRequest, request).person = person_of(request)
        return self.get_response(request)


def person_of(request: HttpRequest) -> User | None:
    """Who is asking. Reading it never makes a row."""
    if request.user.is_authenticated:
        return cast(User, request.user)
    guest = request.session.get(SESSION_KEY)
    return User.objects.filter(pk=guest, is_guest=True, is_active=True).first() if guest else None


def ensure_person(request: HttpRequest) -> User:
    """Who is asking; a visitor becomes a guest now, because they are about to own something."""
    person = person_of(request)
    if person is None:
        person = User.objects.create_guest()
        request.session[SESSION_KEY] = person.pk
        cast(PersonRequest, request).person = person
    return person
