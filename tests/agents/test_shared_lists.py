"""A list to show friends: its card for a story, what its link turns into in a chat, a frame on another page."""

from __future__ import annotations

import io
import json
import re

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.models import User
from agents.models import Conversation
from recommender.models import Playlist
from recommender.playlists import cards
from tests.agents.test_views import conversation_of
from tests.factories import ConversationFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    person: User = UserFactory()
    return person


@pytest.fixture
def made(client: Client, ada: User) -> Conversation:
    """A shared list called Tide."""
    cache.clear()
    client.force_login(ada, backend="django.contrib.auth.backends.ModelBackend")
    found = conversation_of(ada, tracks=7)
    Conversation.objects.filter(pk=found.pk).update(title="Tide & time")
    client.post(reverse("share", args=[found.pk]))
    found.refresh_from_db()
    stored = io.BytesIO()
    Image.new("RGB", (640, 480), "#e0703a").save(stored, "JPEG")
    assert found.picture
    found.picture.file.save("beach.jpg", ContentFile(stored.getvalue()))
    return found


def picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_ones_list_becomes_a_picture_for_a_story_and_nobody_elses(client: Client, made: Conversation) -> None:
    response = client.get(reverse("story", args=[made.pk]))
    assert response["Content-Type"] == "image/png" and picture(response.content).size == cards.STORY
    assert "private" in response["Cache-Control"]
    assert Client().get(reverse("story", args=[made.pk])).status_code == 404
    menu = client.get(reverse("fragment", args=[made.pk, "sharing"])).content.decode()
    assert reverse("story", args=[made.pk]) in menu


def test_a_list_without_tracks_has_no_picture(client: Client, ada: User, made: Conversation) -> None:
    empty = ConversationFactory(owner=ada, head=None)
    assert client.get(reverse("story", args=[empty.pk])).status_code == 404


@pytest.mark.parametrize("title", ["🌞", "?!", "雨の夜", "a/b\\c", "Tide & time", ""])
def test_a_list_may_be_called_anything(client: Client, made: Conversation, title: str) -> None:
    Conversation.objects.filter(pk=made.pk).update(title=title)
    response = client.get(reverse("story", args=[made.pk]))
    assert picture(response.content).size == cards.STORY
    assert ".png" in response["Content-Disposition"] and "/b" not in response["Content-Disposition"]
    assert made.head
    Playlist.objects.filter(pk=made.head_id).update(title=title or "x")
    exported = client.get(reverse("export", args=[made.head_id, "csv"]))
    assert exported.status_code == 200 and exported["Content-Disposition"].isascii()


def test_a_card_names_no_song_that_had_to_go(client: Client, made: Conversation) -> None:
    address = reverse("shared_preview", args=[made.share_token])
    before = client.get(address).content
    assert made.head
    made.head.items.order_by("position").first().delete()  # type: ignore[union-attr]
    assert client.get(address).content != before


def test_the_link_of_an_account_that_was_closed_is_not_called_dylumos_own(client: Client, made: Conversation) -> None:
    User.objects.filter(pk=made.owner_id).update(is_active=False)
    page = Client().get(reverse("shared", args=[made.share_token])).content.decode()
    assert "Someone made this" in page and "one of its own photos" not in page


def test_a_link_turns_into_a_title_a_sentence_and_a_picture(made: Conversation) -> None:
    stranger = Client()
    page = stranger.get(reverse("shared", args=[made.share_token])).content.decode()
    told = dict(re.findall(r'<meta property="(og:[\w:]+)" content="([^"]*)"', page))
    assert told["og:title"] == "Tide &amp; time"
    assert told["og:description"].startswith("A beach at dusk")
    assert told["og:image"].startswith("http://testserver/s/")
    drawn = stranger.get(told["og:image"].removeprefix("http://testserver"))
    assert drawn["Content-Type"] == "image/jpeg" and picture(drawn.content).size == cards.PREVIEW


def test_everything_of_a_link_ends_with_it(client: Client, made: Conversation) -> None:
    names = ("shared", "shared_preview", "shared_story", "embed")
    addresses = [reverse(name, args=[made.share_token]) for name in names]
    assert [Client().get(address).status_code for address in addresses] == [200] * 4
    client.post(reverse("unshare", args=[made.pk]))
    assert [Client().get(address).status_code for address in addresses] == [404] * 4


def test_the_card_follows_the_name_of_the_list(client: Client, made: Conversation) -> None:
    address = reverse("shared_preview", args=[made.share_token])
    before = Client().get(address).content
    client.post(reverse("rename", args=[made.pk]), {"title": "Another name"})
    assert Client().get(address).content != before


def test_a_frame_may_stand_on_any_page_and_changes_nothing(made: Conversation) -> None:
    response = Client().get(reverse("embed", args=[made.share_token]))
    assert "X-Frame-Options" not in response and "frame-ancestors *" in response["Content-Security-Policy"]
    page = response.content.decode()
    assert "Title 0" in page and "<form" not in page
    assert Client().get("/")["X-Frame-Options"] == "DENY"


def test_oembed_answers_for_shared_lists_and_nothing_else(made: Conversation) -> None:
    page = Client().get(reverse("shared", args=[made.share_token])).content.decode()
    found = re.search(r'application/json\+oembed" href="http://testserver([^"]+)"', page)
    assert found
    told = json.loads(Client().get(found[1]).content)
    assert (told["version"], told["type"], told["width"]) == ("1.0", "rich", 480)
    assert reverse("embed", args=[made.share_token]) in told["html"]
    small = json.loads(Client().get(f"{found[1]}&maxwidth=320").content)
    assert small["width"] == 320 and 'width="320"' in small["html"]
    for odd in (
        "",
        "http://testserver/",
        f"http://testserver/c/{made.pk}/",
        "http://[",
        "http://testserver/s/nothing/",
    ):
        assert Client().get("/oembed/", {"url": odd}).status_code == 404
    assert Client().get(f"{found[1]}&format=xml").status_code == 501


@pytest.mark.parametrize(
    "song", [cards.Song("夜に駆ける", "YOASOBI"), cards.Song("Подмосковные вечера", "Трошин"), cards.Song("", "")]
)
@pytest.mark.parametrize("photo", [True, False])
def test_any_name_and_a_list_made_of_words_alone_can_be_drawn(song: cards.Song, photo: bool) -> None:
    stored = io.BytesIO()
    Image.new("RGB", (30, 900), "white").save(stored, "JPEG")
    card = cards.Card("word " * 40, [song] * 3, stored.getvalue() if photo else None, [("#ffffff", 0.0)])
    assert picture(cards.story(card)).size == cards.STORY
    assert picture(cards.preview(card)).size == cards.PREVIEW


def test_letters_stay_readable_on_a_white_photo() -> None:
    stored = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(stored, "JPEG")
    drawn = picture(cards.story(cards.Card("", [], stored.getvalue()))).convert("L")
    assert max(drawn.getpixel((x, 1500)) for x in range(0, 1080, 60)) < 110


def test_songs_that_cannot_be_drawn_give_way_to_those_that_can() -> None:
    songs = [cards.Song(chr(0x1F600 + 900) * 3, "?"), *[cards.Song(f"Song {n}", "A") for n in range(6)]]
    assert [song.title for song in cards._chosen(songs)] == [f"Song {n}" for n in range(5)]
