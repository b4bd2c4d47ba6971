"""A program that did not hear an answer may send the same again under the same key: it gets the same turn."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from agents.models import IdempotencyKey, Turn
from core.errors import BadInput, Conflict

KEPT = timedelta(days=1)
LONGEST_KEY = 200


class BadKey(BadInput):
    code = "bad_idempotency_key"
    message = f"An Idempotency-Key has 1 to {LONGEST_KEY} printable ASCII characters."
    hint = "A UUID made for each new request does well."


class KeyReused(Conflict):
    code = "idempotency_key_reused"
    message = "This Idempotency-Key was used for a different request."
    hint = "Make a new key for each new request; send the old one only with the same request."


@transaction.atomic
def once(person: User, key: str | None, asked: dict[str, Any], ask: Callable[[], Turn]) -> tuple[Turn, bool]:
    """The turn of this key, and whether ``ask`` made it just now. ``asked``: what the request says, as plain JSON.

    Without a key every request is a new one. Raises BadKey, KeyReused, and what ``ask`` raises; then no key is kept.
    """
    if key is None:
        return ask(), True
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise BadKey
    # One keyed request of a person at a time: a second with the same key waits here, then finds the first one's turn.
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    mine = IdempotencyKey.objects.filter(owner=person)
    mine.filter(created__lt=timezone.now() - KEPT).delete()
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    if known := mine.select_related("turn").filter(key=key).first():
        if known.asked != digest:
            raise KeyReused
        return known.turn, False
    turn = ask()
    IdempotencyKey.objects.create(owner=person, key=key, asked=digest, turn=turn)
    return turn, True
