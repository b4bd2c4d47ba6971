"""What staff may see of people: pseudonyms instead of names, and reasons that are written down before a look."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import AccessReason, User
from core.errors import BadInput

REASON_HOLDS = timedelta(minutes=30)
"""How long one written reason opens the same thing again."""
SHORTEST_REASON = 10


class NoReason(BadInput):
    code = "no_reason"
    message = f"Say why you look at this, in {SHORTEST_REASON} characters or more."
    hint = "The reason is kept with your name and the time."


def pseudonym(person_id: int) -> str:
    """The same for a person for ever in this copy of the site, and nobody's name: a keyed hash (HMAC-SHA256)."""
    key = f"pseudonym:{settings.SECRET_KEY}".encode()
    return "person-" + hmac.new(key, str(person_id).encode(), hashlib.sha256).hexdigest()[:16]


def log_access(staff: User, person_id: int, what: str, reason: str) -> AccessReason:
    """Write down a look at a person's things before it happens. Raises NoReason."""
    reason = " ".join(reason.split())[:300]
    if len(reason) < SHORTEST_REASON:
        raise NoReason
    return AccessReason.objects.create(
        staff=staff, staff_name=str(staff)[:254], subject=pseudonym(person_id), what=what, reason=reason
    )


def may_look(staff: User, person_id: int, what: str) -> bool:
    """Has this member of staff given a reason for this a short while ago?"""
    lately = timezone.now() - REASON_HOLDS
    return AccessReason.objects.filter(staff=staff, subject=pseudonym(person_id), what=what, at__gt=lately).exists()


def consenting() -> QuerySet[User]:
    """Those whose consent to research stands now. What they did before they gave it is not part of it."""
    return User.objects.filter(research_consent__isnull=False, is_active=True)


def consent_to_research(person: User, given: bool) -> None:
    """Give or withdraw; withdrawn consent keeps everything of the person out of every later export."""
    since = (person.research_consent or timezone.now()) if given else None
    User.objects.filter(pk=person.pk).update(research_consent=since)
    person.research_consent = since
