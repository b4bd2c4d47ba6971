"""The socket: replays what was missed, forwards what comes, never twice, never to a stranger."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.db import OperationalError

from accounts.models import User
from agents.conversations import consumers, events
from agents.conversations.event_types import BriefMade, PeopleChanged, ReadingMade, TextDelta
from agents.conversations.sessions import actions
from agents.models import Member, Turn
from tests.agents.sockets import Page
from tests.factories import GuestFactory, TurnFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@database_sync_to_async
def a_turn(owner: User | None = None, told: int = 3) -> Turn:
    turn = TurnFactory(conversation__owner=owner or UserFactory())
    for number in range(told):
        events.announce(turn, TextDelta(at=number, text="a"))
    return Turn.objects.select_related("conversation__owner").get(pk=turn.pk)


async def test_a_page_hears_the_past_first_and_then_what_comes() -> None:
    turn = await a_turn()
    page = Page(turn, turn.conversation.owner)
    await page.open()
    assert await page.numbers(3) == [1, 2, 3]
    await sync_to_async(events.announce)(turn, BriefMade())
    frame: dict[str, Any] = await page.frame()
    assert (frame["seq"], frame["kind"], frame["turn"]) == (4, "brief", str(turn.pk))
    await page.close()


async def test_a_page_that_comes_back_hears_only_what_it_missed() -> None:
    turn = await a_turn()
    page = Page(turn, turn.conversation.owner, last_seq="2")
    await page.open()
    assert await page.numbers(1) == [3]
    assert await page.hears_nothing()
    await page.close()


async def test_a_page_hears_again_after_the_database_was_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "LOOK_EVERY", 0.1)
    turn = await a_turn()
    page = Page(turn, turn.conversation.owner)
    await page.open()
    await page.numbers(3)
    heard_from, away = consumers.heard_from, asyncio.Event()

    def without_database(*_: Any) -> None:
        away.set()
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(consumers, "heard_from", without_database)
    await asyncio.wait_for(away.wait(), 5)
    monkeypatch.setattr(consumers, "heard_from", heard_from)
    monkeypatch.setattr(events, "_notify", lambda event: None)
    await sync_to_async(events.announce)(turn, BriefMade())
    assert await page.numbers(1) == [4]
    await page.close()


async def test_a_notification_that_was_lost_is_made_up_for_from_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "LOOK_EVERY", 0.1)
    turn = await a_turn()
    page = Page(turn, turn.conversation.owner)
    await page.open()
    await page.numbers(3)
    monkeypatch.setattr(events, "_notify", lambda event: None)
    await sync_to_async(events.announce)(turn, BriefMade())
    assert await page.numbers(1) == [4]
    await page.close()


async def test_a_late_notification_after_a_gap_brings_the_whole_gap_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    turn = await a_turn(told=0)
    page = Page(turn, turn.conversation.owner)
    await page.open()
    with monkeypatch.context() as silent:
        silent.setattr(events, "_notify", lambda event: None)
        await sync_to_async(events.announce)(turn, ReadingMade(tier="basic"))
        await sync_to_async(events.announce)(turn, BriefMade())
    await sync_to_async(events.announce)(turn, PeopleChanged())
    assert await page.numbers(3) == [1, 2, 3]
    await page.close()


async def test_the_same_bell_twice_is_heard_once() -> None:
    turn = await a_turn(told=1)
    page = Page(turn, turn.conversation.owner)
    await page.open()
    await page.numbers(1)
    frame = (await database_sync_to_async(events.after)(turn.conversation_id, 0))[0]
    message = {"type": "conversation.event", "frame": frame}
    await get_channel_layer().group_send(events.group_of(turn.conversation_id), message)
    assert await page.hears_nothing()
    await page.close()


async def test_a_guest_hears_their_own_conversation() -> None:
    turn = await a_turn(owner=await database_sync_to_async(GuestFactory)())
    page = Page(turn, turn.conversation.owner)
    await page.open()
    assert await page.numbers(3) == [1, 2, 3]
    await page.close()


@pytest.mark.parametrize("stranger", [UserFactory, GuestFactory, None])
async def test_a_stranger_hears_nothing(stranger: Any) -> None:
    turn = await a_turn()
    page = Page(turn, await database_sync_to_async(stranger)() if stranger else None)
    await page.open()
    assert await page.is_closed_with() == consumers.NOT_YOURS


@pytest.mark.parametrize("nonsense", ["", "-1", "abc", "99999999999999999999", "²"])
async def test_a_nonsensical_number_replays_from_the_start(nonsense: str) -> None:
    turn = await a_turn(told=1)
    page = Page(turn, turn.conversation.owner, last_seq=nonsense)
    await page.open()
    assert await page.numbers(1) == [1]
    await page.close()


async def test_a_member_hears_what_comes_in_the_session_and_nothing_from_before_or_after() -> None:
    turn = await a_turn()

    @database_sync_to_async
    def invite() -> tuple[User, Member]:
        session = actions.open_session(turn.conversation, "Olga")
        person = GuestFactory()
        return person, actions.join(session, person, "Mia")

    guest, member = await invite()
    page = Page(turn, guest)
    await page.open()
    assert await page.numbers(2) == [4, 5], "who came in, and nothing that was told before"
    await sync_to_async(events.announce)(turn, BriefMade())
    assert (await page.frame())["kind"] == "brief"
    await database_sync_to_async(actions.leave)(member)
    assert await page.is_closed_with() == consumers.NOT_YOURS
    assert await page.hears_nothing()
    late = Page(turn, guest)
    await late.open()
    assert await late.is_closed_with() == consumers.NOT_YOURS


async def test_the_page_of_somebody_removed_is_closed_at_once_and_the_others_go_on() -> None:
    turn = await a_turn()

    @database_sync_to_async
    def two_members() -> tuple[Member, Member]:
        session = actions.open_session(turn.conversation, "Olga")
        return actions.join(session, UserFactory(), "Mia"), actions.join(session, GuestFactory(), "Ben")

    mia, ben = await two_members()
    pages = [Page(turn, member.person, last_seq="99") for member in (mia, ben)]
    for page in pages:
        await page.open()
    await database_sync_to_async(actions.remove)(turn.conversation, mia.pk)
    assert await pages[0].is_closed_with() == consumers.NOT_YOURS
    again = Page(turn, mia.person)
    await again.open()
    assert await again.is_closed_with() == consumers.NOT_YOURS
    assert await pages[1].hears_nothing()
    await pages[1].close()
