"""The demonstration library in the catalogue: heard like anyone's files, made once, mended when something is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings

from demo_music.recipes import recipes
from recommender.library.importers import demo_music
from recommender.library.jobs import runner
from recommender.library.jobs.state import Progress
from recommender.models import AudioProfile, LibraryJob, Track, TrackLink
from tests.factories import TrackFactory, UserFactory

PROGRAMME = recipes()[:2]


def each_here(function: Callable[[Any], Any], items: Iterable[Any], **_: Any) -> Iterator[tuple[Any, Any]]:
    for item in items:
        yield item, function(item)


@pytest.mark.django_db
@pytest.mark.slow
def test_pieces_are_made_once_heard_and_labelled(settings: LazySettings, tmp_path: Path, monkeypatch):
    settings.HOME = tmp_path
    monkeypatch.setattr(demo_music, "each", each_here)
    steps: list[int] = []

    def on_step(done: int, total: int, note: str) -> None:
        steps.append(done)
        assert Track.objects.filter(source=Track.Source.DEMO).count() == done, "in the catalogue as soon as heard"

    assert demo_music.build(Progress(on_step=on_step), programme=PROGRAMME).added == 2
    assert steps == [0, 1, 2]
    for recipe in PROGRAMME:
        track = TrackLink.objects.get(service="demo", external_id=recipe.slug).track
        assert track.title == recipe.title
        assert "Dylumo" in track.artist
        assert (track.owner, track.source) == (None, Track.Source.DEMO)
        assert Path(track.file).is_file()
        assert track.profile.provenance == AudioProfile.Provenance.MEASURED
    before = set(Track.objects.values_list("pk", "file_stamp"))

    assert demo_music.build(Progress(), programme=PROGRAMME).unchanged == 2
    assert set(Track.objects.values_list("pk", "file_stamp")) == before

    lost = TrackLink.objects.get(external_id=PROGRAMME[0].slug).track
    Path(lost.file).unlink()
    again = demo_music.build(Progress(), programme=PROGRAMME[:1])
    assert (again.updated, again.missing) == (1, 1)
    lost.refresh_from_db()
    assert Path(lost.file).is_file()
    assert Track.objects.exclude(pk=lost.pk).get().missing_since is not None


@pytest.mark.django_db
def test_an_empty_shared_catalogue_gets_it_and_a_filled_one_is_left_alone(monkeypatch):
    made: list[str] = []

    def run_here(kind: str, **_: Any) -> None:
        made.append(kind)

    monkeypatch.setattr(runner, "run_here", run_here)
    TrackFactory(owner=UserFactory())
    runner.ensure_demo_library()
    assert made[0] == LibraryJob.Kind.DEMO
    made.clear()
    TrackFactory()
    runner.ensure_demo_library()
    assert made == []
