"""Listening in step: which second it is, what a page may say, who hears it, and who is not listened to."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts import throttling
from accounts.models import User
from agents.conversations.sessions import actions, in_step
from agents.conversations.sessions.in_step import PlayerState, position_at
from agents.models import Member, Playback, Session, Turn
from tests.agents.sockets import Page
from tests.factories import (
    ConversationFactory,
    GuestFactory,
    PlaylistFactory,
    PlaylistItemFactory,
    TrackFactory,
    TurnFactory,
    UserFactory,
)

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
db = pytest.mark.django_db(transaction=True)


# --- the maths


@pytest.mark.parametrize(
    ("state", "after", "second"),
    [
        (PlayerState(10.0, True, NOON, 200.0), 5.0, 15.0),
        (PlayerState(10.0, False, NOON, 200.0), 5.0, 10.0),
        (PlayerState(190.0, True, NOON, 200.0), 60.0, 200.0),
        (PlayerState(10.0, True, NOON, 0.0), 600.0, 610.0),
        (PlayerState(10.0, True, NOON, 200.0), -3.0, 10.0),
        (PlayerState(205.0, True, NOON, 200.0), 9.0, 205.0),
    ],
    ids=["runs", "paused", "ends", "of no known length", "clocks disagree", "longer than was known"],
)
def test_the_second_at_which_a_player_is(state: PlayerState, after: float, second: float) -> None:
    assert position_at(state, NOON + timedelta(seconds=after)) == pytest.approx(second)


@given(st.floats(0, 7200), st.booleans(), st.floats(0, 7200), st.floats(0, 7200), st.floats(0, 7200))
def test_it_never_runs_backwards_nor_beyond_the_end(
    position: float, playing: bool, duration: float, sooner: float, longer: float
) -> None:
    state = PlayerState(position, playing, NOON, duration)
    first = position_at(state, NOON + timedelta(seconds=sooner))
    then = position_at(state, NOON + timedelta(seconds=sooner + longer))
    assert position <= first <= then
    assert duration == 0 or then <= max(duration, position)


@pytest.mark.skipif(not shutil.which("node"), reason="needs Node, which runs what the page runs")
def test_a_guests_sound_comes_back_gently_and_jumps_when_it_is_far_off(tmp_path: Path) -> None:
    source = (Path(settings.STATICFILES_DIRS[0]) / "js" / "step.js").read_text()
    start, end = source.index("const NEAR"), source.index("/** @type {Told | null} */")
    asked = """
    const at = (playing, since, now) => positionAt({ position: 10, playing, since }, now);
    const off = [0.1, -0.1, 0.5, -0.5, 1.5, -9].map(correction);
    console.log(JSON.stringify({ off, at: [at(true, 1000, 3500), at(false, 0, 9e9)] }));
    """
    (tmp_path / "maths.mjs").write_text(source[start:end] + asked)
    told = json.loads(subprocess.run(["node", tmp_path / "maths.mjs"], capture_output=True, check=True).stdout)
    assert [one["jump"] for one in told["off"]] == [False] * 4 + [True] * 2
    assert [one["rate"] for one in told["off"]] == [1, 1, 0.95, 1.05, 1, 1]
    assert told["at"] == [12.5, 10]


# --- what is understood


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "{",
        "[]",
        "null",
        '{"say": "player"}',
        '{"say": "cheer", "cheer": "skull"}',
        '{"say": "cheer", "cheer": "heart", "by": "Olga"}',
        '{"say": "player", "track": 1, "position": -1, "playing": true}',
        '{"say": "player", "track": 1, "position": NaN, "playing": true}',
        '{"say": "player", "track": 1, "position": 1e99, "playing": true}',
        '{"say": "player", "track": "1", "position": 1, "playing": true}',
        '{"say": "cheer", "cheer": "heart"}' + " " * 400,
        "[" * 399,
    ],
)
def test_what_nobody_says_is_not_heard(odd: str) -> None:
    assert in_step.read(odd) is None


# --- over the socket


def plays(track: int, position: float = 12.5, playing: bool = True) -> str:
    return json.dumps({"say": "player", "track": track, "position": position, "playing": playing, "preview": False})


def cheer(name: str = "heart") -> str:
    return json.dumps({"say": "cheer", "cheer": name})


@database_sync_to_async
def a_session() -> tuple[Turn, Session, Member]:
    """A session on a list of three, with its host Olga and the guest Mia."""
    cache.clear()
    owner = UserFactory()
    head = PlaylistFactory(owner=owner)
    for place in range(3):
        PlaylistItemFactory(playlist=head, position=place)
    turn = TurnFactory(conversation=ConversationFactory(owner=owner, head=head), number=1, state="done", playlist=head)
    session = actions.open_session(turn.conversation, "Olga")
    mia = actions.join(session, GuestFactory(), "Mia")
    return Turn.objects.select_related("conversation__owner").get(pk=turn.pk), session, mia


@database_sync_to_async
def tracks(turn: Turn) -> list[int]:
    assert turn.playlist
    return list(turn.playlist.items.order_by("position").values_list("track_id", flat=True))


async def opened(turn: Turn, person: User) -> Page:
    """A page that has heard everything so far."""
    conversation = await database_sync_to_async(lambda: type(turn.conversation).objects.get(pk=turn.conversation_id))()
    page = Page(turn, person, last_seq=str(conversation.last_seq))
    await page.open()
    return page


async def state(page: Page) -> dict[str, Any]:
    frame = await page.frame()
    assert frame["kind"] == "player" and "seq" not in frame
    return frame


@db
async def test_everybody_hears_what_the_host_plays_and_whoever_comes_later_its_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turn, _, mia = await a_session()
    first, second, _ = await tracks(turn)
    host, guest = await opened(turn, turn.conversation.owner), await opened(turn, mia.person)
    await host.say(plays(first))
    told = await state(guest)
    assert (told["track"], told["playing"], told["preview"]) == (first, True, False)
    assert 12.5 <= told["position"] < 20
    await database_sync_to_async(Playback.objects.update)(at=timezone.now() - timedelta(seconds=30))
    late = await opened(turn, mia.person)
    assert 42.5 <= (await state(late))["position"] < 60
    await host.say(plays(second, 3.0, playing=False))
    for page in (guest, late):
        told = await state(page)
        assert (told["track"], told["position"], told["playing"]) == (second, 3.0, False)
    assert await database_sync_to_async(Playback.objects.count)() == 1, "only the last state is kept"
    for page in (host, guest, late):
        await page.close()
    await sync_to_async(actions.revoke)(turn.conversation)
    assert await sync_to_async(in_step.state_of)(turn.conversation_id) is None


@db
async def test_nobody_but_the_host_says_what_plays_and_only_songs_of_the_list() -> None:
    turn, _, mia = await a_session()
    first, *_ = await tracks(turn)
    other = await database_sync_to_async(TrackFactory)()
    host, guest = await opened(turn, turn.conversation.owner), await opened(turn, mia.person)
    await guest.say(plays(first))
    await host.say(plays(other.pk))
    await host.say("what?")
    assert await host.hears_nothing() and await guest.hears_nothing()
    assert not await database_sync_to_async(Playback.objects.exists)()
    for page in (host, guest):
        await page.close()


@db
async def test_signs_fly_by_with_their_senders_name_and_not_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling.time, "time", lambda: 1_000_000.0)
    monkeypatch.setattr(in_step, "CHEERS_A_MINUTE", 2)
    turn, _, mia = await a_session()
    host, guest = await opened(turn, turn.conversation.owner), await opened(turn, mia.person)
    for name in ("heart", "clap", "fire"):
        await guest.say(cheer(name))
    for page in (host, guest):
        told = [await page.frame() for _ in range(2)]
        assert told == [{"kind": "cheer", "cheer": name, "by": "Mia"} for name in ("heart", "clap")]
        assert await page.hears_nothing()
    for page in (host, guest):
        await page.close()


@db
async def test_a_stranger_and_somebody_who_was_removed_say_and_hear_nothing() -> None:
    turn, _, mia = await a_session()
    first, *_ = await tracks(turn)
    host, guest = await opened(turn, turn.conversation.owner), await opened(turn, mia.person)
    stranger = Page(turn, await database_sync_to_async(UserFactory)())
    await stranger.open()
    assert await stranger.is_closed_with() == 4404
    await stranger.say(cheer())
    assert await host.hears_nothing()
    await database_sync_to_async(Member.objects.filter(pk=mia.pk).update)(left=timezone.now())
    await guest.say(cheer())
    assert await guest.is_closed_with() == 4404
    await host.say(plays(first))
    assert (await state(host))["track"] == first
    assert await guest.is_closed_with() == 4404, "again, instead of what plays"
    for page in (host, guest, stranger):
        await page.close()


@db
def test_the_database_keeps_no_second_before_the_first() -> None:
    session = actions.open_session(ConversationFactory(), "Olga")
    with pytest.raises(IntegrityError), transaction.atomic():
        Playback.objects.create(session=session, track=TrackFactory(), position=-1, playing=True, at=timezone.now())
