"""``bin/run seed``: a filled site to develop against."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import User
from agents.management.commands.seed import EMAIL, LISTS, PASSWORD
from tests.factories import AudioProfileFactory, TrackFactory


def seed() -> str:
    said = StringIO()
    call_command("seed", stdout=said)
    return said.getvalue()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_site_is_filled_once_with_somebody_who_can_sign_in_and_has_lists_and_a_taste() -> None:
    for number in range(40):
        track = TrackFactory(profile=None)
        AudioProfileFactory(track=track, valence=number % 8 / 8, arousal=number / 40, instrumentalness=0.9)
    assert PASSWORD in seed()
    person = User.objects.get(email=EMAIL)
    assert person.check_password(PASSWORD)
    lists = [conversation.head for conversation in person.conversations.all()]
    assert len(lists) == len(LISTS)
    assert all(playlist and playlist.shown and playlist.items.exists() for playlist in lists)
    assert {"like", "not_now", "played"} <= set(person.reactions.values_list("kind", flat=True))
    assert "filled already" in seed()
    assert person.conversations.count() == len(LISTS)
