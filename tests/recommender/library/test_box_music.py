"""The music in the box: there without a network, heard once, played from its package."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from recommender.library.importers import box_music
from recommender.library.jobs import runner
from recommender.library.jobs.state import Progress
from recommender.models import AudioProfile, LibraryJob, Track, TrackLink
from recommender.music.styles import styles

pytestmark = pytest.mark.django_db


def each_here(function: Callable[[Any], Any], items: Iterable[Any], **_: Any) -> Iterator[tuple[Any, Any]]:
    for item in items:
        yield item, function(item)


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> list[box_music.Piece]:
    chosen = box_music.pieces()[:2]
    monkeypatch.setattr(box_music, "pieces", lambda: chosen)
    return chosen


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(box_music, "each", each_here)


def test_every_piece_has_a_name_of_its_own_and_a_style_that_is_known() -> None:
    everything = box_music.pieces()
    assert len(everything) == len({one.tags.title for one in everything}) == 28
    assert {one.tags.genre for one in everything} <= styles().keys()
    assert all(one.path.is_file() for one in everything)


def test_they_are_heard_once_and_play_for_everybody(two: list[box_music.Piece], client: Client) -> None:
    assert box_music.build(Progress(), processes=1).added == 2
    assert box_music.missing() == [] and box_music.build(Progress()).unchanged == 2
    for piece in two:
        track = TrackLink.objects.get(service="box", external_id=piece.key).track
        assert (track.title, track.owner, track.source) == (piece.tags.title, None, Track.Source.OPEN)
        assert track.profile.provenance == AudioProfile.Provenance.MEASURED and 20 < track.duration < 60
        answer = client.get(reverse("audio", args=[track.pk]))
        assert answer.status_code == 200 and answer["Content-Type"] == "audio/ogg"


def test_a_package_that_moved_is_heard_again_as_the_same_track(
    two: list[box_music.Piece], in_this_process: None
) -> None:
    box_music.build(Progress())
    Track.objects.filter(title=two[0].tags.title).update(file="/elsewhere/calm.opus")
    again = box_music.build(Progress())
    assert (again.updated, again.added, Track.objects.count()) == (1, 0, 2)


def test_no_other_file_is_played_as_a_piece_of_the_box(client: Client, tmp_path: Path) -> None:
    other = tmp_path / "secret.ogg"
    other.write_bytes(b"OggS")
    track = Track.objects.create(source=Track.Source.OPEN, title="Not of the box", file=str(other))
    assert client.get(reverse("audio", args=[track.pk])).status_code == 404


def test_a_first_start_has_a_worker_hear_them_and_a_later_one_does_not(
    two: list[box_music.Piece], in_this_process: None
) -> None:
    runner.start_box_music()
    assert LibraryJob.objects.filter(kind="box").count() == 1
    runner.run_here(LibraryJob.Kind.BOX)
    LibraryJob.objects.all().delete()
    runner.start_box_music()
    assert not LibraryJob.objects.exists()
