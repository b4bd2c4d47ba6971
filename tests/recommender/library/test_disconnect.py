"""A service is disconnected: what goes is said before, each list says what it lost, and nobody else loses anything."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.connections import encryption
from accounts.models import ServiceCredential, User
from recommender.library import disconnect
from recommender.library.importers import service_library
from recommender.library.jobs import runner
from recommender.library.matching.service_tracks import match_batch
from recommender.models import (
    Delivery,
    LibraryJob,
    Listen,
    Playlist,
    ServiceEntry,
    ServicePlaylist,
    ServiceTrack,
    Track,
)
from recommender.services.clients import spotify, subsonic
from recommender.services.protocol import ServiceInfo
from tests.factories import ConversationFactory, PlaylistFactory, PlaylistItemFactory, TrackFactory, UserFactory

pytestmark = pytest.mark.django_db
SECRET_WORDS = ("Song Zero", "Song One", "Song Two")


def connected(person: User, info: ServiceInfo = spotify.INFO, titles: tuple[str, ...] = SECRET_WORDS) -> list[Track]:
    """The person's tracks, known from this service alone: one playlist of them, and one of them was played."""
    row = ServiceCredential.objects.create(
        owner=person, service=info.name, account_id=f"at-{info.name}", sealed=encryption.seal({"access": "x"})
    )
    listed = ServicePlaylist.objects.create(
        owner=person, credential=row, service=info.name, external_id="p", title="Running"
    )
    for place, title in enumerate(titles):
        told = ServiceTrack.objects.create(
            owner=person, credential=row, service=info.name, external_id=f"id{place}", title=title, artist="Nobody"
        )
        ServiceEntry.objects.create(playlist=listed, told=told, position=place)
    Listen.objects.create(owner=person, told=told, at=timezone.now(), source=info.name)
    match_batch(person, info)
    return list(Track.objects.filter(owner=person, credential=row).order_by("pk"))


def list_of(person: User, *tracks: Track, title: str = "By the sea", **more: object) -> Playlist:
    playlist: Playlist = PlaylistFactory(owner=person, title=title, **more)
    for place, track in enumerate(tracks):
        PlaylistItemFactory(playlist=playlist, track=track, position=place)
    return playlist


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def address(person: User) -> str:
    return reverse("disconnect", args=[ServiceCredential.objects.get(owner=person).pk])


def test_what_goes_is_counted_before_and_said_in_each_list_after() -> None:
    person, shared = UserFactory(), TrackFactory(title="In the catalogue", artist="Nobody")
    zero, one, two = connected(person, titles=(*SECRET_WORDS, "In the catalogue"))
    first = list_of(person, zero, one, shared)
    later = list_of(person, one, two, shared, parent=first, number=2, title="By the sea, later")
    other = list_of(person, two, title="Night")
    whole = list_of(person, shared, title="Untouched")
    told = disconnect.what_goes(person, ServiceCredential.objects.get().pk)
    assert (told.playlists, told.plays, told.tracks, told.recognised) == (1, 1, 3, 1)
    assert [(one.title, one.tracks) for one in told.lists] == [("By the sea, later", 3), ("Night", 1)]

    client = signed_in(person)
    page = client.get(address(person)).content.decode()
    assert "By the sea, later" in page
    assert "4 tracks went from 2 of your lists" in client.post(address(person), follow=True).content.decode()
    assert list(first.items.values_list("track", flat=True)) == [shared.pk]
    noted = {row.pk: [(one["count"], one["why"]) for one in row.lost] for row in Playlist.objects.all()}
    why = "because you disconnected Spotify"
    assert noted == {first.pk: [(2, why)], later.pk: [(2, why)], other.pk: [(1, why)], whole.pk: []}
    for model in (ServicePlaylist, ServiceTrack, Listen, ServiceCredential):
        assert not model.objects.filter(owner=person).exists()


