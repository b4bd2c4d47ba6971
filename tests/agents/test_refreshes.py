"""New songs by the calendar: on the right day, once, as an ordinary turn, and never against the person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from accounts import api_tokens
from accounts.models import User
from agents.conversations import refreshes, revisions, run_turn, turns
from agents.models import Conversation, Refresh, Turn
from recommender.models import Playlist
from tests.agents.fakes import team_seeing
from tests.factories import ConversationFactory, PictureFactory, PlaylistFactory, TrackFactory, UserFactory

pytestmark = pytest.mark.django_db
FRIDAY = Refresh.Weekday.FRIDAY


@pytest.fixture(autouse=True)
def quiet_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.conversations.turns.enqueue", lambda turn_id: None)
    monkeypatch.setattr(run_turn, "team", team_seeing)


def listed(person: User | None = None, **fields: Any) -> Conversation:
    person = person or UserFactory()
    return ConversationFactory(owner=person, head=PlaylistFactory(owner=person), **fields)


def due(conversation: Conversation, **fields: Any) -> Refresh:
    """A plan whose time has come."""
    refresh = refreshes.plan(conversation, FRIDAY)
    Refresh.objects.filter(pk=refresh.pk).update(**{"next_at": timezone.now() - timedelta(days=20), **fields})
    refresh.refresh_from_db()
    return refresh


def end(turn: Turn, state: str = Turn.State.DONE, **fields: Any) -> None:
    Turn.objects.filter(pk=turn.pk).update(state=state, **fields)


@pytest.mark.parametrize(
    ("zone", "now", "expected"),
    [
        ("", "2026-11-30T12:00", "2026-12-04T06:00"),
        ("", "2026-12-04T05:59", "2026-12-04T06:00"),
        ("", "2026-12-04T06:00", "2026-12-11T06:00"),
        ("America/New_York", "2026-12-04T10:30", "2026-12-04T11:00"),
        ("Asia/Tokyo", "2026-12-03T20:59", "2026-12-03T21:00"),
        ("Europe/Berlin", "2026-03-28T12:00", "2026-04-03T04:00"),  # summer time begins in between
    ],
)
def test_new_songs_come_in_the_morning_of_the_persons_own_day(zone: str, now: str, expected: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert refreshes.next_time(User(time_zone=zone), FRIDAY, moment) == datetime.fromisoformat(expected).replace(
        tzinfo=UTC
    )


@pytest.mark.django_db(transaction=True)
def test_a_friday_brings_songs_that_were_not_there_and_can_be_undone() -> None:
    for row in range(10):
        for column in range(6):
            TrackFactory(profile__valence=0.3 + row * 0.06, profile__arousal=0.1 + column * 0.1)
    person = UserFactory()

    def work() -> Turn:
        turn = turns.claim_next()
        assert turn
        run_turn.run_turn(turn)
        turn.refresh_from_db()
        return turn

    def shown() -> set[int]:
        head = Conversation.objects.get(owner=person).head
        assert head
        return {item.track_id for item in head.items.all()}

    conversation = turns.start(person, pictures=[PictureFactory(owner=person)]).conversation
    work()
    conversation.refresh_from_db()
    first, brief = shown(), conversation.head.brief
    refresh = due(conversation)
    assert refreshes.sweep() == 1
    turn = work()
    assert (turn.state, turn.text, turn.said_by) == ("done", "New songs, please.", "Every Friday")
    second = shown()
    assert len(second) == 12 and not first & second
    conversation.refresh_from_db()
    assert conversation.head.brief["valence"] == pytest.approx(brief["valence"], abs=0.1)

    Refresh.objects.update(next_at=timezone.now(), state="waiting")
    assert refreshes.sweep() == 1
    work()
    assert not shown() & (first | second)
    conversation.refresh_from_db()
    revisions.undo(conversation)
    assert shown() == second
    refreshes.sweep()
    refresh.refresh_from_db()
    assert (refresh.state, refresh.note) == ("waiting", "") and refresh.next_at > timezone.now()


def test_missed_times_are_made_up_for_by_one_and_every_second_week_is() -> None:
    refresh = due(listed(), weeks=2)
    person = refresh.conversation.owner
    usual = {refreshes.next_time(person, FRIDAY, timezone.now())}
    assert (refreshes.sweep(), refreshes.sweep()) == (1, 0)
    usual.add(refreshes.next_time(person, FRIDAY, timezone.now()))
    refresh.refresh_from_db()
    assert refresh.state == "running" and refresh.turn.said_by == "Every second Friday"
    assert refresh.next_at - timedelta(days=7) in usual
    end(refresh.turn)
    assert refreshes.sweep() == 0
    refresh.refresh_from_db()
    assert refresh.state == "waiting"


def test_what_went_wrong_is_said_and_tried_at_the_next_time() -> None:
    refresh = due(listed())
    refreshes.sweep()
    refresh.refresh_from_db()
    end(refresh.turn, Turn.State.FAILED, error={"code": "worker_lost", "message": "The worker stopped.", "hint": ""})
    refreshes.sweep()
    refresh.refresh_from_db()
    assert (refresh.state, refresh.note) == ("waiting", "The worker stopped.")


def test_new_songs_are_asked_for_in_the_language_of_the_last_page() -> None:
    conversation = listed()
    with override("de"):
        end(turns.start(conversation.owner, text="ruhiger", conversation=conversation))
    refresh = due(conversation)
    assert refreshes.sweep() == 1
    refresh.refresh_from_db()
    asked = refresh.turn
    assert (asked.text, asked.said_by, asked.language) == ("Neue Songs, bitte.", "Jeden Freitag", "de")


def test_whoever_has_a_request_open_is_asked_later() -> None:
    conversation = listed()
    turns.start(conversation.owner, text="calmer", conversation=conversation)
    refresh = due(conversation)
    assert refreshes.sweep() == 0
    refresh.refresh_from_db()
    assert refresh.state == "waiting" and "still working" in refresh.note
    assert timedelta(0) < refresh.next_at - timezone.now() <= refreshes.LATER
    assert conversation.turns.count() == 1


def test_lists_that_nobody_looks_at_stop_coming_until_it_is_set_again() -> None:
    conversation = listed()
    refresh = due(conversation)

    def comes(looked: bool) -> bool:
        Refresh.objects.update(next_at=timezone.now())
        if not refreshes.sweep():
            return False
        refresh.refresh_from_db()
        made = PlaylistFactory(owner=conversation.owner, shown=timezone.now() if looked else None)
        end(refresh.turn, playlist=made)
        refreshes.sweep()
        return True

    came = [comes(looked) for looked in (False, False, True, False, False, False)]
    assert all(came) and not comes(looked=True)
    refresh.refresh_from_db()
    assert refresh.state == "paused" and "not looked" in refresh.note
    refreshes.plan(conversation, FRIDAY)
    assert comes(looked=True)


def test_a_list_that_is_gone_and_a_person_who_may_not_sign_in_get_nothing() -> None:
    gone, shut = due(listed()), due(listed())
    Playlist.objects.filter(pk=gone.conversation.head_id).delete()
    User.objects.filter(pk=shut.conversation.owner_id).update(is_active=False)
    assert refreshes.sweep() == 0
    gone.refresh_from_db()
    shut.refresh_from_db()
    assert (gone.state, shut.state) == ("paused", "waiting")


def test_only_so_many_lists_are_refreshed_for_one_person() -> None:
    person = UserFactory()
    for _ in range(refreshes.MOST):
        refreshes.plan(listed(person), FRIDAY)
    with pytest.raises(refreshes.TooManyRefreshes):
        refreshes.plan(listed(person), FRIDAY)
    last = Refresh.objects.filter(conversation__owner=person).last()
    assert last and refreshes.plan(last.conversation, Refresh.Weekday.SUNDAY).pk == last.pk
    with pytest.raises(refreshes.NoList):
        refreshes.plan(ConversationFactory(), FRIDAY)


def test_it_is_set_and_taken_off_on_the_lists_menu_by_its_owner_only(client: Client) -> None:
    conversation = listed()
    address = f"/c/{conversation.pk}/refresh/"
    client.force_login(UserFactory())
    assert client.post(address, {"weekday": "4", "weeks": "1"}).status_code == 404
    client.force_login(conversation.owner)
    said = client.post(address, {"weekday": "4", "weeks": "2"}, follow=True).content.decode()
    refresh = Refresh.objects.get()
    assert (refresh.weekday, refresh.weeks) == (4, 2)
    assert "Every second Friday new songs come here, first on" in said
    menu = f"/c/{conversation.pk}/managing/"
    assert "Next on" in client.get(menu).content.decode()
    assert client.post(address, {"weekday": "9", "weeks": "1"}).status_code == 400
    client.post(address, {"weekday": "", "weeks": "1"})
    assert "never by themselves" in client.get(menu).content.decode()
    assert not Refresh.objects.exists()


def test_programs_set_it_too() -> None:
    conversation = listed()
    program = Client(headers={"authorization": f"Bearer {api_tokens.make(conversation.owner, 'mine')[1]}"})
    address = f"/api/v1/conversations/{conversation.pk}/refresh/"
    assert program.get(address).status_code == 404
    told = program.put(address, {"weekday": 4}, content_type="application/json").json()
    assert (told["weekday"], told["weeks"], told["state"], told["turn"]) == (4, 1, "waiting", None)
    assert program.put(address, {"weekday": 7}, content_type="application/json").status_code == 400
    assert program.get(address).json() == told
    assert program.delete(address).status_code == 204 and program.get(address).status_code == 404
