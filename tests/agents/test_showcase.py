"""The lists that the first page shows for the sample photos: made by the product itself, seen by everybody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from agents import tasks
from agents.conversations import showcase
from agents.conversations.run_turn import run_turn
from agents.conversations.turns import claim
from agents.models import Conversation, Turn
from core.schemas import MusicBrief, Take, dump
from tests.factories import AudioProfileFactory, PlaylistFactory, PlaylistItemFactory, TrackFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def on(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SAMPLE_LISTS = True
    monkeypatch.setattr("agents.conversations.turns.enqueue", lambda _turn: None)


def music(count: int = 40) -> None:
    for number in range(count):
        track = TrackFactory(profile=None, title=f"Song {number}")
        AudioProfileFactory(track=track, valence=number % 8 / 8, arousal=number / count)


def listed(conversation: Conversation, take: int, parent: object = None) -> object:
    takes = (Take(title="Slow tide", styles={}, concept="sea"), Take(title="Late sun", styles={}, concept="sunset"))
    brief = MusicBrief(valence=0.7, arousal=0.3, takes=takes, take=take)
    playlist = PlaylistFactory(owner=conversation.owner, brief=dump(brief), title=takes[take - 1].title, parent=parent)
    for place in range(6):
        PlaylistItemFactory(playlist=playlist, track=TrackFactory(title=f"{take}-{place}"), position=place)
    return playlist


def finished() -> None:
    """Every sample's turn at its end, with a list a take."""
    for turn in Turn.objects.all():
        conversation = turn.conversation
        conversation.head = first = listed(conversation, 1)
        listed(conversation, 2, first)
        conversation.share_token = f"token-{conversation.pk}"[:40]
        conversation.save()
        Turn.objects.filter(pk=turn.pk).update(state=Turn.State.DONE, playlist=first)


def test_without_music_nothing_is_made(client: Client) -> None:
    assert tasks.keep_samples() == 0
    assert not User.objects.exists()
    assert b'id="showcase"' not in client.get("/").content


def test_every_sample_is_asked_for_once_and_the_page_says_that_it_is_being_made(client: Client) -> None:
    music(3)
    assert tasks.keep_samples() == len(showcase.SAMPLES)
    assert tasks.keep_samples() == 0
    assert not User.objects.get().is_active
    page = client.get("/").content.decode()
    assert "The first list is on its way" in page
    assert 'name="sample"' in page, "meanwhile one may begin with a sample oneself"


def test_a_sample_between_its_first_list_and_the_others_is_still_on_its_way(client: Client) -> None:
    music(3)
    tasks.keep_samples()
    Turn.objects.update(state=Turn.State.DONE)  # and nothing shared yet
    assert "The first list is on its way" in client.get("/").content.decode()
    Turn.objects.update(created=timezone.now() - timedelta(hours=1))
    assert b'id="showcase"' not in client.get("/").content, "nor is it promised for ever"


def test_the_page_shows_a_list_with_its_takes_and_switches_between_photos(client: Client) -> None:
    music(3)
    tasks.keep_samples()
    finished()
    page = client.get("/").content.decode()
    assert "Slow tide" in page and ">1-0<" in page and "sunset-sea-small" in page
    assert ">2-0<" in client.get("/?sample=sunset-sea&take=2").content.decode()
    other = client.get("/?sample=party-lights").content.decode()
    assert 'form="start"' in other and 'value="party-lights" form="start"' in other
    for odd in ("/?sample=nothing", "/?take=99", "/?take=-1", "/?sample=sunset-sea&take=x"):
        assert ">1-0<" in client.get(odd).content.decode()


def test_looking_at_it_tells_nothing_and_changes_nothing(client: Client) -> None:
    music(3)
    tasks.keep_samples()
    finished()
    client.get("/")
    found = Conversation.objects.select_related("head").first()
    assert found and found.head and found.head.shown is None
    assert client.get(f"/c/{found.pk}/").status_code == 404
    shared = client.get(f"/s/{found.share_token}/")
    assert shared.status_code == 200 and b"data-grip" not in shared.content


def test_a_sample_that_failed_or_whose_photo_changed_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    music(3)
    tasks.keep_samples()
    Turn.objects.update(state=Turn.State.FAILED)
    assert tasks.keep_samples() == 0, "not at once"
    Turn.objects.update(created=timezone.now() - timedelta(hours=1))
    assert tasks.keep_samples() == len(showcase.SAMPLES)
    assert Conversation.objects.count() == len(showcase.SAMPLES)
    finished()
    monkeypatch.setattr(showcase, "sample_file", lambda key, real=showcase.sample_file: real("sunset-sea"))
    assert tasks.keep_samples() == len(showcase.SAMPLES) - 1


@pytest.mark.slow
def test_the_product_itself_makes_the_lists() -> None:
    music()
    tasks.keep_samples()
    for turn in Turn.objects.all():
        claimed = claim(str(turn.pk))
        assert claimed
        run_turn(claimed)
        showcase.turn_ended(claimed)
    told = Conversation.objects.values_list("last_seq", flat=True).order_by("pk")
    before = list(told)
    tasks.keep_samples()
    assert list(told) == before, "each list was made once"
    shown = showcase.showcase()
    assert shown.shown and len(shown.ready) == len(showcase.SAMPLES)
    assert len(shown.shown.page.rows) >= 5
    assert all(found.picture and found.picture.expires for found in Conversation.objects.all())
