"""Research exports: only of those who consented, only since then, and nothing that names anybody."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.staff_access import consent_to_research, pseudonym
from agents.conversations import research_export
from recommender.models import Playlist, Track
from tests.factories import (
    ConversationFactory,
    PlaylistFactory,
    PlaylistItemFactory,
    ReactionFactory,
    TrackFactory,
    TrackLinkFactory,
    TurnFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def exported(kind: str) -> list[dict[str, Any]]:
    out = StringIO()
    call_command("export_research", kind, stdout=out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def somebody(email: str, consents: bool = True) -> User:
    person = UserFactory(email=email, name=f"Name of {email}")
    if consents:
        consent_to_research(person, True)
    return person


def said(person: User, text: str = "something calmer", **track: Any) -> Playlist:
    """A finished turn with a list of two, the first liked and the second refused."""
    playlist = PlaylistFactory(owner=person)
    for place, kind in enumerate(("like", "not_now")):
        item = PlaylistItemFactory(playlist=playlist, position=place, track=TrackFactory(title=f"T{place}", **track))
        ReactionFactory(owner=person, track=item.track, playlist=playlist, kind=kind)
    talk = ConversationFactory(owner=person, title=person.email)
    TurnFactory(conversation=talk, text=text, state="done", answer="Here you are.", playlist=playlist)
    return playlist


def test_only_those_who_consented_are_in_it_and_under_a_pseudonym() -> None:
    ada = somebody("ada@example.org")
    said(ada, "calm, write to ada@example.org or +49 170 1234567 or https://ada.example/me")
    said(somebody("bob@example.org", consents=False), "private to bob")
    [talk] = exported("conversations")
    assert talk["person"] == pseudonym(ada.pk)
    assert [message["role"] for message in talk["messages"]] == ["user", "assistant"]
    assert talk["messages"][0]["content"] == "calm, write to [mail] or [number] or [link]"
    assert [track["title"] for track in talk["messages"][1]["tracks"]] == ["T0", "T1"]
    [pair] = exported("preferences")
    assert (pair["chosen"]["title"], pair["rejected"]["title"]) == ("T0", "T1")
    everything = json.dumps([talk, pair])
    assert not [hidden for hidden in ("ada@", "bob", "Name of", "Calm blue", ".webp") if hidden in everything]


def test_what_was_said_before_the_consent_and_after_its_withdrawal_stays_out(client: Client) -> None:
    person = somebody("ada@example.org", consents=False)
    said(person)
    client.force_login(person)
    client.post("/accounts/my-data/research/", {"consent": "yes"})
    assert exported("conversations") == []
    said(person, "after the consent")
    assert [talk["messages"][0]["content"] for talk in exported("conversations")] == ["after the consent"]
    assert "Withdraw" in client.get("/accounts/my-data/").content.decode()
    client.post("/accounts/my-data/research/", {"consent": "no"})
    assert exported("conversations") == exported("preferences") == []


def test_a_second_consent_does_not_reach_back_over_a_withdrawal() -> None:
    person = somebody("ada@example.org")
    said(person, "while withdrawn")
    consent_to_research(person, False)
    consent_to_research(person, True)
    assert person.research_consent and person.research_consent > timezone.now() - timedelta(minutes=1)
    assert exported("conversations") == []


def test_nobody_consents_for_somebody_else(client: Client) -> None:
    other = somebody("ada@example.org", consents=False)
    client.force_login(UserFactory())
    client.post("/accounts/my-data/research/", {"consent": "yes", "person": other.pk})
    other.refresh_from_db()
    assert other.research_consent is None
    assert Client().post("/accounts/my-data/research/", {"consent": "yes"}).status_code == 404


@pytest.mark.parametrize("service", research_export.SERVICES)
def test_nothing_of_a_music_service_is_in_it(service: str) -> None:
    person = somebody("ada@example.org")
    playlist = said(person)
    TrackLinkFactory(track=playlist.items.first().track, service=service)
    [talk] = exported("conversations")
    assert [track["title"] for track in talk["messages"][1]["tracks"]] == ["T1"]
    assert talk["messages"][1]["content"] == "", "the answer may name the track"
    assert exported("preferences") == []


def test_nor_are_ones_own_files_and_tracks_of_a_service() -> None:
    person = somebody("ada@example.org")
    said(person, owner=person)
    said(person, source=Track.Source.SERVICE)
    assert all(talk["messages"][1]["tracks"] == [] for talk in exported("conversations"))
    assert exported("preferences") == []


@settings(deadline=None)
@given(st.text(max_size=80))
def test_text_without_addresses_links_and_numbers_is_left_as_it_is(text: str) -> None:
    if not any(mark in text for mark in "@0123456789") and "http" not in text and "www" not in text:
        assert research_export.without_identity(text).strip() == text.strip() or any(c.isdigit() for c in text)
