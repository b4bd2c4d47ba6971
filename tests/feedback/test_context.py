"""The moment: named by the clock and in words, moving a list a little, switched off and on, learned for each person."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from agents.conversations import revisions
from agents.language.occasions import occasions, only_an_occasion
from agents.models import Conversation
from core.schemas import MusicBrief, dump, load
from feedback.taste import context
from feedback.taste.context import GROUPS, STATED, UnknownContext
from recommender import mapping
from tests.factories import (
    AudioProfileFactory,
    ConversationFactory,
    GuestFactory,
    PlaylistFactory,
    PlaylistItemFactory,
    ReactionFactory,
    TrackFactory,
    TurnFactory,
    UserFactory,
)

BRIEF = MusicBrief(valence=0.5, arousal=0.5, count=4, sources={"affect": "the calm sea in your picture"})
FRIDAY_EVENING = datetime(2026, 11, 27, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("for a dinner with friends", {"dinner", "friends"}),
        ("at the gym", {"workout"}),
        ("something for my run this morning", {"running", "morning"}),
        ("quiet music, I am all alone tonight", {"alone", "evening"}),
        ("for a birthday party", {"party"}),
        ("date night", {"date"}),
        ("while cooking with the kids on a rainy evening", {"cooking", "family", "rain"}),
        ("a bit calmer", set()),
        ("I love Alone Together by Chet Baker less", {"alone"}),
        ("", set()),
    ],
)
def test_words_tell_the_moment(text: str, names: set[str]) -> None:
    assert set(occasions(text)) == names


@pytest.mark.parametrize(
    ("text", "only"),
    [
        ("for a dinner with friends", True),
        ("date night", True),
        ("make it something for the gym", True),
        ("a dinner with friends on the beach at sunset", False),
        ("something sad for the evening", False),
        ("hello", False),
    ],
)
def test_words_that_only_say_what_the_music_is_for(text: str, only: bool) -> None:
    assert only_an_occasion(text) is only


@given(st.text(max_size=200))
def test_whatever_is_written_names_only_what_exists(text: str) -> None:
    assert set(occasions(text)) <= set(context.GROUP_OF)


@pytest.mark.parametrize(
    ("zone", "at", "names"),
    [
        ("Europe/Berlin", FRIDAY_EVENING, ("evening", "weekday")),
        ("Asia/Tokyo", FRIDAY_EVENING, ("night", "weekend")),
        ("America/Los_Angeles", FRIDAY_EVENING, ("morning", "weekday")),
        ("", FRIDAY_EVENING, ("evening", "weekday")),
        ("Nowhere/../../etc", FRIDAY_EVENING, ("evening", "weekday")),
    ],
)
@pytest.mark.django_db
def test_the_clock_is_the_persons_own(zone: str, at: datetime, names: tuple[str, str]) -> None:
    assert context.clock(UserFactory(time_zone=zone), at) == names


@pytest.mark.django_db
def test_a_browser_tells_its_zone_in_a_cookie_and_nonsense_is_passed_over(client: Client) -> None:
    person = UserFactory()
    client.force_login(person)
    for told, kept in (("Asia/Tokyo", "Asia/Tokyo"), ("../../etc/passwd", "Asia/Tokyo"), ("x" * 500, "Asia/Tokyo")):
        client.cookies["zone"] = told
        client.get("/")
        person.refresh_from_db()
        assert person.time_zone == kept


def test_one_of_a_group_and_only_what_has_a_name() -> None:
    assert context.named(["evening", "Friends", "morning", ""]) == ("morning", "friends")
    with pytest.raises(UnknownContext):
        context.named(["apocalypse"])
    assert len(context.GROUP_OF) == sum(len(names) for names in GROUPS.values()), "a name stands for one thing only"
    assert all(abs(row.valence) <= 0.2 >= abs(row.arousal) for rows in STATED.values() for row in rows.values())


def test_a_moment_moves_the_target_and_says_so() -> None:
    brief = context.in_moment(BRIEF, ("evening", "alone"), {})
    assert (round(brief.valence, 4), round(brief.arousal, 4)) == (0.49, 0.44)
    assert brief.sources["moment"] == "calmer for the evening and alone"
    later = context.in_moment(brief, ("night",), {})
    assert [shift.name for shift in later.moment] == ["night", "alone"]
    assert later.arousal == pytest.approx(0.40)
    running = context.in_moment(BRIEF, ("running",), {})
    assert running.arousal > 0.58 and running.sources["moment"] == "livelier for running"


@given(
    st.lists(st.sampled_from(sorted(context.GROUP_OF)), max_size=5),
    st.sets(st.sampled_from(sorted(context.GROUP_OF)), max_size=8),
)
def test_switching_off_and_on_again_restores_the_list_that_was(names: list[str], off: set[str]) -> None:
    brief = context.in_moment(BRIEF, names, {})
    without = mapping.adjust(brief, off={f"now:{name}" for name in context.GROUP_OF})
    assert (without.valence, without.arousal) == pytest.approx((0.5, 0.5), abs=1e-4)
    assert "moment" not in without.sources
    part = mapping.adjust(brief, off={f"now:{name}" for name in off})
    back = mapping.adjust(part, off=set())
    assert (back.valence, back.arousal) == pytest.approx((brief.valence, brief.arousal), abs=1e-4)
    assert back.sources.get("moment") == brief.sources.get("moment")


# --- learned


def answered(person: User, name: str, *, count: int, arousal: float, kind: str = "like") -> None:
    """Reactions of the person to tracks in lists made for such a moment."""
    head = PlaylistFactory(owner=person, brief=dump(context.in_moment(BRIEF, (name,), {})))
    for _ in range(count):
        track = TrackFactory(profile=None)
        AudioProfileFactory(track=track, valence=0.5, arousal=arousal)
        ReactionFactory(owner=person, track=track, kind=kind, playlist=head)


@pytest.mark.django_db
def test_what_is_liked_in_one_moment_and_not_in_another_is_learned_for_that_moment_only() -> None:
    person, stranger = UserFactory(), UserFactory()
    answered(person, "evening", count=8, arousal=0.75)
    answered(person, "morning", count=8, arousal=0.45)
    known = context.learned_by(person)
    assert known["evening"][1] > 0.04 and known["morning"][1] < -0.04
    assert max(abs(one) for pair in known.values() for one in pair) <= context.FURTHEST
    moved = context.in_moment(BRIEF, ("evening",), known)
    assert moved.arousal > context.in_moment(BRIEF, ("evening",), {}).arousal
    assert context.learned_by(stranger) == {} and context.learned_by(None) == {}


@pytest.mark.django_db
def test_little_evidence_moves_little_and_refusals_push_away() -> None:
    few, many, refusing = UserFactory(), UserFactory(), UserFactory()
    for person, count in ((few, 1), (many, 20)):
        answered(person, "evening", count=count, arousal=0.6)
        answered(person, "morning", count=count, arousal=0.45)
    answered(refusing, "evening", count=10, arousal=0.7, kind="never_track")
    answered(refusing, "morning", count=10, arousal=0.5)
    assert 0 < context.learned_by(few)["evening"][1] < 0.5 * context.learned_by(many)["evening"][1]
    assert context.learned_by(refusing)["evening"][1] < 0


# --- on the page


def room_of(person: User, names: tuple[str, ...] = ("evening", "weekday")) -> Conversation:
    head = PlaylistFactory(owner=person, brief=dump(context.in_moment(BRIEF, names, {})))
    for place in range(4):
        PlaylistItemFactory(playlist=head, position=place)
    TrackFactory.create_batch(8)
    conversation = ConversationFactory(owner=person, head=head)
    TurnFactory(conversation=conversation, number=1, state="done", playlist=head)
    return conversation


def brief_of(conversation: Conversation) -> MusicBrief:
    conversation.refresh_from_db()
    assert conversation.head
    return load(MusicBrief, conversation.head.brief)


@pytest.mark.django_db
def test_the_page_shows_the_moment_and_a_chip_takes_it_out_at_once(client: Client) -> None:
    person = UserFactory()
    client.force_login(person)
    conversation = room_of(person)
    page = client.get(f"/c/{conversation.pk}/").content.decode()
    assert 'value="now:evening" checked' in page and "Tuned for: evening" in page
    client.post(f"/c/{conversation.pk}/adjust/", {"on": ["now:weekday"]})
    assert brief_of(conversation).arousal == pytest.approx(0.5)
    client.post(f"/c/{conversation.pk}/adjust/", {"on": ["now:weekday", "now:evening"], "moment": "friends"})
    brief = brief_of(conversation)
    assert brief.arousal == pytest.approx(0.52) and {one.name for one in brief.moment} == {
        "evening",
        "weekday",
        "friends",
    }


@pytest.mark.django_db
def test_what_is_no_moment_is_refused_and_a_strangers_list_is_not_there(client: Client) -> None:
    person = UserFactory()
    conversation = room_of(person)
    client.force_login(UserFactory())
    assert client.post(f"/c/{conversation.pk}/adjust/", {"moment": "party"}).status_code == 404
    assert client.post(f"/c/{conversation.pk}/clock/", {"clock": "off"}).status_code == 404
    assert not context.paused(person)
    client.force_login(person)
    assert client.post(f"/c/{conversation.pk}/adjust/", {"moment": "<script>"}).status_code == 400


@pytest.mark.django_db
def test_the_clock_can_be_left_out_altogether(client: Client) -> None:
    person, other = GuestFactory(), UserFactory()
    conversation = room_of(person)
    revisions.by_the_clock(conversation, False)
    assert brief_of(conversation).arousal == pytest.approx(0.5)
    assert context.clock(person) == () and context.clock(other) != () and context.learned_by(person) == {}
    revisions.by_the_clock(conversation, True)
    assert {context.GROUP_OF[one.name] for one in brief_of(conversation).moment} == {"time", "week"}
    assert not brief_of(conversation).switched_off and context.clock(person) != ()


@pytest.mark.django_db
def test_programs_choose_a_moment_too(client: Client) -> None:
    person = UserFactory()
    client.force_login(person)
    conversation = room_of(person)
    address = f"/api/v1/conversations/{conversation.pk}/list/adjust/"
    sent: dict[str, Any] = {"context": ["party"]}
    response = client.post(address, sent, content_type="application/json")
    assert response.status_code == 201, response.content
    assert {one["name"] for one in response.json()["brief"]["moment"]} == {"evening", "weekday", "party"}
    wrong = client.post(address, {"context": ["doom"]}, content_type="application/json")
    assert wrong.status_code == 400
