"""A visitor's things are theirs: kept by the session, taken along at sign-up and sign-in, nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from accounts import guests
from accounts.models import User
from agents.models import Conversation
from recommender.models import Picture
from tests.factories import ConversationFactory, GuestFactory, PictureFactory, PlaylistFactory, UserFactory

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough sentence 7"


def as_guest(client: Client) -> User:
    guest = GuestFactory()
    session = client.session
    session[guests.SESSION_KEY] = guest.pk
    session.save()
    return guest


def sign_up(client: Client, email: str = "ada@example.org") -> User:
    response = client.post("/accounts/signup/", {"email": email, "password1": PASSWORD, "password2": PASSWORD})
    assert response.status_code == 302, response.content.decode()
    return User.objects.get(email=email)


def test_looking_around_makes_no_row(client: Client) -> None:
    client.get("/")
    client.get("/lists/")
    assert not User.objects.exists()


def test_signing_up_keeps_what_the_guest_made(client: Client) -> None:
    guest = as_guest(client)
    mine = ConversationFactory(owner=guest, head=PlaylistFactory(owner=guest))
    user = sign_up(client)
    assert user.pk == guest.pk and not user.is_guest
    assert client.get(f"/c/{mine.pk}/").status_code == 200


def test_signing_up_without_having_made_anything_works_too(client: Client) -> None:
    assert not sign_up(client).is_guest


def test_signing_in_moves_a_guests_things_to_the_account_and_doubles_nothing(client: Client) -> None:
    user = UserFactory(email="ada@example.org")
    known = PictureFactory(owner=user, sha256="a" * 64)
    guest = as_guest(client)
    same = PictureFactory(owner=guest, sha256="a" * 64)
    other = PictureFactory(owner=guest, sha256="b" * 64)
    mine = ConversationFactory(owner=guest, picture=same)
    client.post("/accounts/login/", {"login": "ada@example.org", "password": "correct horse battery"})
    mine.refresh_from_db()
    assert mine.owner == user and mine.picture == known
    assert set(Picture.objects.values_list("pk", flat=True)) == {known.pk, other.pk}
    assert not User.objects.filter(pk=guest.pk).exists()


def test_the_guests_copy_of_a_photo_leaves_the_disk_when_it_is_merged(django_capture_on_commit_callbacks) -> None:
    user, guest = UserFactory(), GuestFactory()
    PictureFactory(owner=user, sha256="a" * 64)
    same = PictureFactory(owner=guest, sha256="a" * 64)
    same.file.save("copy.webp", ContentFile(b"photo"))
    with django_capture_on_commit_callbacks(execute=True):
        guests.carry_over(guest, user)
    assert not same.file.storage.exists(same.file.name)


def test_a_session_naming_a_real_account_as_its_guest_gets_nothing(client: Client) -> None:
    theirs = ConversationFactory()
    session = client.session
    session[guests.SESSION_KEY] = theirs.owner.pk
    session.save()
    assert client.get(f"/c/{theirs.pk}/").status_code == 404


def test_another_guest_cannot_open_my_conversation(client: Client) -> None:
    theirs = ConversationFactory(owner=GuestFactory())
    as_guest(client)
    assert client.get(f"/c/{theirs.pk}/").status_code == 404


def test_guests_who_stay_away_are_forgotten_and_accounts_are_not() -> None:
    long_ago = timezone.now() - timedelta(days=400)
    ConversationFactory(owner=GuestFactory(last_seen=long_ago))
    here = ConversationFactory(owner=GuestFactory())
    account = ConversationFactory(owner=UserFactory(last_seen=long_ago))
    assert guests.forget_idle_guests() == 1
    assert set(Conversation.objects.all()) == {here, account}