def test_nothing_of_the_services_words_stays_in_a_list() -> None:
    person = UserFactory()
    zero, one, _ = connected(person)
    kept = {"track_id": TrackFactory().pk, "title": "Kept", "artist": "", "why": ""}
    said = [{"track_id": track.pk, "title": track.title, "artist": "Nobody", "why": ""} for track in (zero, one)]
    version = list_of(person, zero, change={"left": [said[1], kept], "came": [said[0]], "stayed": 3, "why": "calmer"})
    Delivery.objects.create(owner=person, playlist=version, service="spotify", title="There")
    other = Delivery.objects.create(owner=person, playlist=version, service="youtube", title="There")
    disconnect.disconnect(person, ServiceCredential.objects.get().pk)
    version.refresh_from_db()
    assert version.change == {"left": [kept], "came": [], "stayed": 3, "why": "calmer"}
    assert list(Delivery.objects.all()) == [other]
    everything = [str(row) for row in Playlist.objects.values_list()] + [
        str(row) for row in Track.objects.values_list()
    ]
    assert not [words for words in SECRET_WORDS if words in " ".join(everything)]


def test_strangers_see_nothing_of_it_and_lose_nothing() -> None:
    ada, bo = UserFactory(), UserFactory()
    connected(ada)
    theirs = list_of(bo, *connected(bo))
    mine = list_of(ada, *Track.objects.filter(owner=ada))
    assert signed_in(bo).get(address(ada)).status_code == 404
    assert signed_in(bo).post(address(ada)).status_code == 404
    assert Client().get(address(ada)).status_code == 302
    assert mine.items.count() == 3
    disconnect.disconnect(ada, ServiceCredential.objects.get(owner=ada).pk)
    theirs.refresh_from_db()
    assert (theirs.items.count(), theirs.lost, mine.items.count()) == (3, [], 0)
    assert ServiceTrack.objects.filter(owner=bo).count() == 3


def test_another_service_of_the_same_person_stays_and_is_looked_up_anew() -> None:
    person = UserFactory()
    on_server = connected(person, subsonic.INFO)
    spotifys = ServiceTrack.objects.create(
        owner=person, service="spotify", external_id="s", title="Song Zero", artist="Nobody", match="names",
        track=on_server[0], confidence=0.9,
    )  # fmt: skip
    disconnect.disconnect(person, ServiceCredential.objects.get(service="subsonic").pk)
    spotifys.refresh_from_db()
    assert (spotifys.match, spotifys.track) == ("new", None)


def test_work_for_the_service_stops() -> None:
    person = UserFactory()
    connected(person)
    mine = runner.start(LibraryJob.Kind.IMPORT, "spotify", person)
    others = runner.start(LibraryJob.Kind.IMPORT, "youtube", person)
    disconnect.disconnect(person, ServiceCredential.objects.get().pk)
    states = {job.pk: job.state for job in LibraryJob.objects.all()}
    assert (states[mine.pk], states[others.pk]) == ("cancelled", "queued")


def test_the_list_says_so_on_its_page_and_to_its_owner_only() -> None:
    person = UserFactory()
    tracks = connected(person)
    head = list_of(person, *tracks, TrackFactory())
    conversation = ConversationFactory(owner=person, head=head, share_token="shared-by-link")
    disconnect.disconnect(person, ServiceCredential.objects.get().pk)
    said = "3 tracks left this list because you disconnected Spotify."
    assert said in signed_in(person).get(f"/c/{conversation.pk}/").content.decode()
    german = signed_in(person).get(f"/c/{conversation.pk}/", headers={"Accept-Language": "de"}).content.decode()
    assert "weil du Spotify getrennt hast" in german
    assert said not in Client().get("/s/shared-by-link/").content.decode()
    answer = signed_in(person).get(f"/api/v1/conversations/{conversation.pk}/list/").json()
    assert [(one["count"], one["why"]) for one in answer["lost"]] == [(3, "because you disconnected Spotify")]


def test_what_expires_or_is_taken_out_there_is_said_too() -> None:
    person = UserFactory()
    zero, *_ = connected(person)
    version = list_of(person, zero)
    ServiceTrack.objects.update(expires=timezone.now() - timedelta(hours=1))
    service_library.forget_expired()
    version.refresh_from_db()
    assert [one["count"] for one in version.lost] == [1]
    assert "forgotten" in version.lost[0]["why"]


def test_what_ones_own_server_no_longer_lists_stays_in_lists_made_of_it() -> None:
    person = UserFactory()
    zero, *_ = connected(person, subsonic.INFO)
    version = list_of(person, zero)
    ServicePlaylist.objects.all().delete()
    Listen.objects.all().delete()
    service_library.forget_unused(person, subsonic.INFO)
    assert list(Track.objects.filter(owner=person)) == [zero]
    assert ServiceTrack.objects.get().track == zero
    version.refresh_from_db()
    assert version.lost == []
