"""What was seen and said becomes a brief: near the reading, moved by words and chips, and back again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadInput
from core.schemas import AudioReading, ImageReading, Limits, MusicBrief, Want, WordsReading, dump, load
from recommender import mapping
from recommender.mapping import rules
from recommender.perception.text.affect_model import vocabulary_vectors
from tests.recommender.briefs import labels, lake, party, street

units = st.floats(0, 1)


def vector_of(*chips: str) -> tuple[float, ...]:
    total = np.sum([vocabulary_vectors()[chip] for chip in chips], axis=0)
    return tuple(float(x) for x in total / np.linalg.norm(total))


def test_a_brief_lies_where_the_reading_lies_and_further_from_the_usual() -> None:
    for reading in (lake(), street(), party()):
        brief = mapping.brief_for(reading)
        assert abs(brief.valence - reading.valence) < 0.15
        assert abs(brief.valence - 0.54) >= abs(reading.valence - 0.54)
        assert abs(brief.arousal - 0.43) >= abs(reading.arousal - 0.43)


def test_three_pictures_give_three_different_briefs() -> None:
    a, b, c = (mapping.brief_for(reading) for reading in (lake(), street(), party()))
    assert a.valence > b.valence + 0.3 and c.arousal > a.arousal + 0.25
    assert b.features["mode"][0] < a.features["mode"][0]
    assert c.features["tempo"][0] > a.features["tempo"][0] + 15


@given(units, units, st.floats(0, 0.3), st.floats(0, 0.3))
def test_a_brief_stays_on_the_plane_and_its_targets_in_range(
    valence: float, arousal: float, one: float, other: float
) -> None:
    brief = mapping.brief_for(ImageReading(valence=valence, arousal=arousal, valence_sd=one, arousal_sd=other))
    assert 0 <= brief.valence <= 1 and 0 <= brief.arousal <= 1
    assert 40 <= brief.features["tempo"][0] <= 180
    assert 0 <= brief.features["mode"][0] <= 1
    assert all(0 <= weight <= rules.MOST_WEIGHT for _, weight in brief.features.values())


def test_a_less_sure_reading_makes_a_wider_target() -> None:
    sure, unsure = replace(lake(), valence_sd=0.08, arousal_sd=0.06), replace(lake(), valence_sd=0.21, arousal_sd=0.19)
    assert mapping.brief_for(sure).spread < mapping.brief_for(unsure).spread


def test_nothing_to_go_by_is_said_plainly() -> None:
    with pytest.raises(BadInput, match="nothing to choose"):
        mapping.brief_for(None)
    with pytest.raises(BadInput, match="no reasoning called"):
        mapping.brief_for(lake(), reasoning="astrology")


def test_described_words_draw_the_target_and_limits_are_taken_over() -> None:
    words = WordsReading(text="angry and loud", valence=0.15, arousal=0.9, limits=Limits(tempo_max=100, count=5))
    brief = mapping.brief_for(lake(), [words])
    assert brief.valence < 0.5 and brief.arousal > 0.6
    assert brief.limits.tempo_max == 100 and brief.count == 5
    assert mapping.brief_for(None, [words]).valence == pytest.approx(0.15)


def test_every_target_says_where_it_came_from() -> None:
    brief = mapping.brief_for(lake(), [WordsReading(text="some jazz", wants=(Want(feature="genre:jazz"),))])
    assert "lake" in brief.sources["affect"]
    assert set(brief.features) <= set(brief.sources)
    assert "some jazz" in brief.sources["genre:jazz"]


@pytest.mark.parametrize(
    ("want", "name", "rises"),
    [
        (Want(feature="energy", direction=-1), "arousal", False),
        (Want(feature="valence", direction=1), "valence", True),
        (Want(feature="arousal", direction=1), "arousal", True),
        (Want(feature="mood:melancholic", direction=1), "valence", False),
    ],
)
def test_a_comparative_moves_from_where_the_list_is(want: Want, name: str, rises: bool) -> None:
    brief = mapping.brief_for(lake())
    stands = {"valence": 0.6, "arousal": 0.5, "energy": 0.55, "tempo": 120.0}
    moved = mapping.move(replace(brief, valence=0.6, arousal=0.5), WordsReading(text="…", wants=(want,)), stands)
    change = getattr(moved, name) - stands[name]
    assert (change > 0) == rises and 0.05 < abs(change) < 0.3


@given(st.floats(0.3, 1.0), st.sampled_from([-1, 1]))
def test_slower_is_measured_from_the_lists_own_tempo(amount: float, direction: int) -> None:
    brief = mapping.brief_for(lake())
    words = WordsReading(text="slower", wants=(Want(feature="tempo", direction=direction, amount=amount),))
    target, weight = mapping.move(brief, words, {"tempo": 128.0}).features["tempo"]
    assert target == pytest.approx(128.0 + direction * amount * 28.3) and weight == rules.WORDS_WEIGHT


def test_what_a_refinement_does_not_mention_stays() -> None:
    brief = mapping.brief_for(lake(), [WordsReading(text="no rap", limits=Limits(exclude_genres=("hiphop",)))])
    moved = mapping.move(brief, WordsReading(text="under 100 bpm", limits=Limits(tempo_max=100)), {})
    assert moved.limits == Limits(exclude_genres=("hiphop",), tempo_max=100)
    assert (moved.valence, moved.arousal, moved.moods, moved.scenes) == (
        brief.valence,
        brief.arousal,
        brief.moods,
        brief.scenes,
    )


def test_a_mood_said_twice_in_one_wish_moves_the_point_once() -> None:
    wants = (Want(feature="valence", direction=-1), Want(feature="mood:melancholic"))
    moved = mapping.move(
        mapping.brief_for(lake()), WordsReading(text="more melancholic", wants=wants), {"valence": 0.74}
    )
    assert moved.valence == pytest.approx(0.74 - 0.5 * 0.26)
    assert moved.moods[0].name == "melancholic"


def test_a_scene_described_in_a_refinement_draws_the_target() -> None:
    brief = mapping.brief_for(lake())
    moved = mapping.move(brief, WordsReading(text="for a wild party", valence=0.9, arousal=0.95), {})
    assert moved.arousal > brief.arousal + 0.3 and moved.scenes == brief.scenes


def test_an_instrument_or_style_can_be_wished_away() -> None:
    words = WordsReading(text="less guitar", wants=(Want(feature="instrument:guitar", direction=-1),))
    (label,) = mapping.move(mapping.brief_for(lake()), words, {}).instruments
    assert label.name == "guitar" and label.score < 0


def test_switching_a_chip_off_moves_the_target_and_switching_it_on_restores_it() -> None:
    reading = replace(lake(), moods=labels("mood", peaceful=0.8, dark=0.7), scenes=())
    brief = replace(mapping.brief_for(reading), vector=vector_of("mood:peaceful", "mood:dark"))
    without = mapping.adjust(brief, off={"mood:dark"})
    assert without.valence > brief.valence and without.switched_off == ("mood:dark",)
    assert np.dot(without.vector, vocabulary_vectors()["mood:dark"]) < np.dot(
        brief.vector, vocabulary_vectors()["mood:dark"]
    )
    back = mapping.adjust(without, off=set())
    assert (back.valence, back.arousal) == pytest.approx((brief.valence, brief.arousal), abs=1e-4)
    assert {name: value for name, (value, _) in back.features.items()} == pytest.approx(
        {name: value for name, (value, _) in brief.features.items()}, abs=1e-2
    )


def test_moving_the_point_moves_what_the_rules_derive_but_not_what_was_asked_for() -> None:
    words = WordsReading(text="120 bpm", wants=(Want(feature="tempo", direction=0, target=120.0),))
    brief = mapping.brief_for(street(), [words])
    moved = mapping.adjust(brief, valence=0.9, arousal=0.8)
    assert (moved.valence, moved.arousal) == (0.9, 0.8)
    assert moved.features["mode"][0] > brief.features["mode"][0]
    assert moved.features["acousticness"][0] < brief.features["acousticness"][0]
    assert moved.features["tempo"] == (120.0, rules.WORDS_WEIGHT)


def test_symbolic_and_neural_reasoning_use_only_their_own_means() -> None:
    def embed(texts: list[str]) -> np.ndarray:
        return np.array([vector_of("mood:angry")] * len(texts), dtype=np.float32)

    symbolic = mapping.brief_for(lake(), reasoning="symbolic", embed=embed)
    neural = mapping.brief_for(lake(), reasoning="neural", embed=embed)
    assert symbolic.vector == () and symbolic.features
    assert neural.features == {} and neural.vector
    assert neural.arousal > 0.6 and neural.valence < 0.4, "the words' vector decides, not the reading's point"


def test_more_like_a_song_draws_half_way() -> None:
    song = AudioReading(
        valence=0.1, arousal=0.9, energy=0.9, danceability=0.4, acousticness=0.1, instrumentalness=None,
        speechiness=None, liveness=None, tempo=170, key=0, mode=0, loudness=-6,
    )  # fmt: skip
    brief = mapping.brief_for(lake())
    drawn = mapping.with_song(brief, song)
    assert drawn.valence == pytest.approx((brief.valence + 0.1) / 2, abs=1e-4)
    assert drawn.features["tempo"][0] == 170 and drawn.sources["tempo"] == "your song"


def test_an_activity_draws_the_target_towards_it() -> None:
    assert mapping.brief_for(lake(), context={"activity": "workout"}).arousal > mapping.brief_for(lake()).arousal + 0.1


def test_a_brief_survives_storage() -> None:
    brief = mapping.brief_for(lake(), [WordsReading(text="no vocals", limits=Limits(instrumental=True))])
    assert load(MusicBrief, dump(brief)) == brief


def test_a_cue_near_the_middle_is_not_quoted_as_an_extreme() -> None:
    said = [rules.targets({"arousal": arousal})[1]["tempo"] for arousal in (0.2, 0.46, 0.55, 0.9)]
    assert said == ["the stillness", rules.EVEN, rules.EVEN, "the energy"]


def test_every_rule_names_its_source() -> None:
    assert all(rule.source and 0 < rule.weight <= 1 for rule in (*rules.RULES, *rules.SCENE_RULES))
