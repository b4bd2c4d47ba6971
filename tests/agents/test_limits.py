"""Limits stand above the list as chips and are taken off with one tap; what nothing meets offers the nearest way on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from agents.conversations.chips import limit_chips
from agents.conversations.in_memory import Talk
from agents.models import Conversation
from agents.planner import RulePlanner
from core.schemas import Limits, MusicBrief, dump, load
from recommender.models import Annotation, Track
from tests.agents.test_api import program_of
from tests.agents.test_review_table import songs, talk  # noqa: F401
from tests.agents.test_views import FRAGMENT, ada, conversation_of  # noqa: F401
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

LIMITS = Limits(year_min=1990, year_max=1999, genres=("jazz",), instrumental=False, tempo_max=100.0, minutes=30.0)


def limited(owner: User) -> Conversation:
    made = conversation_of(owner)
    assert made.head
    made.head.brief = dump(replace(load(MusicBrief, made.head.brief), limits=LIMITS))
    made.head.save(update_fields=["brief"])
    return made


def test_every_kind_of_limit_is_a_chip() -> None:
    full = replace(
        LIMITS,
        language="spanish",
        explicit=False,
        live=False,
        include_artists=("Nina Simone",),
        exclude_artists=("Coldplay",),
        exclude_genres=("metal",),
    )
    assert [chip.text for chip in limit_chips(full)] == [
        "At most 100 bpm",
        "From the 90s",
        "Sung in Spanish",
        "With vocals",
        "Nothing explicit",
        "No live recordings",
        "Without Coldplay",
        "By Nina Simone",
        "Only jazz",
        "No metal",
        "30 minutes",
    ]
    assert limit_chips(Limits(count=5)) == []


def test_a_limit_is_taken_off_above_the_list(client: Client, ada: User) -> None:  # noqa: F811
    made = limited(ada)
    page = client.get(reverse("conversation", args=[made.pk])).content.decode()
    assert 'aria-label="Take off: From the 90s"' in page and 'aria-label="Take off: Only jazz"' in page

    answer = client.post(reverse("take_off_limit", args=[made.pk]), {"limit": "year_min"}, headers=FRAGMENT)
    assert answer.status_code == 200 and "From the 90s" not in answer.content.decode()
    made.refresh_from_db()
    assert made.head and "Only jazz" in answer.content.decode()
    assert load(MusicBrief, made.head.brief).limits == LIMITS.without(["year_min", "year_max"])

    client.post(reverse("undo", args=[made.pk]))
    made.refresh_from_db()
    assert made.head and load(MusicBrief, made.head.brief).limits == LIMITS


def test_whoever_only_looks_sees_the_limits_and_cannot_take_them_off(client: Client, ada: User) -> None:  # noqa: F811
    made = limited(ada)
    client.post(reverse("share", args=[made.pk]))
    made.refresh_from_db()
    page = Client().get(reverse("shared", args=[made.share_token])).content.decode()
    assert "From the 90s" in page and "Take off" not in page
    theirs = limited(UserFactory())
    assert client.post(reverse("take_off_limit", args=[theirs.pk]), {"limit": "genres"}).status_code == 404


def test_the_api_tells_limits_and_takes_them_off() -> None:
    owner = UserFactory()
    made, program = limited(owner), program_of(owner)
    address = f"/api/v1/conversations/{made.pk}/list/"
    assert {"limit": "genres", "text": "Only jazz"} in program.get(address).json()["limits"]
    after = program.post(f"{address}let_go/", {"limit": "genres"}, content_type="application/json")
    assert after.status_code == 201 and "genres" not in {one["limit"] for one in after.json()["limits"]}
    again = program.post(f"{address}let_go/", {"limit": "genres"}, content_type="application/json")
    assert again.status_code == 400 and again.json()["error"]["code"] == "no_limit"


@pytest.mark.parametrize(
    ("text", "way"),
    [("only 50s", "only 1970s"), ("in French", "only in English"), ("only reggaeton", "only rock")],
)
def test_what_nothing_meets_offers_what_is_nearest(talk: Talk, text: str, way: str) -> None:  # noqa: F811
    said = talk.say(text)
    ways = [one for unmet in said.unmet for one in unmet.ways]
    assert way in ways
    after = talk.say(way)
    assert after.tracks and "so I left your list" not in after.reply


def test_an_artist_who_is_not_here_has_a_neighbour_who_is(talk: Talk) -> None:  # noqa: F811
    near = Track.objects.first()
    assert near
    Track.objects.filter(pk=near.pk).update(artist="The Smile")
    Annotation.objects.update_or_create(
        track=near,
        defaults={"styles": ["alternative rock", "art rock"], "provenance": "artist", "confidence": 0.5, "fame": 0.5},
    )
    said = talk.say("something by Radiohead")
    assert "something by The Smile" in [way for unmet in said.unmet for way in unmet.ways]


def test_a_complaint_asks_what_is_wrong_and_each_answer_leads_on(talk: Talk) -> None:  # noqa: F811
    planner = RulePlanner()
    asked = planner.decide("this is terrible", talk.situation())
    assert len(asked.chips) == 3
    before = [track.track_id for track in talk.situation().shown]
    for chip in asked.chips:
        answered = planner.decide(chip, talk.situation())
        assert answered.kind != "reply" or answered.chips, chip
        for further in answered.chips:
            assert planner.decide(further, talk.situation()).kind == "recommend", further
    assert [track.track_id for track in talk.situation().shown] == before
