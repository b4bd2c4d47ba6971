"""Collections of lists in the gallery: made, filled, renamed, emptied, saved as one file and deleted."""

from __future__ import annotations

import csv
import io

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts import guests
from accounts.models import User
from agents.conversations import collections
from agents.models import Collected, Collection, Conversation
from tests.agents.test_gallery import named
from tests.factories import GuestFactory, UserFactory

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def ada(client: Client) -> User:
    person: User = UserFactory()
    client.force_login(person, backend=BACKEND)
    return person


def members(collection: Collection) -> set[str]:
    return set(collection.entries.values_list("conversation__title", flat=True))


def test_lists_are_grouped_by_hand_and_a_list_may_stand_in_two(client: Client, ada: User) -> None:
    tide, night = named(ada, "Evening tide"), named(ada, "Loud night")
    page = client.post(reverse("collect"), {"list": [tide.pk, night.pk], "name": " Summer  2026 "}, follow=True)
    summer = Collection.objects.get()
    assert summer.name == "Summer 2026" and members(summer) == {"Evening tide", "Loud night"}
    assert "<h1><bdi>Summer 2026</bdi></h1>" in page.content.decode()
    client.post(reverse("collect"), {"list": [tide.pk], "name": "Sea"})
    again = client.post(reverse("collect"), {"list": [tide.pk], "collection": summer.pk, "name": "x"}, follow=True)
    assert "0 lists added" in again.content.decode() and summer.entries.count() == 2
    client.post(reverse("take_out", args=[summer.pk]), {"list": [tide.pk]})
    assert members(summer) == {"Loud night"} and members(Collection.objects.get(name="Sea")) == {"Evening tide"}
    shown = client.get(reverse("collection", args=[summer.pk])).content.decode()
    assert "<b>Loud night</b>" in shown and "<b>Evening tide</b>" not in shown
    assert (
        "<b>Loud night</b>" not in client.get(reverse("collection", args=[summer.pk]), {"q": "tide"}).content.decode()
    )


def test_a_collection_is_renamed_and_deleted_without_its_lists(client: Client, ada: User) -> None:
    tide = named(ada, "Evening tide")
    made = collections.create(ada, "Sea")
    collections.add(made, [tide.pk])
    client.post(reverse("rename_collection", args=[made.pk]), {"name": "Ocean"})
    assert "Ocean" in client.get("/lists/").content.decode()
    client.post(reverse("delete_collection", args=[made.pk]))
    assert not Collection.objects.exists() and not Collected.objects.exists()
    assert Conversation.objects.filter(pk=tide.pk).exists()
    collections.add(made := collections.create(ada, "Sea"), [tide.pk])
    tide.delete()
    assert "No list is in here now" in client.get(reverse("collection", args=[made.pk])).content.decode()


def test_names_are_needed_and_stand_once(client: Client, ada: User) -> None:
    tide = named(ada, "Evening tide")
    collections.create(ada, "Sea")
    other = collections.create(ada, "Land")
    for data, status in (({"name": "  "}, 400), ({"name": "Sea"}, 409), ({"name": "x" * 61}, 400), ({}, 400)):
        assert client.post(reverse("collect"), {"list": [tide.pk], **data}).status_code == status
    assert client.post(reverse("rename_collection", args=[other.pk]), {"name": "Sea"}).status_code == 409
    with pytest.raises(IntegrityError), transaction.atomic():
        Collection.objects.create(owner=ada, name="")
    assert set(Collection.objects.values_list("name", flat=True)) == {"Sea", "Land"}


def test_a_stranger_reaches_neither_the_collection_nor_puts_anybodys_list_into_it(client: Client, ada: User) -> None:
    tide, made = named(ada, "Evening tide"), collections.create(ada, "Sea")
    collections.add(made, [tide.pk])
    eve = UserFactory()
    hers, stranger = named(eve, "Not mine"), Client()
    stranger.force_login(eve, backend=BACKEND)
    for other in (stranger, Client()):
        assert other.get(reverse("collection", args=[made.pk])).status_code == 404
        assert other.get(reverse("export_collection", args=[made.pk, "csv"])).status_code == 404
        for name in ("rename_collection", "delete_collection", "take_out"):
            assert other.post(reverse(name, args=[made.pk]), {"name": "Eve", "list": [tide.pk]}).status_code == 404
        into = {"list": [hers.pk, tide.pk], "collection": made.pk}
        assert other.post(reverse("collect"), into).status_code == 404
    client.post(reverse("collect"), {"list": [hers.pk], "collection": made.pk})
    assert members(made) == {"Evening tide"}


def test_a_collection_is_saved_as_one_file_list_after_list(client: Client, ada: User) -> None:
    made = collections.create(ada, "Sea")
    one, two = named(ada, "One"), named(ada, "Two")
    collections.add(made, [one.pk, two.pk])
    answer = client.get(reverse("export_collection", args=[made.pk, "csv"]))
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert one.head and two.head
    assert len(rows) == one.head.items.count() + two.head.items.count()
    assert [row["position"] for row in rows] == [str(n) for n in range(1, len(rows) + 1)]
    assert "Sea.csv" in answer["Content-Disposition"]
    assert client.get(reverse("export_collection", args=[made.pk, "exe"])).status_code == 400


def test_a_guests_collections_come_along_at_sign_up(ada: User) -> None:
    guest = GuestFactory()
    tide, sea = named(guest, "Evening tide"), collections.create(guest, "Sea")
    collections.add(sea, [tide.pk])
    mine = collections.create(ada, "Sea")
    guests.carry_over(guest, ada)
    assert Collection.objects.get() == mine and members(mine) == {"Evening tide"}
