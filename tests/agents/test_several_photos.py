"""Several photos in one request: sent from the page and by programs, read once each, shown, shared, deleted."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts import api_tokens, guests, privacy
from accounts.models import User
from agents import roles
from agents.conversations import conversations, run_turn, sharing, turns
from agents.conversations.page import ConversationPage
from agents.models import Conversation, FurtherPicture, Turn
from agents.roles.image_analysis import ImageAnalysis
from core.schemas import ImageReading, Label
from core.storage import Readable
from recommender.library.photos import forget_picture, store_picture
from recommender.models import Picture
from tests.factories import GuestFactory, TrackFactory, UserFactory

ALL = "/api/v1/conversations/"
COLOURS = ("orange", "navy", "darkgreen", "purple", "black", "white", "red")
STRATEGY = "hierarchical"


def jpeg(colour: str) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(data, "JPEG")
    return data.getvalue()


def photos(count: int) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(f"{colour}.jpg", jpeg(colour)) for colour in COLOURS[:count]]


def stored(owner: User, count: int) -> list[Picture]:
    return [store_picture(owner, jpeg(colour), f"{colour}.jpg") for colour in COLOURS[:count]]


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "hand_over", lambda turn: None)


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch, queued: None) -> list[Readable]:
    """Photos are read by a quick stand-in; the files it was given. Tracks all over the affect plane to choose from."""
    read: list[Readable] = []

    def look(file: Readable) -> ImageReading:
        read.append(file)
        red, _, blue = Image.open(io.BytesIO(file.read_bytes())).convert("RGB").resize((1, 1)).getpixel((0, 0))  # type: ignore[misc]
        bright = red > blue
        return ImageReading(
            valence=0.8 if bright else 0.2,
            arousal=0.75 if bright else 0.25,
            moods=(Label(name="joyful" if bright else "melancholic", score=0.7),),
            phrase="a warm glow" if bright else "a blue night",
            confidence=0.6,
            tier="basic",
        )

    usual = roles.team()
    monkeypatch.setattr(run_turn, "team", lambda: {**usual, "image_analysis": ImageAnalysis(read=look)})
    for place in range(40):
        TrackFactory(profile__valence=(place % 8) / 8, profile__arousal=(place % 5) / 5)
    return read


def made(person: User, count: int, together: str, text: str = "") -> Turn:
    turn = turns.start(person, pictures=stored(person, count), together=together, text=text, strategy=STRATEGY)
    return worked(turn)


def worked(turn: Turn) -> Turn:
    claimed = turns.claim(str(turn.pk))
    assert claimed
    run_turn.run_turn(claimed)
    turn.refresh_from_db()
    assert (turn.state, turn.error) == ("done", None)
    return turn


def room_of(turn: Turn, *, shared: bool = False) -> ConversationPage:
    return ConversationPage(Conversation.objects.get(pk=turn.conversation_id), shared=shared)


@pytest.mark.django_db
def test_the_page_takes_several_in_their_order(client: Client, queued: None) -> None:
    answer = client.post(reverse("start"), {"picture": photos(3), "together": "journey"})
    turn = Turn.objects.get()
    assert answer.status_code == 302
    assert [picture.name for picture in turn.pictures()] == ["orange.jpg", "navy.jpg", "darkgreen.jpg"]
    assert turn.together == "journey"
    assert turn.conversation.picture == turn.picture


@pytest.mark.django_db
def test_the_same_photo_twice_counts_once(client: Client, queued: None) -> None:
    client.post(reverse("start"), {"picture": [*photos(2), *photos(2)]})
    assert len(Turn.objects.get().pictures()) == 2


@pytest.mark.django_db
def test_too_many_are_refused_and_none_is_kept(client: Client, queued: None) -> None:
    answer = client.post(reverse("start"), {"picture": photos(7)}, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "too_many_pictures")
    assert not Picture.objects.exists() and not Turn.objects.exists()
    assert client.post(reverse("start"), {"picture": photos(2), "together": "pile"}).status_code == 400


@pytest.mark.django_db
def test_a_program_sends_pictures_and_says_how(queued: None) -> None:
    program = Client(headers={"Authorization": f"Bearer {api_tokens.make(UserFactory(), 'test')[1]}"})
    answer = program.post(ALL, {"pictures": photos(2), "as": "chapters"})
    told, turn = answer.json()["turn"], Turn.objects.get()
    assert answer.status_code == 201
    assert told["as"] == "chapters"
    assert told["pictures"] == [str(picture.pk) for picture in turn.pictures()] and len(told["pictures"]) == 2
    turns.cancel(turn)
    refused = program.post(ALL, {"picture": photos(1), "pictures": photos(7)[1:]})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "too_many_pictures")
    refused = program.post(ALL, {"pictures": photos(2), "as": "heap"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "bad_as")


@pytest.mark.django_db(transaction=True)
def test_chapters_are_marked_and_stay_with_their_tracks(looked_at: list[Readable]) -> None:
    turn = made(UserFactory(), 2, "chapters")
    page = room_of(turn)
    assert len(looked_at) == 2
    assert [(p.number, p.moods) for p in page.photos] == [(1, "joyful"), (2, "melancholic")]
    headed = [(row.number, row.heading.text) for row in page.rows if row.heading]
    assert headed == [(1, "Photo 1: a warm glow"), (7, "Photo 2: a blue night")]
    from agents.conversations import revisions

    last = page.rows[-1].track.pk
    swapped = revisions.swap(page.conversation, last)
    assert last not in swapped.items.values_list("track_id", flat=True)
    assert list(swapped.items.values_list("chapter", flat=True)) == [1] * 6 + [2] * 6
    points = [item.track.profile.valence for item in swapped.items.select_related("track__profile")]
    assert sum(points[:6]) > sum(points[6:])


@pytest.mark.django_db(transaction=True)
def test_a_journey_says_when_it_is_on_the_way(looked_at: list[Readable]) -> None:
    page = room_of(made(UserFactory(), 2, "journey"))
    assert [row.heading.text for row in page.rows if row.heading] == [
        "Photo 1: a warm glow",
        "On the way to the next photo",
        "Photo 2: a blue night",
    ]


@pytest.mark.django_db(transaction=True)
def test_each_photo_is_read_once_and_kept(looked_at: list[Readable]) -> None:
    person = UserFactory()
    turn = made(person, 2, "average")
    page = room_of(turn)
    assert page.reading and 0.4 < page.reading.valence < 0.6
    assert not any(row.heading for row in page.rows)
    assert all(picture.reading for picture in turn.pictures())
    again = turns.start(person, pictures=stored(person, 3), together="chapters", strategy=STRATEGY)
    worked(again)
    assert len(looked_at) == 3


@pytest.mark.django_db(transaction=True)
def test_trying_again_takes_all_of_them(queued: None) -> None:
    person = UserFactory()
    turn = turns.start(person, pictures=stored(person, 3), together="journey")
    turns.cancel(turn)
    turn.refresh_from_db()
    again = turns.retry(turn)
    assert again.pictures() == turn.pictures()
    assert again.together == "journey"


@pytest.mark.django_db(transaction=True)
def test_strangers_see_nothing_but_what_was_shared(client: Client, looked_at: list[Readable]) -> None:
    owner = UserFactory()
    turn = made(owner, 2, "chapters")
    further = FurtherPicture.objects.get()
    assert not FurtherPicture.objects.visible_to(UserFactory()).exists()
    assert not FurtherPicture.objects.visible_to(None).exists()
    assert FurtherPicture.objects.visible_to(owner).get() == further
    client.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("picture", args=[further.picture_id, "thumb"])).status_code == 404
    conversation = Conversation.objects.get(pk=turn.conversation_id)
    sharing.share(conversation)
    page = client.get(reverse("shared", args=[conversation.share_token])).content.decode()
    assert "a blue night" in page
    assert str(further.picture_id) not in page
    seen = [client.get(reverse("shared_picture", args=[conversation.share_token, n, "thumb"])) for n in (1, 2, 3)]
    assert [answer.status_code for answer in seen] == [200, 200, 404]
    sharing.unshare(conversation)
    assert client.get(seen[1].request["PATH_INFO"]).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_one_deleted_photo_leaves_the_others(client: Client, looked_at: list[Readable]) -> None:
    owner = UserFactory()
    turn = made(owner, 3, "average")
    first = turn.picture
    assert first
    forget_picture(first)
    turn = Turn.objects.get(pk=turn.pk)
    assert len(turn.pictures()) == 2
    client.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("conversation", args=[turn.conversation_id])).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_all_of_them_leave_with_the_person_or_the_conversation(looked_at: list[Readable]) -> None:
    person = UserFactory()
    turn = made(person, 3, "average")
    files = [Path(picture.file.path) for picture in turn.pictures()]
    with zipfile.ZipFile(io.BytesIO(privacy.export(person))) as bundle:
        assert len(json.loads(bundle.read("agents.furtherpicture.json"))) == 2
        assert sum(name.endswith(".jpg") for name in bundle.namelist()) == 6
    conversations.forget(Conversation.objects.get(pk=turn.conversation_id))
    assert not Picture.objects.exists() and not any(file.exists() for file in files)
    turn = made(person, 2, "average")
    files = [Path(picture.file.path) for picture in turn.pictures()]
    privacy.forget(person)
    assert not FurtherPicture.objects.exists() and not any(file.exists() for file in files)


@pytest.mark.django_db(transaction=True)
def test_a_guests_photos_come_along_even_when_known(queued: None) -> None:
    guest, user = GuestFactory(), UserFactory()
    known = stored(user, 2)
    turn = turns.start(guest, pictures=stored(guest, 3))
    guests.carry_over(guest, user)
    kept = Turn.objects.get(pk=turn.pk).pictures()
    assert kept[:2] == known and len(kept) == 3
    assert all(picture.owner == user for picture in kept)


def test_how_many_may_be_sent_is_said_beside_the_drop_zone(client: Client, db: Any) -> None:
    assert "Up to 6 at a time" in client.get("/").content.decode()
