"""Guests: a visitor who makes something gets a row of their own, kept by the session, taken along at sign-up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts import timezones
from accounts.models import User
from accounts.owned_data import delete_all, files_of, owning_fields
from accounts.privacy import forget
from accounts.staff_access import pseudonym
from core import trace
from core.errors import DylumoError

SESSION_KEY = "guest"
SEEN_AGAIN_AFTER = timedelta(hours=12)


class PersonRequest(HttpRequest):
    """A request with ``person``: the signed-in user, else the session's guest, else None."""

    person: User | None


class SignInFirst(DylumoError):
    code = "sign_in_first"
    status = 403
    message = "This copy of Dylumo is for people with an account."
    hint = "Sign in, or ask its owner for an account."


class PersonMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = person_of(request)
        cast(PersonRequest, request).person = person
        if person:
            trace.note(person=pseudonym(person.pk))
            timezones.keep(person, request)
        if person and person.last_seen < timezone.now() - SEEN_AGAIN_AFTER:
            User.objects.filter(pk=person.pk).update(last_seen=timezone.now())
        response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response["Dylumo-Viewer"] = _viewer(cast(PersonRequest, request).person)
        return response


def _viewer(person: User | None) -> str:
    """Whose page it is, without telling who: the service worker drops the pages it kept when this changes."""
    return salted_hmac("accounts.viewer", str(person.pk)).hexdigest()[:16] if person else "nobody"


def guest_of(request: HttpRequest) -> User | None:
    """The session's guest."""
    guest = request.session.get(SESSION_KEY)
    return User.objects.filter(pk=guest, is_guest=True, is_active=True).first() if guest else None


def person_of(request: HttpRequest) -> User | None:
    """Who is asking. Reading it never makes a row."""
    return request.user if isinstance(request.user, User) else guest_of(request)


def ensure_person(request: HttpRequest) -> User:
    """Who is asking; a visitor becomes a guest now, because they are about to own something. Raises SignInFirst where
    the owner wants no guests."""
    person = person_of(request)
    if person is None:
        if not settings.GUESTS:
            raise SignInFirst
        person = User.objects.create_guest()
        trace.note(person=pseudonym(person.pk))
        request.session[SESSION_KEY] = person.pk
        timezones.keep(person, request)
        cast(PersonRequest, request).person = person
    return person


@transaction.atomic
def carry_over(guest: User, user: User) -> None:
    """Give everything of a guest to ``user`` and delete the guest. What the user already has (the same photo) is not
    doubled: whatever pointed at the guest's copy points at the user's afterwards."""
    for field in owning_fields():
        for row in field.model._default_manager.filter(**{field.name: guest}):
            try:
                with transaction.atomic():
                    type(row)._default_manager.filter(pk=row.pk).update(**{field.name: user})
            except IntegrityError:
                _merge(row, _twin(row, field, user))
    guest.delete()


def _twin(row: models.Model, field: models.ForeignKey[Any, Any], user: User) -> models.Model:
    """The user's row that is the same as the guest's by a uniqueness constraint."""
    for constraint in row._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and field.name in constraint.fields:
            same = {name: getattr(row, name) for name in constraint.fields} | {field.name: user}
            if twin := type(row)._default_manager.filter(**same).first():
                return twin
    raise LookupError(f"{row._meta.label} {row.pk} clashes with nothing")


def _merge(row: models.Model, twin: models.Model) -> None:
    for relation in row._meta.related_objects:
        relation.related_model._default_manager.filter(**{relation.field.name: row}).update(
            **{relation.field.name: twin}
        )
    files = list(files_of([row]))
    row.delete()
    transaction.on_commit(lambda: delete_all(files))


def forget_idle_guests() -> int:
    """Delete guests not seen for ``GUEST_DAYS``, with everything they made; how many."""
    idle = User.objects.filter(is_guest=True, last_seen__lt=timezone.now() - timedelta(days=settings.GUEST_DAYS))
    for guest in idle:
        forget(guest)
    return len(idle)
