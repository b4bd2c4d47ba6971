"""What lies in the folds of a list's rows: fetched one by one, or all at once by ``?open``, by who may see it."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from agents.conversations import sharing
from agents.conversations.sessions import actions
from agents.models import Conversation
from tests.agents.test_views import conversation_of
from tests.factories import TrackFactory, UserFactory

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
SIGNS = {"why": '<dl class="parts">', "listen": "Find on Deezer", "never": "Never this artist"}
"""A sentence of each part."""
OPEN = r'id="more-\d+" open'
CHANGES = ("/swap/", "/arrange/", "/fit/")


@pytest.fixture
def ada(client: Client) -> User:
    person: User = UserFactory()
    client.force_login(person, backend=BACKEND)
    return person


@pytest.fixture
def made(ada: User) -> Conversation:
    found = conversation_of(ada, tracks=2)
    assert found.head
    for item in found.head.items.all():
        item.track.links.all().delete()
        item.track.source = "editor"
        item.track.save()
    return found


def tracks(made: Conversation) -> list[int]:
    assert made.head
    return list(made.head.items.order_by("position").values_list("track_id", flat=True))


def text(client: Client, address: str, status: int = 200, **query: object) -> str:
    answer = client.get(address, query)
    assert answer.status_code == status, address
    return str(answer.content.decode())


def test_a_page_leaves_them_out_and_links_to_itself_with_all_of_them(client: Client, made: Conversation) -> None:
    address = reverse("conversation", args=[made.pk])
    page, first = text(client, address), tracks(made)[0]
    for part, sign in SIGNS.items():
        assert sign not in page and page.count(f'data-late="{part}"') == 2
        assert sign in text(client, f"{address}rows/{first}/{part}/")
    assert f'<a href="?open={first}">' in page and "sharing" in page and "share-password" not in page
    whole = text(client, address, open=first)
    assert all(whole.count(sign) == 2 for sign in SIGNS.values())
    assert "data-late" not in whole and "share-password" in whole
    assert f'id="more-{first}" open><summary autofocus>' in whole and len(re.findall(OPEN, whole)) == 1
    for odd in ("", "x", "-1", "9" * 40, "²"):
        assert not re.search(OPEN, text(client, address, open=odd))


def test_only_rows_of_the_list_and_only_parts_that_there_are(client: Client, made: Conversation) -> None:
    address = reverse("conversation", args=[made.pk])
    text(client, f"{address}rows/{TrackFactory().pk}/why/", 404)
    text(client, f"{address}rows/{tracks(made)[0]}/all/", 404)
    first, last = (text(client, f"{address}rows/{track}/why/") for track in tracks(made))
    assert 'value="up" aria-label="Move up" disabled' in first and "disabled" not in first.split('value="down"')[1]
    assert 'value="down" aria-label="Move down" disabled' in last


def test_a_stranger_gets_none_and_who_has_the_link_only_what_it_shows(made: Conversation) -> None:
    track, stranger = tracks(made)[0], Client()
    for part in SIGNS:
        text(stranger, f"/c/{made.pk}/rows/{track}/{part}/", 404)
    address = reverse("shared", args=[sharing.share(made)])
    why = text(stranger, f"{address}rows/{track}/why/")
    assert SIGNS["why"] in why and not any(change in why for change in CHANGES)
    assert SIGNS["listen"] in text(stranger, f"{address}rows/{track}/listen/")
    text(stranger, f"{address}rows/{track}/never/", 404)
    text(stranger, f"{address}rows/{TrackFactory().pk}/why/", 404)
    assert SIGNS["why"] in text(stranger, address, open=track)
    assert SIGNS["why"] in text(stranger, reverse("embed", args=[made.share_token])), "a frame fetches nothing"


def test_who_listens_along_may_say_never_but_changes_nothing_else(made: Conversation) -> None:
    session = actions.open_session(made, "Ada")
    bob, friend = UserFactory(), Client()
    friend.force_login(bob, backend=BACKEND)
    address = reverse("together", args=[session.token])
    track = tracks(made)[0]
    text(friend, f"{address}rows/{track}/never/", 404)
    actions.join(session, bob, "Bob")
    assert SIGNS["never"] in text(friend, f"{address}rows/{track}/never/")
    why = text(friend, f"{address}rows/{track}/why/")
    assert SIGNS["why"] in why and not any(change in why for change in CHANGES)
    assert all(sign in text(friend, address, open="") for sign in SIGNS.values())
