"""Everything in one file, everything deleted in one click, and only one's own."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from accounts import privacy
from accounts.models import User
from agents.models import Conversation, Event
from recommender.models import Picture, Playlist
from tests.factories import (
    ConversationFactory,
    EventFactory,
    PictureFactory,
    PlaylistFactory,
    PlaylistItemFactory,
    TurnFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def somebody(email: str) -> User:
    user = UserFactory(email=email)
    picture = PictureFactory(owner=user)
    picture.file.save("photo.webp", ContentFile(b"the photo of " + email.encode()))
    playlist = PlaylistFactory(owner=user, picture=picture)
    PlaylistItemFactory(playlist=playlist)
    turn = TurnFactory(
        conversation=ConversationFactory(owner=user, picture=picture, head=playlist), text=f"calm, {email}"
    )
    EventFactory(turn=turn)
    return user


def test_the_export_holds_ones_words_lists_and_photos_and_nothing_of_anyone_else() -> None:
    mine = somebody("ada@example.org")
    somebody("bob@example.org")
    with zipfile.ZipFile(io.BytesIO(privacy.export(mine))) as bundle:
        everything = b"".join(bundle.read(name) for name in bundle.namelist())
        turns = json.loads(bundle.read("agents.turn.json"))
        assert any(name.startswith("files/pictures/") for name in bundle.namelist())
    assert turns[0]["fields"]["text"] == "calm, ada@example.org"
    assert b"the photo of ada" in everything
    assert b"bob@example.org" not in everything


def test_the_export_holds_no_secret(client: Client) -> None:
    mine = somebody("ada@example.org")
    client.force_login(mine)
    client.post(f"/c/{Conversation.objects.get().pk}/share/")
    token = Conversation.objects.get().share_token
    with zipfile.ZipFile(io.BytesIO(privacy.export(mine))) as bundle:
        everything = b"".join(bundle.read(name) for name in bundle.namelist()).decode("utf-8", "replace")
    assert token and token not in everything
    assert mine.password not in everything


def test_deleting_takes_every_row_and_file_and_leaves_others_alone(django_capture_on_commit_callbacks) -> None:
    mine, theirs = somebody("ada@example.org"), somebody("bob@example.org")
    photo = Picture.objects.get(owner=mine).file
    with django_capture_on_commit_callbacks(execute=True):
        privacy.forget(mine)
    assert not photo.storage.exists(photo.name)
    assert list(User.objects.all()) == [theirs]
    for model in (Picture, Playlist, Conversation):
        assert list(model.objects.values_list("owner", flat=True)) == [theirs.pk]
    assert Event.objects.count() == 1
    assert Picture.objects.get().file.storage.exists(Picture.objects.get().file.name)


def test_an_account_is_deleted_only_by_someone_who_has_just_shown_the_password(client: Client) -> None:
    mine = somebody("ada@example.org")
    client.force_login(mine)
    response = client.post("/accounts/my-data/delete/")
    assert response.status_code == 302 and "reauthenticate" in response["Location"]
    client.post("/accounts/reauthenticate/", {"password": "correct horse battery"})
    client.post("/accounts/my-data/delete/")
    assert not User.objects.exists()


def test_the_page_of_ones_data_counts_what_is_kept(client: Client) -> None:
    client.force_login(somebody("ada@example.org"))
    page = client.get("/accounts/my-data/").content.decode()
    assert "Pictures" in page and "Download everything" in page


def test_a_visitor_of_whom_nothing_is_kept_is_told_so(client: Client) -> None:
    response = client.get("/accounts/my-data/")
    assert response.status_code == 404
    assert "Nothing of yours" in response.content.decode()
