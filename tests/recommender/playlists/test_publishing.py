"""A list given to a service: reviewed first, made once whatever happens, what is left out named."""

from __future__ import annotations

import random

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from core.errors import NotFound
from recommender.library.jobs import state
from recommender.library.jobs.state import Later, Progress
from recommender.models import Delivery, DeliveryItem, LibraryJob, Playlist, ServiceTrack
from recommender.playlists import publishing
from recommender.services.protocol import Refused, Unreachable
from tests.factories import PlaylistFactory, PlaylistItemFactory, TrackFactory, TrackLinkFactory, UserFactory
from tests.recommender.service_fakes import FakeService, Killed, song

pytestmark = pytest.mark.django_db(transaction=True)


def made(songs: int = 25) -> tuple[User, Playlist, FakeService]:
    """A list whose tracks the service has under the same names."""
    playlist = PlaylistFactory(title="By the sea")
    service = FakeService(lists={"all": [song(n) for n in range(100, 100 + songs)]}, batch=4)
    for place, one in enumerate(service.lists["all"]):
        track = TrackFactory(title=one.title, artist=one.artist, duration=one.duration, profile=None)
        PlaylistItemFactory(playlist=playlist, track=track, position=place)
    return playlist.owner, playlist, service


def drafted(playlist: Playlist, service: FakeService) -> Delivery:
    draft = publishing.draft(playlist.owner, playlist, "fake")
    publishing.resolve(draft, service)
    return draft


def work(delivery: Delivery, service: FakeService) -> LibraryJob:
    """A worker's turn."""
    job, _ = state.open_job(LibraryJob.Kind.SAVE, str(delivery.pk), delivery.owner)
    LibraryJob.objects.filter(pk=job.pk).update(state="queued", not_before=None, attempts=0)
    claimed = state.claim(job.pk)
    assert claimed
    delivery.refresh_from_db()
    try:
        state.finish(claimed, publishing.deliver(delivery, service, claimed, Progress(claimed)))
    except Later as later:
        state.make_room(claimed, later)
    return claimed


def made_there(service: FakeService) -> dict[str, list[str]]:
    return {
        name: [one.external_id for one in songs] for name, songs in service.lists.items() if name.startswith("made")
    }


def test_a_draft_finds_each_track_and_saving_keeps_the_order() -> None:
    _, playlist, service = made()
    draft = drafted(playlist, service)
    assert publishing.draft(playlist.owner, playlist, "fake") == draft
    publishing.send(draft)
    work(draft, service)
    draft.refresh_from_db()
    assert draft.state == Delivery.State.DONE
    assert made_there(service) == {"made1": [one.external_id for one in service.lists["all"]]}
    work(draft, service)
    assert service.asked["create"] == 1
    assert len(service.lists["made1"]) == 25


def test_another_version_of_the_song_is_no_match_and_is_offered_instead() -> None:
    playlist = PlaylistFactory()
    PlaylistItemFactory(playlist=playlist, track=TrackFactory(title="Song 5", artist="Artist 5", duration=185.0))
    service = FakeService(lists={"all": [song(5, title="Song 5 (Live)")]})
    service.search = lambda query: service.lists["all"]  # type: ignore[method-assign]
    draft = drafted(playlist, service)
    item = draft.items.get()
    assert item.state == DeliveryItem.State.MISSING
    assert [one["external_id"] for one in item.others] == ["s5"]
    with pytest.raises(publishing.NothingToSave):
        publishing.send(draft)
    with pytest.raises(NotFound):
        publishing.change(draft, item.pk, "another id")
    publishing.change(draft, item.pk, "s5")
    assert draft.items.get().state == DeliveryItem.State.FOUND


def test_what_came_from_the_service_needs_no_search() -> None:
    person, playlist, service = made(2)
    first, second = [item.track for item in playlist.items.order_by("position")]
    TrackLinkFactory(track=first, service="fake", external_id="s100", owner=None)
    ServiceTrack.objects.create(owner=person, service="fake", external_id="s101", title="x", track=second)
    ServiceTrack.objects.create(owner=UserFactory(), service="fake", external_id="theirs", title="x", track=first)
    draft = drafted(playlist, service)
    assert service.asked["search"] == 0
    assert list(draft.items.values_list("external_id", flat=True)) == ["s100", "s101"]


