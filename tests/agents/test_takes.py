"""Hearing a photo another way, and what sentences describe."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from agents.language.concepts import concepts_said
from agents.models import Conversation, Turn
from core.schemas import Label, MusicBrief, dump, load
from recommender.mapping.takes import takes_for, with_takes
from tests.factories import ConversationFactory, PlaylistFactory, TrackFactory, TurnFactory, UserFactory


@pytest.mark.parametrize(
    ("text", "occasion"),
    [
        ("music to fall asleep to", "sleep"),
        ("a slow, rainy Sunday", "rain"),
        ("music for my grandmother's funeral", "funeral"),
        ("Christmas morning", "christmas"),
        ("a lullaby for my baby", "baby"),
        ("driving at night through the city", "night drive"),
        ("something for a village wedding", "wedding"),
        ("study music", "working focus"),
        ("pump me up for the gym", "gym workout"),
    ],
)
def test_a_sentence_names_its_occasion(text: str, occasion: str) -> None:
    assert occasion in [label.name for label in concepts_said(text)[:2]]


def test_words_without_an_occasion_name_none_surely() -> None:
    assert all(label.score < 0.8 for label in concepts_said("qwertz asdf"))


@pytest.fixture
def conversation() -> Conversation:
    brief = with_takes(
        MusicBrief(valence=0.7, arousal=0.4),
        takes_for([Label(name="beach", score=0.9, kind="concept")], 0.8, 0.4),
    )
    owner = UserFactory()
    TrackFactory.create_batch(15)
    head = PlaylistFactory(owner=owner, brief=dump(brief))
    made = ConversationFactory(owner=owner, head=head)
    TurnFactory(conversation=made, state=Turn.State.DONE, playlist=head)
    return made


@pytest.mark.django_db
def test_another_take_is_a_new_version_that_can_be_undone(client: Client, conversation: Conversation) -> None:
    client.force_login(conversation.owner)
    assert client.post(reverse("take", args=[conversation.pk]), {"take": "2"}).status_code in (200, 302)
    conversation.refresh_from_db()
    assert conversation.head is not None
    assert load(MusicBrief, conversation.head.brief).take == 2
    assert conversation.head.parent is not None


@pytest.mark.django_db
@pytest.mark.parametrize("take", ["0", "99", "-1", "x", "", "9" * 40])
def test_a_take_that_is_none_changes_nothing_and_is_said(client: Client, conversation: Conversation, take: str) -> None:
    client.force_login(conversation.owner)
    answer = client.post(reverse("take", args=[conversation.pk]), {"take": take})
    assert answer.status_code == 400
    head = conversation.head_id
    conversation.refresh_from_db()
    assert conversation.head_id == head


@pytest.mark.django_db
def test_a_stranger_hears_nothing_another_way(client: Client, conversation: Conversation) -> None:
    client.force_login(UserFactory())
    assert client.post(reverse("take", args=[conversation.pk]), {"take": "2"}).status_code == 404
