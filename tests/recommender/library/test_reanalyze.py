"""What was heard before the small models came is heard again with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.schemas import AudioReading, Form, dump
from recommender.library import audio_profiles
from recommender.library.analysis import reanalyze
from recommender.library.jobs import runner
from recommender.models import LibraryJob, Track
from tests.factories import TrackFactory
from tests.recommender.songs import chord_song, encoded

FORM = Form(start=0.0, end=4.0, sections=(0.0,))

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def better(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lite tier that is on disk, and hears in this process."""
    monkeypatch.setattr(reanalyze, "in_use", lambda sense: "lite")

    def each(function, paths):  # type: ignore[no-untyped-def]
        yield from ((path, function(path)) for path in paths)

    def read(_sound: object) -> AudioReading:
        return AudioReading(
            valence=0.9,
            arousal=0.8,
            energy=0.8,
            danceability=0.5,
            acousticness=0.5,
            instrumentalness=0.9,
            speechiness=0.05,
            liveness=0.1,
            tempo=120.0,
            key=0,
            mode=1,
            loudness=-10.0,
            duration=4.0,
            tier="lite",
            form=FORM,
        )

    monkeypatch.setattr(reanalyze, "each", each)
    monkeypatch.setattr("recommender.library.analysis.analyze_file.reading_of", read)


def heard_before(folder: Path, **profile: object) -> Track:
    path = folder / f"{Track.objects.count()}.wav"
    path.write_bytes(encoded(chord_song(seconds=4)))
    told = {"provenance": "measured", "tier": "basic", "valence": 0.2, "form": dump(FORM)} | profile
    track: Track = TrackFactory(file=str(path), **{f"profile__{name}": value for name, value in told.items()})
    return track


def test_files_heard_in_a_lower_tier_or_without_form_are_heard_again(better: None, tmp_path: Path) -> None:
    old = [heard_before(tmp_path), heard_before(tmp_path), heard_before(tmp_path, tier="lite", form=None)]
    new = heard_before(tmp_path, tier="lite")
    table = TrackFactory(profile__provenance="table", profile__valence=0.2)
    runner.start_hearing_again()
    job = LibraryJob.objects.get(kind=LibraryJob.Kind.AGAIN)
    while job.state == "queued":
        runner.run(job.pk)
        job.refresh_from_db()
    assert (job.state, job.counts["updated"]) == ("done", 3)
    for track in old:
        track.refresh_from_db()
        assert (track.profile.tier, track.profile.valence) == ("lite", 0.9)
        assert audio_profiles.form_of(track.profile) == FORM
    for track in (new, table):
        track.refresh_from_db()
        assert track.profile.valence == 0.2
    runner.start_hearing_again()
    assert LibraryJob.objects.filter(kind=LibraryJob.Kind.AGAIN).count() == 1


def test_a_file_that_can_no_longer_be_read_keeps_what_is_known_of_it(better: None, tmp_path: Path) -> None:
    track = heard_before(tmp_path)
    Path(track.file).write_bytes(b"no sound")
    with pytest.MonkeyPatch.context() as patch:
        from recommender.library.jobs.process_pool import each

        patch.setattr(reanalyze, "each", each)
        job, _ = runner.state.open_job(LibraryJob.Kind.AGAIN)
        while job.state == "queued":
            runner.run(job.pk)
            job.refresh_from_db()
    track.refresh_from_db()
    assert job.state == "done"
    assert (track.profile.tier, track.profile.valence) == ("basic", 0.2)
