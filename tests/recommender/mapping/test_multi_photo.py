"""Several photos as one brief: average, journey, chapters."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.schemas import Label, Limits, MusicBrief, Swatch, dump, load
from recommender import mapping
from recommender.mapping.multi_photo import BETWEEN, brief_of_stage
from recommender.ranking import chapters
from tests.factories import AudioProfileFactory, TrackFactory, UserFactory
from tests.recommender.briefs import lake, party, street


def test_the_average_lies_between_and_keeps_what_both_show() -> None:
    both = mapping.average([lake(), party()])
    assert lake().arousal < both.arousal < party().arousal
    assert {"lake", "celebration"} <= {scene.name for scene in both.scenes}
    assert all(0 <= label.score <= 1 for label in (*both.moods, *both.scenes))
    assert both.phrase == "a quiet lake at sunset; a crowd at a party"
    assert mapping.average([lake()]) == lake()


@given(st.floats(0.05, 1), st.floats(0.05, 1))
def test_a_surer_photo_counts_more(one: float, other: float) -> None:
    both = mapping.average([replace(lake(), confidence=one), replace(party(), confidence=other)])
    share = one / (one + other)
    assert both.valence == pytest.approx(share * lake().valence + (1 - share) * party().valence)


def test_palettes_are_put_together() -> None:
    blue = replace(lake(), palette=(Swatch(hex="#0000ff", share=1.0),))
    red = replace(party(), palette=(Swatch(hex="#ff0000", share=1.0),))
    assert {swatch.hex: swatch.share for swatch in mapping.average([blue, red]).palette} == {
        "#0000ff": 0.5,
        "#ff0000": 0.5,
    }


@pytest.mark.parametrize("count", [2, 5, 12, 30])
@pytest.mark.parametrize("together", ["journey", "chapters"])
def test_stages_share_the_lists_length(count: int, together: str) -> None:
    readings = [lake(), party(), street()]
    brief = mapping.with_stages(mapping.brief_for(mapping.average(readings), count=count), readings, together)
    assert sum(stage.count for stage in brief.stages) == count
    assert all(stage.count >= 1 for stage in brief.stages)
    assert load(MusicBrief, dump(brief)) == brief


def test_a_journey_goes_evenly_from_the_first_photo_to_the_last() -> None:
    readings = [lake(), party()]
    brief = mapping.with_stages(mapping.brief_for(mapping.average(readings), count=12), readings, "journey")
    arousal = [stage.arousal for stage in brief.stages]
    assert len(arousal) == BETWEEN
    assert arousal == sorted(arousal)
    assert [stage.moods[0].name for stage in brief.stages] == ["peaceful", "euphoric", "euphoric"]


def test_moving_the_point_moves_every_stage_with_it() -> None:
    readings = [lake(), party()]
    brief = mapping.with_stages(mapping.brief_for(mapping.average(readings)), readings, "chapters")
    moved = mapping.adjust(brief, arousal=brief.arousal - 0.1)
    assert [stage.arousal for stage in moved.stages] == pytest.approx([s.arousal - 0.1 for s in brief.stages], abs=1e-4)


def test_one_photo_or_an_average_has_no_stages() -> None:
    brief = mapping.brief_for(lake())
    assert mapping.with_stages(brief, [lake()], "journey") is brief
    assert mapping.with_stages(brief, [lake(), party()], "average") is brief


def test_a_stage_keeps_what_was_asked_for_in_words() -> None:
    brief = mapping.brief_for(mapping.average([lake(), party()]))
    brief = replace(
        brief,
        limits=Limits(tempo_max=110.0, count=12),
        features={**brief.features, "tempo": (80.0, 2.0)},
        genres=(Label(name="jazz", score=1.0, kind="genre"),),
    )
    staged = mapping.with_stages(brief, [lake(), party()], "chapters")
    first = brief_of_stage(staged, staged.stages[0])
    assert first.limits == Limits(tempo_max=110.0)
    assert first.features["tempo"] == (80.0, 2.0)
    assert "jazz" in [label.name for label in first.genres]
    assert (first.count, first.phrase) == (6, "a quiet lake at sunset")


@pytest.mark.django_db
def test_chapters_play_one_after_the_other_and_no_track_twice() -> None:
    person, stranger = UserFactory(), UserFactory()
    for number in range(30):
        calm = number % 2 == 0
        track = TrackFactory(profile=None, owner=stranger if number == 0 else None)
        AudioProfileFactory(track=track, valence=0.7, arousal=0.2 if calm else 0.85, energy=0.2 if calm else 0.9)
    readings = [lake(), party()]
    brief = mapping.with_stages(mapping.brief_for(mapping.average(readings), count=8), readings, "chapters")
    ranked = chapters.recommend(brief, person)
    ids = [track.track_id for track in ranked.tracks]
    assert len(set(ids)) == len(ids) == 8
    assert [track.rank for track in ranked.tracks] == list(range(1, 9))
    arousal = [track.arousal or 0 for track in ranked.tracks]
    assert max(arousal[:4]) < min(arousal[4:])
    assert ranked.policy.endswith("-staged")
    kept = chapters.recommend(brief, person, keep=ids[5:6], exclude=ids[:1])
    assert ids[5] in [track.track_id for track in kept.tracks]
    assert ids[0] not in [track.track_id for track in kept.tracks]
