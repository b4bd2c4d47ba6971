"""A shared link with an end and a password: at each of its addresses, what a stranger could do, and could not."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts import privacy, throttling
from accounts.models import User
from agents.models import Conversation
from tests.agents.test_views import conversation_of
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "low tide at nine"
SECRET = "Zyxomma"
PAGES = ("shared", "embed")
PICTURES = ("shared_preview", "shared_story", "shared_picture")
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def owner(client: Client) -> User:
    person: User = UserFactory()
    client.force_login(person, backend=BACKEND)
    cache.clear()
    return person


@pytest.fixture
def made(owner: User) -> Conversation:
    found = conversation_of(owner)
    Conversation.objects.filter(pk=found.pk).update(title=SECRET)
    stored = io.BytesIO()
    Image.new("RGB", (64, 48), "#e0703a").save(stored, "JPEG")
    assert found.picture
    found.picture.file.save("beach.jpg", ContentFile(stored.getvalue()))
    found.picture.thumbnail.save("beach-small.jpg", ContentFile(stored.getvalue()))
    return found


def share(client: Client, made: Conversation, **terms: str) -> Conversation:
    assert client.post(reverse("share", args=[made.pk]), terms).status_code == 302
    made.refresh_from_db()
    return made


def addresses(made: Conversation) -> dict[str, str]:
    token = made.share_token
    found = {name: reverse(name, args=[token]) for name in (*PAGES, *PICTURES[:2])}
    found["shared_picture"] = reverse("shared_picture", args=[token, 1, "thumb"])
    if made.head:
        first = made.head.items.values_list("track_id", flat=True)[0]
        found["shared_row_part"] = reverse("shared_row_part", args=[token, first, "why"])
    found["oembed"] = f"{reverse('oembed')}?url=http://testserver{found['shared']}"
    return found


def answers(client: Client, made: Conversation) -> dict[str, int]:
    """The status at each address; none of those that refuse may tell anything."""
    told = {name: client.get(address) for name, address in addresses(made).items()}
    for name, answer in told.items():
        if answer.status_code != 200:
            assert SECRET.encode() not in answer.content and b"Title 0" not in answer.content, name
            assert b"og:" not in answer.content and SECRET not in str(answer.headers), name
    return {name: answer.status_code for name, answer in told.items()}


def everywhere(status: int, oembed: int) -> dict[str, int]:
    return dict.fromkeys((*PAGES, *PICTURES, "shared_row_part"), status) | {"oembed": oembed}


def test_a_locked_list_tells_a_stranger_nothing_at_any_address(client: Client, made: Conversation) -> None:
    share(client, made, password=PASSWORD)
    assert made.share_password and PASSWORD not in made.share_password
    assert answers(Client(), made) == everywhere(403, 401)
    frame = Client().get(addresses(made)["embed"])
    assert "X-Frame-Options" not in frame and addresses(made)["shared"] in frame.content.decode()


def test_whoever_knows_the_password_opens_it_for_their_own_session(client: Client, made: Conversation) -> None:
    share(client, made, password=PASSWORD)
    friend, unlock = Client(), reverse("unlock", args=[made.share_token])
    wrong = friend.post(unlock, {"password": PASSWORD.upper()})
    assert wrong.status_code == 403 and "not the password" in wrong.content.decode()
    assert answers(friend, made) == everywhere(403, 401)
    assert friend.post(unlock, {"password": PASSWORD}).headers["Location"] == addresses(made)["shared"]
    assert answers(friend, made) == everywhere(200, 401)
    for name in (*PAGES, *PICTURES, "shared_row_part"):
        seen = friend.get(addresses(made)[name])
        assert "no-store" in seen["Cache-Control"] and seen["Dylumo-Keep"] == "no", name
    assert answers(Client(), made) == everywhere(403, 401)


def test_an_unlocked_link_opens_no_other_and_not_after_the_password_changed(client: Client, made: Conversation) -> None:
    share(client, made, password=PASSWORD)
    friend = Client()
    friend.post(reverse("unlock", args=[made.share_token]), {"password": PASSWORD})
    other = share(client, conversation_of(made.owner), password=PASSWORD)
    assert answers(friend, other)["shared"] == 403
    share(client, made, lasts="7")
    assert answers(friend, made)["shared"] == 200, "the password stands"
    share(client, made, password="another one")
    assert answers(friend, made) == everywhere(403, 401)
    share(client, made, anyone="on")
    assert answers(Client(), made) == everywhere(200, 200)


@pytest.mark.parametrize("lasts", ["7", "30"])
def test_a_link_that_ended_is_gone_at_every_address(client: Client, made: Conversation, lasts: str) -> None:
    share(client, made, lasts=lasts, password=PASSWORD)
    assert made.share_until
    left = made.share_until - timezone.now()
    assert abs(left - timedelta(days=int(lasts))) < timedelta(minutes=1)
    friend = Client()
    friend.post(reverse("unlock", args=[made.share_token]), {"password": PASSWORD})
    assert answers(friend, made) == everywhere(200, 401)
    Conversation.objects.filter(pk=made.pk).update(share_until=timezone.now() - timedelta(seconds=1))
    assert answers(friend, made) == answers(Client(), made) == everywhere(410, 410)
    assert friend.post(reverse("unlock", args=[made.share_token]), {"password": PASSWORD}).status_code == 410
    assert "This link has ended" in Client().get(addresses(made)["shared"]).content.decode()
    menu = client.get(reverse("fragment", args=[made.pk, "sharing"])).content.decode()
    assert "This link ended" in menu and "· shared" not in client.get("/lists/").content.decode()
    share(client, made, lasts="always", anyone="on")
    assert answers(Client(), made) == everywhere(200, 200)


def test_a_link_that_was_taken_back_takes_its_terms_along(client: Client, made: Conversation) -> None:
    share(client, made, lasts="7", password=PASSWORD)
    client.post(reverse("unshare", args=[made.pk]))
    made.refresh_from_db()
    assert (made.share_token, made.share_until, made.share_password) == (None, None, "")
    share(client, made)
    assert answers(Client(), made) == everywhere(200, 200)


@pytest.mark.parametrize("odd", [{"share_until": timezone.now()}, {"share_password": "x"}])
def test_the_database_keeps_no_terms_without_a_link(made: Conversation, odd: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Conversation.objects.filter(pk=made.pk).update(**odd)


def test_guessing_is_slowed_for_one_and_for_many_together(
    client: Client, made: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttling.time, "time", lambda: 1_000_000.0)
    share(client, made, password=PASSWORD)
    unlock = reverse("unlock", args=[made.share_token])
    eager = Client(REMOTE_ADDR="198.51.100.1")
    told = [eager.post(unlock, {"password": f"guess {n}"}).status_code for n in range(11)]
    assert told == [403] * 10 + [429]
    for n in range(30):
        Client(REMOTE_ADDR=f"203.0.113.{n}").post(unlock, {"password": "guess"})
    assert Client(REMOTE_ADDR="192.0.2.1").post(unlock, {"password": PASSWORD}).status_code == 429
    other = share(client, conversation_of(made.owner), password=PASSWORD)
    assert Client().post(reverse("unlock", args=[other.share_token]), {"password": PASSWORD}).status_code == 302


@pytest.mark.parametrize("odd", [{"lasts": "8"}, {"password": "short"}, {"password": "x" * 129}])
def test_terms_that_are_none_are_refused(client: Client, made: Conversation, odd: dict[str, str]) -> None:
    assert client.post(reverse("share", args=[made.pk]), odd).status_code == 400
    made.refresh_from_db()
    assert made.share_token is None


def test_only_the_owner_says_how_long_and_the_hash_leaves_in_no_export(client: Client, made: Conversation) -> None:
    share(client, made, password=PASSWORD)
    stranger = Client()
    stranger.force_login(UserFactory(), backend=BACKEND)
    assert stranger.post(reverse("share", args=[made.pk]), {"anyone": "on"}).status_code == 404
    kept = made.share_password
    made.refresh_from_db()
    assert made.share_password == kept
    assert kept.encode() not in privacy.export(made.owner)
    assert kept not in client.get(reverse("conversation", args=[made.pk])).content.decode()


def test_programs_say_it_too(client: Client, made: Conversation) -> None:
    answer = client.post(
        f"/api/v1/conversations/{made.pk}/share/",
        {"lasts": "30", "password": PASSWORD},
        content_type="application/json",
    ).json()
    assert answer["locked"] and answer["shared_until"] and PASSWORD not in str(answer)
    made.refresh_from_db()
    assert answers(Client(), made) == everywhere(403, 401)