@pytest.mark.parametrize("seed", range(25))
def test_a_save_that_is_killed_or_cut_off_anywhere_never_makes_a_second_playlist(seed: int) -> None:
    dice = random.Random(seed)
    _, playlist, service = made()
    draft = drafted(playlist, service)
    publishing.send(draft)
    for _ in range(dice.randint(1, 6)):
        fatal, moment = service.asked.total() + dice.randint(1, 5), dice.choice(["before", "after"])
        kind: type[BaseException] = dice.choice([Killed, Unreachable])

        def trouble(_what: str, asked: int, when: str, fatal: int = fatal, moment: str = moment, kind=kind) -> None:
            if asked >= fatal and when == moment:
                raise kind("fake")

        service.trouble = trouble
        try:
            work(draft, service)
        except Killed:
            LibraryJob.objects.update(state="queued", heartbeat=timezone.now())
    service.trouble = lambda *_: None
    work(draft, service)
    draft.refresh_from_db()
    assert draft.state == Delivery.State.DONE
    assert list(made_there(service).values()) == [[one.external_id for one in service.lists["all"]]]


def test_a_playlist_of_the_same_name_that_was_there_before_is_left_alone() -> None:
    _, playlist, service = made(3)
    service.lists["theirs"], service.titles["theirs"] = [song(1)], "By the sea"
    draft = drafted(playlist, service)
    publishing.send(draft)
    work(draft, service)
    assert [one.external_id for one in service.lists["theirs"]] == ["s1"]
    assert len(service.lists["made1"]) == 3


def test_tracks_the_service_refuses_are_named_and_can_be_tried_again() -> None:
    _, playlist, service = made(10)
    service.refused = {"s103"}
    draft = drafted(playlist, service)
    publishing.send(draft)
    job = work(draft, service)
    draft.refresh_from_db()
    job.refresh_from_db()
    assert draft.state == Delivery.State.PARTIAL
    assert draft.items.get(state="refused").external_id == "s103"
    assert (job.counts["added"], job.counts["skipped"]) == (9, 1)
    service.refused = set()
    publishing.send(draft)
    work(draft, service)
    draft.refresh_from_db()
    assert draft.state == Delivery.State.DONE
    assert sorted(made_there(service)["made1"]) == sorted(one.external_id for one in service.lists["all"])
    assert service.asked["create"] == 1


def test_a_refusal_to_make_the_playlist_brings_the_draft_back() -> None:
    _, playlist, service = made(2)
    draft = drafted(playlist, service)
    publishing.send(draft)

    def trouble(what: str, *_: object) -> None:
        if what == "create":
            raise Refused("fake")

    service.trouble = trouble
    with pytest.raises(Refused):
        work(draft, service)
    draft.refresh_from_db()
    assert (draft.state, draft.before) == (Delivery.State.DRAFT, None)


def test_a_draft_is_reordered_and_shortened_by_hand() -> None:
    _, playlist, service = made(4)
    draft = drafted(playlist, service)
    ids = list(draft.items.values_list("pk", flat=True))
    publishing.change(draft, ids[3], "up")
    publishing.change(draft, ids[0], "out")
    publishing.order(draft, [ids[1], ids[0], ids[3], ids[2]])
    with pytest.raises(NotFound):
        publishing.order(draft, ids[:3])
    publishing.rename(draft, "  Sea \n air ")
    publishing.send(draft)
    work(draft, service)
    assert made_there(service)["made1"] == ["s101", "s103", "s102"]
    assert service.titles["made1"] == "Sea air"
    draft.refresh_from_db()
    with pytest.raises(publishing.NotADraft):
        publishing.change(draft, ids[0], "in")


def test_a_stranger_sees_and_changes_nothing(client: Client) -> None:
    person, playlist, service = made(2)
    draft = drafted(playlist, service)
    for who in (None, UserFactory()):
        if who:
            client.force_login(who)
        assert client.get(f"/playlists/{playlist.pk}/give/").status_code == 404
        assert client.post(f"/playlists/{playlist.pk}/draft/", {"service": "fake"}).status_code == 404
        assert client.get(f"/giving/{draft.pk}/").status_code == 404
        item = draft.items.first()
        assert client.post(f"/giving/{draft.pk}/change/", {"item": item.pk, "what": "out"}).status_code == 404
        assert client.post(f"/giving/{draft.pk}/send/").status_code == 404
    draft.refresh_from_db()
    assert draft.state == Delivery.State.DRAFT
    client.force_login(person)
    page = client.get(f"/playlists/{playlist.pk}/give/")
    assert page.status_code == 200
    assert "open.spotify.com/search/" in page.content.decode()
