"""Long catalogue jobs: one worker each, cancellable, found again after a crash, never doubled."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from core.errors import BadInput
from recommender.library.jobs import runner, state
from recommender.library.jobs.report import Outcome
from recommender.library.jobs.state import Cancelled, Lost, Progress
from recommender.models import LibraryJob, Track, TrackVector
from tests.factories import LibraryJobFactory, TrackFactory, UserFactory
from tests.recommender.tables import row, text_of

pytestmark = pytest.mark.django_db
State = LibraryJob.State


def state_of(job: LibraryJob) -> str:
    job.refresh_from_db()
    return job.state


def lose(job: LibraryJob) -> None:
    LibraryJob.objects.filter(pk=job.pk).update(heartbeat=timezone.now() - 2 * state.LOST_AFTER)


def test_one_of_two_workers_gets_a_job():
    job = LibraryJobFactory()
    won = state.claim(job.pk)
    assert won is not None and won.attempts == 1
    assert state.claim(job.pk) is None


def test_the_same_work_is_never_open_twice():
    anna = UserFactory()
    first, made = state.open_job(LibraryJob.Kind.SCAN, "/music", anna)
    again, made_again = state.open_job(LibraryJob.Kind.SCAN, "/music", anna)
    assert (made, made_again, again.pk) == (True, False, first.pk)
    assert state.open_job(LibraryJob.Kind.SCAN, "/music", UserFactory())[1]
    shared, _ = state.open_job(LibraryJob.Kind.DEMO)
    assert state.open_job(LibraryJob.Kind.DEMO)[0] == shared
    state.cancel(shared)
    assert state.open_job(LibraryJob.Kind.DEMO)[1]


def test_a_finished_job_keeps_its_counts_and_reasons():
    job = state.claim(LibraryJobFactory().pk)
    outcome = Outcome(read=2, added=1)
    outcome.skip("no_title", 7, "the title is empty")
    assert state.finish(job, outcome)
    assert state_of(job) == State.DONE
    assert job.counts["skipped"] == 1
    assert job.skipped == [{"code": "no_title", "count": 1, "examples": [{"line": 7, "why": "the title is empty"}]}]
    assert job.finished is not None


def test_a_failure_is_kept_with_its_code_and_a_cancel_as_cancelled():
    failed, cancelled = state.claim(LibraryJobFactory().pk), state.claim(LibraryJobFactory().pk)
    state.fail(failed, BadInput("No.", code="table_empty"))
    state.fail(cancelled, Cancelled())
    assert (state_of(failed), failed.error["code"]) == (State.FAILED, "table_empty")
    assert (state_of(cancelled), cancelled.error["code"]) == (State.CANCELLED, "cancelled")


def test_a_queued_job_is_cancelled_at_once_and_a_running_one_at_its_next_step():
    queued, running = LibraryJobFactory(), state.claim(LibraryJobFactory().pk)
    assert state.cancel(queued) and state.cancel(running)
    assert (state_of(queued), state_of(running)) == (State.CANCELLED, State.RUNNING)
    with pytest.raises(Cancelled):
        Progress(running).step(1, 10)
    state.fail(running, Cancelled())
    assert state_of(running) == State.CANCELLED
    assert not state.cancel(running)


def test_a_lost_workers_job_is_queued_again_and_the_old_worker_cannot_end_it():
    job = state.claim(LibraryJobFactory().pk)
    lose(job)
    assert [one.pk for one in state.requeue_lost()] == [job.pk]
    second = state.claim(job.pk)
    assert second.attempts == 2
    with pytest.raises(Lost):
        Progress(job).step(1, 2)
    assert not state.finish(job, Outcome())
    assert state.finish(second, Outcome())


def test_a_job_that_keeps_losing_its_worker_fails_with_a_code():
    job = LibraryJobFactory()
    for _ in range(state.MAX_ATTEMPTS):
        assert state.claim(job.pk)
        lose(job)
        state.requeue_lost()
    assert (state_of(job), job.error["code"]) == (State.FAILED, "worker_lost")


def test_a_beating_job_is_left_alone_and_a_waiting_one_is_announced_again():
    running, fresh, waiting = state.claim(LibraryJobFactory().pk), LibraryJobFactory(), LibraryJobFactory()
    lose(waiting)
    assert [one.pk for one in state.requeue_lost()] == [waiting.pk]
    assert (state_of(running), state_of(fresh)) == (State.RUNNING, State.QUEUED)


def test_making_room_is_no_new_attempt():
    job = state.claim(LibraryJobFactory().pk)
    assert state.make_room(job)
    assert state.claim(job.pk).attempts == 1


def test_progress_reaches_the_row():
    job = state.claim(LibraryJobFactory().pk)
    Progress(job).step(3, 3)
    job.refresh_from_db()
    assert (job.done, job.total) == (3, 3)


def test_a_worker_imports_a_table_and_asks_for_its_text_vectors(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(text_of([row(1)]))
    job, _ = state.open_job(LibraryJob.Kind.TABLE, str(path))
    runner.run(job.pk)
    assert state_of(job) == State.DONE
    assert LibraryJob.objects.get(kind=LibraryJob.Kind.VECTORS, argument="").state == State.QUEUED
    runner.run(job.pk)
    assert Track.objects.count() == 1


def test_an_unusable_table_ends_as_failed_and_the_worker_lives(tmp_path):
    job, _ = state.open_job(LibraryJob.Kind.TABLE, str(tmp_path / "nowhere.csv"))
    runner.run(job.pk)
    assert (state_of(job), job.error["code"]) == (State.FAILED, "table_missing")


def test_an_unexpected_break_is_recorded_before_it_is_raised(monkeypatch):
    job = LibraryJobFactory(kind=LibraryJob.Kind.DEMO)
    monkeypatch.setattr(runner.demo_music, "build", lambda progress: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        runner.run(job.pk)
    assert (state_of(job), job.error["code"]) == (State.FAILED, "internal")


def test_text_vectors_are_written_in_turns_and_never_for_a_music_services_metadata(monkeypatch):
    monkeypatch.setattr(runner.text, "SLICE", 2)
    for _ in range(3):
        TrackFactory()
    TrackFactory(source=Track.Source.SERVICE)
    job, _ = state.open_job(LibraryJob.Kind.VECTORS)
    runner.run(job.pk)
    assert (state_of(job), TrackVector.objects.count()) == (State.QUEUED, 2)
    runner.run(job.pk)
    assert (state_of(job), TrackVector.objects.count()) == (State.DONE, 3)
    assert not TrackVector.objects.filter(track__source=Track.Source.SERVICE).exists()


def test_waiting_for_another_process_ends_when_it_was_lost(monkeypatch, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(text_of([row(1)]))
    job, _ = state.open_job(LibraryJob.Kind.TABLE, str(path))
    state.claim(job.pk)
    LibraryJob.objects.update(heartbeat=timezone.now() - state.LOST_AFTER + timedelta(seconds=0.3))
    monkeypatch.setattr(runner, "WAIT_SECONDS", 0.1)
    assert runner.run_here(LibraryJob.Kind.TABLE, str(path)).state == State.DONE
    assert Track.objects.count() == 1
