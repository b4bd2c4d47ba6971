"""Nobody pushes others out: turns are run round robin by person, and what one may have open or keep is limited."""

from __future__ import annotations

import io

import pytest
from channels.db import database_sync_to_async
from django.conf import LazySettings
from django.test import Client
from PIL import Image

from accounts.models import User
from agents import tasks
from agents.conversations import open_lines, quotas, run_turn, turns
from agents.conversations.consumers import TOO_MANY
from agents.models import Turn
from recommender.models import Picture
from tests.agents.sockets import Page
from tests.factories import TurnFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


def ask(person: User, count: int) -> list[Turn]:
    return [turns.start(person, text=f"calm {n}") for n in range(count)]


def test_turns_are_run_round_robin_by_person(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.OPEN_TURNS = 10
    eager, second, third = (UserFactory() for _ in range(3))
    asked = [*ask(eager, 4), *ask(second, 2), *ask(third, 1)]
    run: list[Turn] = []
    monkeypatch.setattr(run_turn, "run_turn", run.append)
    for turn in asked:  # the messages come in the order of asking
        tasks.run_turn(str(turn.pk))
    served = [turn.conversation.owner for turn in run]
    assert served == [eager, second, third, eager, second, eager, eager]
    assert {turn.pk for turn in run} == {turn.pk for turn in asked}
    tasks.run_turn(str(asked[0].pk))
    assert len(run) == len(asked), "a message too many runs nothing again"


def test_a_person_has_only_so_many_requests_open(settings: LazySettings, client: Client) -> None:
    settings.OPEN_TURNS = 2
    person, other = UserFactory(), UserFactory()
    first, _ = ask(person, 2)
    with pytest.raises(turns.TooManyOpen):
        ask(person, 1)
    ask(other, 2)
    turns.cancel(first)
    ask(person, 1)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    refused = client.post("/start/", {"text": "calm"}, headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_open")


def test_photos_and_songs_take_only_so_much_room(settings: LazySettings, client: Client) -> None:
    def photo(colour: str) -> io.BytesIO:
        data = io.BytesIO()
        Image.new("RGB", (640, 480), colour).save(data, "JPEG")
        data.name, _ = "photo.jpg", data.seek(0)
        return data

    client.force_login(person := UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.post("/start/", {"picture": photo("teal")}).status_code == 302
    settings.PERSON_BYTES = quotas.taken(person) + 100
    refused = client.post("/start/", {"picture": photo("red")}, headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "no_room")
    assert Picture.objects.count() == 1
    assert client.post("/start/", {"text": "calm"}).status_code == 302


async def test_a_person_has_only_so_many_sockets(settings: LazySettings) -> None:
    settings.OPEN_LINES = 2
    turn = await database_sync_to_async(lambda: TurnFactory(conversation__owner=UserFactory()))()
    owner = turn.conversation.owner
    pages = [Page(turn, owner) for _ in range(3)]
    for page in pages:
        await page.open()
    assert await pages[2].is_closed_with() == TOO_MANY
    await pages[0].close()
    again = Page(turn, owner)
    await again.open()
    assert await again.hears_nothing()
    for page in (pages[1], again):
        await page.close()
    assert owner.pk not in open_lines._open
