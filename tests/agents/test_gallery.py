"""One's lists as a gallery: found by what is in them, chosen and deleted together."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from agents.conversations import views
from agents.models import Conversation
from tests.agents.test_views import conversation_of
from tests.factories import TurnFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client: Client) -> User:
    person: User = UserFactory()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return person


def named(owner: User, title: str) -> Conversation:
    made = conversation_of(owner)
    Conversation.objects.filter(pk=made.pk).update(title=title)
    return made


def shown(client: Client, **query: str) -> set[str]:
    page = client.get("/lists/", query).content.decode()
    return {title for title in ("Evening tide", "Loud night", "Not mine") if f"<b>{title}</b>" in page}


def test_lists_are_found_by_title_song_artist_and_what_was_said(client: Client, ada: User) -> None:
    tide, night = named(ada, "Evening tide"), named(ada, "Loud night")
    named(UserFactory(), "Not mine")
    assert tide.head and night.head
    track = night.head.items.get(position=0).track
    track.title, track.artist = "Blue Monday", "New Order"
    track.save()
    TurnFactory(conversation=tide, number=2, state="done", text="more for dancing")
    assert shown(client) == {"Evening tide", "Loud night"}
    assert shown(client, q="tide") == {"Evening tide"}
    assert shown(client, q="blue mon") == shown(client, q="NEW ORDER") == {"Loud night"}
    assert shown(client, q="dancing") == {"Evening tide"}
    assert shown(client, q="100%") == shown(client, q="zzz") == set()
    assert "Nothing with “zzz”" in client.get("/lists/", {"q": "zzz"}).content.decode()
    odd = client.get("/lists/", {"q": '"><script>'}).content.decode()
    assert "<script>" not in odd.replace("<script src", "")


def test_many_lists_stand_on_pages(client: Client, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "TILES", 2)
    for number in range(3):
        named(ada, f"List {number}")
    first, second = (client.get("/lists/", {"page": page}).content.decode() for page in "12")
    assert first.count('class="tile"') == 2 and "?page=2" in first
    assert second.count('class="tile"') == 1
    assert client.get("/lists/", {"page": "x"}).status_code == 200


def test_chosen_lists_are_deleted_and_only_ones_own(client: Client, ada: User) -> None:
    mine, other = [named(ada, f"List {number}") for number in range(3)], named(UserFactory(), "Not mine")
    answer = client.post(
        reverse("delete_lists"), {"list": [mine[0].pk, mine[1].pk, other.pk, uuid.uuid4()]}, follow=True
    )
    assert "2 lists deleted" in answer.content.decode()
    assert set(Conversation.objects.values_list("pk", flat=True)) == {mine[2].pk, other.pk}


def test_a_list_at_work_stays_and_that_is_said(client: Client, ada: User) -> None:
    busy = named(ada, "List")
    TurnFactory(conversation=busy, number=2, state="running")
    answer = client.post(reverse("delete_lists"), {"list": [busy.pk]}, follow=True).content.decode()
    assert "1 stayed" in answer and "deleted, with" not in answer
    assert Conversation.objects.filter(pk=busy.pk).exists()


@pytest.mark.parametrize("odd", [{}, {"list": ["no id"]}])
def test_what_names_no_list_is_refused(client: Client, ada: User, odd: dict[str, list[str]]) -> None:
    assert client.post(reverse("delete_lists"), odd).status_code == 400
    assert client.get(reverse("delete_lists")).status_code == 405
