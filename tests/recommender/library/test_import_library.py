"""Bringing in a person's playlists: complete, once, resumable, kept apart from everybody else's."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from recommender.library.importers import service_library
from recommender.library.importers.service_library import forget_expired, forget_unused, import_library
from recommender.library.jobs import state as jobs
from recommender.library.jobs.state import Later, Progress
from recommender.library.matching.lookup import find_in_catalogue
from recommender.library.vectors.text import without_vector
from recommender.models import LibraryJob, Listen, ServiceEntry, ServicePlaylist, ServiceTrack, Track
from recommender.services.protocol import FoundTrack, NeedsReconnect, Play, QuotaSpent, RateLimited, Unreachable
from tests.factories import TrackFactory, UserFactory
from tests.recommender.service_fakes import FakeService, Killed, song

SONGS = 150
pytestmark = pytest.mark.django_db(transaction=True)


def run(person: User, service: FakeService) -> LibraryJob:
    """One worker's turn at the person's import."""
    job, _ = jobs.open_job(LibraryJob.Kind.IMPORT, "fake", person)
    claimed = jobs.claim(job.pk)
    assert claimed
    outcome = import_library(person, service, claimed, Progress(claimed))
    assert jobs.finish(claimed, outcome)
    claimed.refresh_from_db()
    return claimed


def library(songs: int = SONGS, page: int = 40) -> FakeService:
    every = [song(n) for n in range(songs)]
    return FakeService(
        lists={"running": every[:120], "rain": every[100:songs], "twice": [every[1], every[1], every[2]], "bare": []},
        titles={"running": "My Running", "rain": "雨の日"},
        starred=every[5:25],
        plays=[Play(track=every[n], at=datetime(2026, 11, 1, 12, n, tzinfo=UTC)) for n in range(5)],
        page=40,
    )


def state(person: User) -> Any:
    """Everything an import leaves, without keys and times."""
    lists = ServicePlaylist.objects.filter(owner=person).order_by("external_id")
    return (
        [(one.external_id, one.title, one.kind, one.count, one.snapshot) for one in lists],
        [
            (entry.playlist.external_id, entry.position, entry.told.external_id)
            for entry in ServiceEntry.objects.filter(playlist__owner=person)
            .select_related("playlist", "told")
            .order_by("playlist__external_id", "position")
        ],
        sorted(
            ServiceTrack.objects.filter(owner=person).values_list(
                "external_id", "title", "artist", "match", "track__title", "track__artist"
            )
        ),
        sorted(Listen.objects.filter(owner=person).values_list("told__external_id", "at")),
        sorted(Track.objects.filter(owner=person).values_list("title", "artist", "source")),
    )


def test_playlists_saved_tracks_and_plays_are_all_there_in_order() -> None:
    person, service = UserFactory(), library()
    job = run(person, service)
    lists = {one.external_id: one for one in ServicePlaylist.objects.filter(owner=person)}
    assert [entry.told.external_id for entry in lists["running"].entries.select_related("told")] == [
        one.external_id for one in service.lists["running"]
    ]
    assert [entry.told.external_id for entry in lists["twice"].entries.select_related("told")] == ["s1", "s1", "s2"]
    assert lists["bare"].count == 0
    assert lists[service_library.SAVED].count == 20
    assert lists["rain"].title == "雨の日"
    assert ServiceTrack.objects.count() == SONGS
    assert Listen.objects.count() == 5
    assert job.counts["read"] == 120 + SONGS - 100 + 3 + 20
    assert job.counts["added"] == SONGS


def test_a_second_import_changes_nothing_and_reads_only_what_has_no_mark() -> None:
    person, service = UserFactory(), library()
    service.snapshots = {"running": "a", "rain": "b", "twice": "c", "bare": "d"}
    run(person, service)
    before, asked = state(person), service.asked["tracks"]
    again = run(person, service)
    assert state(person) == before
    assert service.asked["tracks"] == asked
    assert again.counts["added"] == again.counts["updated"] == 0
    service.snapshots["twice"] = "c2"
    service.lists["twice"] = [song(2), song(299)]
    run(person, service)
    assert service.asked["tracks"] == asked + 1
    assert ServicePlaylist.objects.get(external_id="twice").count == 2


def test_what_the_service_no_longer_has_is_gone_here_too() -> None:
    person, service = UserFactory(), library()
    run(person, service)
    del service.lists["rain"]
    run(person, service)
    assert not ServicePlaylist.objects.filter(external_id="rain").exists()
    assert not ServiceTrack.objects.filter(external_id="s140").exists()
    assert not Track.objects.filter(title="Song 140").exists()


def test_recordings_are_recognised_and_the_rest_are_kept_by_their_words() -> None:
    known = TrackFactory(title="Song 3 (Remastered 2011)", artist="Artist 3", duration=184.0)
    coded = TrackFactory(title="Song Seven", artist="Artist 0 Band", isrc="GBAAA0000001")
    live = TrackFactory(title="Song 4 (Live)", artist="Artist 4", duration=184.0)
    long = TrackFactory(title="Song 5", artist="Artist 5", duration=420.0)
    person = UserFactory()
    theirs = TrackFactory(title="Song 6", artist="Artist 6", duration=186.0, owner=UserFactory())
    run(person, FakeService(lists={"a": [song(3), song(4), song(5), song(6), song(7, isrc="GBAAA0000001")]}))
    found = {one.external_id: one for one in ServiceTrack.objects.select_related("track")}
    assert (found["s3"].track, found["s3"].match) == (known, "names")
    assert (found["s7"].track, found["s7"].match, found["s7"].confidence) == (coded, "isrc", 0.99)
    for name, other in (("s4", live), ("s5", long), ("s6", theirs)):
        assert found[name].match == "none"
        assert found[name].track != other
        assert found[name].track.owner == person
        assert found[name].track.source == Track.Source.SERVICE
    assert not set(without_vector()) & {one.track for one in found.values() if one.match == "none"}


@pytest.mark.parametrize(
    ("title", "artist", "told_title", "told_artist"),
    [
        ("9:45", "Prabh Singh, Jay Trak", "9:45", "Prabh Singh Official"),
        ("Johni", "Show Dem Camp, The Cavemen.", "Johni", "Show Dem CampVEVO"),
        ("El Ultimo Romantico", "José Carreras", "El Ultimo Romantico", "Jose CarrerasVEVO"),
        ("You'll Always Be Loved", "Brooks & Dunn", "You'll Always Be Loved", "Brooks, Dunn"),
        ("Don't", "Peaches & Herb", "Don’t", "Peaches, HerbVEVO"),
    ],
)
def test_what_channels_and_apostrophes_do_to_names_hides_no_recording(
    title: str, artist: str, told_title: str, told_artist: str
) -> None:
    known = TrackFactory(title=title, artist=artist, duration=200.0)
    found = FoundTrack(service="x", external_id="1", title=told_title, artist=told_artist, duration=200.0)
    assert find_in_catalogue([found]) == {0: known}


def test_words_of_a_service_that_allows_it_may_be_learned_from() -> None:
    run(UserFactory(), FakeService(lists={"a": [song(3)]}, learning=True))
    assert [track.title for track in without_vector()] == ["Song 3"]


def test_two_people_with_the_same_service_have_nothing_in_common() -> None:
    ada, bo = UserFactory(), UserFactory()
    run(ada, library())
    run(bo, FakeService(lists={"running": [song(1)]}))
    assert ServicePlaylist.objects.visible_to(bo).get(external_id="running").count == 1
    assert ServiceTrack.objects.visible_to(bo).count() == 1
    assert not set(Track.objects.visible_to(bo)) & set(Track.objects.filter(owner=ada))
    assert not ServicePlaylist.objects.visible_to(None).exists()
    ServicePlaylist.objects.filter(owner=bo).delete()
    forget_unused(bo, FakeService().info)
    assert not ServiceTrack.objects.filter(owner=bo).exists()
    assert not Track.objects.filter(owner=bo).exists()
    assert ServiceTrack.objects.filter(owner=ada).count() == SONGS


@pytest.mark.parametrize("seed", range(20))
def test_an_import_killed_at_random_points_ends_the_same(seed: int) -> None:
    """Both kinds of interruption: the worker dies at a request, or a transaction is lost half-way."""
    undisturbed, disturbed = UserFactory(), UserFactory()
    run(undisturbed, library())
    dice = random.Random(seed)
    service = library()
    for _ in range(dice.randint(1, 5)):
        fatal = service.asked.total() + dice.randint(1, 12)
        service.trouble = _dying_at(fatal)
        job, _ = jobs.open_job(LibraryJob.Kind.IMPORT, "fake", disturbed)
        claimed = jobs.claim(job.pk)
        assert claimed
        try:
            import_library(disturbed, service, claimed, _Dying(claimed, dice.randint(1, 14)))
        except Killed:
            LibraryJob.objects.filter(pk=job.pk).update(heartbeat=timezone.now() - timedelta(minutes=5), attempts=1)
            jobs.requeue_lost()
        else:
            jobs.make_room(claimed)
    service.trouble = lambda *_: None
    run(disturbed, service)
    assert state(disturbed) == state(undisturbed)


def _dying_at(number: int) -> Callable[[str, int, str], None]:
    def trouble(_what: str, asked: int, _when: str) -> None:
        if asked >= number:
            raise Killed

    return trouble


class _Dying(Progress):
    """The worker dies at the so-manyth report of progress."""

    def __init__(self, job: LibraryJob, after: int) -> None:
        super().__init__(job)
        self._left = after

    def step(self, done: int, total: int, note: str = "") -> None:
        super().step(done, total, note)
        self._left -= 1
        if not self._left:
            raise Killed


@pytest.mark.parametrize(
    ("error", "least", "sentence"),
    [
        (RateLimited("fake", retry_after=90.0), 80, "Waiting"),
        (QuotaSpent("fake"), 3000, "Paused"),
        (Unreachable("fake"), 4, "Waiting"),
    ],
)
def test_a_service_that_asks_to_wait_makes_the_job_wait(error: Exception, least: float, sentence: str) -> None:
    person, service = UserFactory(), library()

    def trouble(what: str, asked: int, _when: str) -> None:
        if asked == 4:
            raise error

    service.trouble = trouble
    job, _ = jobs.open_job(LibraryJob.Kind.IMPORT, "fake", person)
    claimed = jobs.claim(job.pk)
    assert claimed
    with pytest.raises(Later) as later:
        import_library(person, service, claimed, Progress(claimed))
    assert jobs.make_room(claimed, later.value)
    job.refresh_from_db()
    assert job.state == "queued"
    assert job.note.startswith(sentence)
    assert job.not_before and (job.not_before - timezone.now()).total_seconds() > least
    assert jobs.claim(job.pk) is None
    assert job not in jobs.requeue_lost()
    LibraryJob.objects.filter(pk=job.pk).update(not_before=timezone.now())
    done = run(person, service)
    assert done.counts["added"] == SONGS


def test_a_service_out_of_reach_is_not_asked_for_ever() -> None:
    person, service = UserFactory(), library()

    def trouble(*_: object) -> None:
        raise Unreachable("fake")

    service.trouble = trouble
    job, _ = jobs.open_job(LibraryJob.Kind.IMPORT, "fake", person)
    for _ in range(service_library.TRIES):
        claimed = jobs.claim(job.pk)
        assert claimed
        with pytest.raises(Later):
            import_library(person, service, claimed, Progress(claimed))
        jobs.make_room(claimed)
    claimed = jobs.claim(job.pk)
    assert claimed
    with pytest.raises(Unreachable):
        import_library(person, service, claimed, Progress(claimed))


def test_a_permission_that_ended_stops_the_import_and_keeps_what_is_there() -> None:
    person, service = UserFactory(), library()
    run(person, service)

    def trouble(*_: object) -> None:
        raise NeedsReconnect("fake")

    service.trouble = trouble
    with pytest.raises(NeedsReconnect):
        run(person, service)
    assert ServiceTrack.objects.count() == SONGS


def test_a_cancelled_import_stops_at_the_next_page() -> None:
    person, service = UserFactory(), library()
    job, _ = jobs.open_job(LibraryJob.Kind.IMPORT, "fake", person)
    claimed = jobs.claim(job.pk)
    assert claimed
    assert jobs.cancel(claimed)
    with pytest.raises(jobs.Cancelled):
        import_library(person, service, claimed, Progress(claimed))


def test_stored_copies_are_forgotten_when_they_could_not_be_refreshed_in_time() -> None:
    person, service = UserFactory(), library()
    service.keep_days = 30
    run(person, service)
    assert not forget_expired()
    ServiceTrack.objects.update(expires=timezone.now() - timedelta(hours=1))
    ServicePlaylist.objects.update(expires=timezone.now() - timedelta(hours=1))
    assert forget_expired()
    assert not ServiceTrack.objects.exists()
    assert not ServicePlaylist.objects.exists()
    assert not Track.objects.filter(owner=person).exists()


def test_a_page_costs_the_same_few_statements_however_many_songs_it_has(
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    """What makes a big library fast: ten pages of a hundred songs, new ones and known ones."""
    person, service = UserFactory(), FakeService(lists={"all": [song(n) for n in range(1000)]}, page=100)
    for _ in ("new", "known"):
        with django_assert_max_num_queries(25 * 10):
            run(person, service)
    assert ServiceTrack.objects.count() == 1000


@pytest.mark.slow
def test_three_thousand_tracks_are_in_and_matched_at_ten_thousand_a_minute() -> None:
    def named(n: int) -> dict[str, Any]:
        return {"title": f"{WORDS[n % 50]} {WORDS[n // 50 % 50]} {n}", "artist": f"{WORDS[n % 43]} Band {n // 12}"}

    Track.objects.bulk_create(Track(source="table", duration=180.0 + n % 60, **named(n)) for n in range(0, 3000, 2))
    person = UserFactory()
    service = FakeService(lists={"all": [song(n, **named(n)) for n in range(3000)]}, page=100)
    start = time.process_time()  # of this process: a busy machine must not decide
    run(person, service)
    assert time.process_time() - start < 60 * 3000 / 10_000
    assert ServiceTrack.objects.filter(match="names").count() == 1500
    assert ServiceTrack.objects.filter(match="none").count() == 1500


WORDS = [
    f"{first}{last}"
    for first in ("sil", "mar", "ton", "ver", "lu")
    for last in ("ora", "ent", "ami", "usk", "ine", "old", "aya", "eth", "iro", "une")
]
