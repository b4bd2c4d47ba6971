"""What is seen and said becomes several musical directions."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.schemas import ImageReading, Label, MusicBrief, Shift, Want, WordsReading
from recommender import mapping
from recommender.mapping.takes import MOST_TAKES, choose_take, seed_of, takes_for, with_takes
from recommender.music.occasions import occasions
from recommender.music.styles import meant_by, styles


def style(name: str, score: float = 1.0) -> Label:
    return Label(name=name, score=score, kind="style")


def concept(name: str, score: float = 0.9) -> Label:
    return Label(name=name, score=score, kind="concept")


def test_takes_are_likeliest_first_and_differ_in_what_they_play() -> None:
    takes = takes_for([concept("beach")], 0.8, 0.4)
    assert 3 <= len(takes) <= MOST_TAKES
    assert sum(take.chance for take in takes) == pytest.approx(1, abs=0.01)
    assert len({next(iter(take.styles)) for take in takes}) == len(takes)
    assert takes[0].concept == "beach"


def test_a_grave_photo_of_graves_is_mourned_and_a_wedding_is_not() -> None:
    mourning = takes_for([concept("cemetery")], 0.3, 0.35)[0]
    feast = takes_for([concept("wedding")], 0.85, 0.6)[0]
    assert mourning.valence < 0.5 < feast.valence


def test_the_surer_concept_comes_first() -> None:
    takes = takes_for([concept("skiing", 0.9), concept("cat", 0.1)], 0.7, 0.6)
    assert takes[0].concept == "skiing"


def test_a_style_that_was_asked_for_is_what_every_take_plays() -> None:
    for take in takes_for([concept("wedding")], 0.8, 0.6, meant_by("jazz")):
        assert set(take.styles) <= meant_by("jazz")


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([*occasions(), "no such thing"]), st.floats(0, 1)), max_size=6),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_whatever_was_read_there_is_a_way_to_hear_it(
    seen: list[tuple[str, float]], valence: float, arousal: float
) -> None:
    takes = takes_for([concept(name, score) for name, score in seen], valence, arousal)
    assert takes
    for take in takes:
        assert take.title
        assert set(take.styles) <= styles().keys()
        assert 0 <= take.valence <= 1
        assert 0 <= take.arousal <= 1
    assert [take.chance for take in takes] == sorted((take.chance for take in takes), reverse=True)


def test_what_is_heard_in_a_picture_weighs_its_directions_and_makes_some() -> None:
    seen = [concept("beach", 0.6)]
    plain = takes_for(seen, 0.7, 0.4)
    other = next(take for take in plain[1:] if take.concept == "beach")
    first = next(iter(other.styles))
    heard = takes_for(seen, 0.7, 0.4, (), [style(first), style("ambient", 0.2)])
    assert first in heard[0].styles
    nothing_named = takes_for([], 0.4, 0.4, (), [style("fado"), style("tango", 0.9), style("techno", 0.3)])
    assert nothing_named[0].styles.keys() & {"fado", "tango"}
    assert {name for take in nothing_named for name in take.styles} >= {"fado", "tango", "techno"}
    assert takes_for(seen, 0.7, 0.4, (), [style("no such style")]) == plain


def test_styles_heard_unsurely_change_little() -> None:
    seen = [concept("snow", 0.8)]
    plain = takes_for(seen, 0.6, 0.4)
    unsure = takes_for(seen, 0.6, 0.4, (), [style("exotica", 0.05), style("gamelan", 0.04)])
    assert unsure[0].title == plain[0].title
    sure = takes_for(seen, 0.6, 0.4, (), [style("exotica"), style("gamelan", 0.9)])
    assert "exotica" in {name for take in sure for name in take.styles}


def test_christmas_music_is_heard_only_where_it_is_christmas() -> None:
    heard = [style("christmas music"), style("vocal jazz", 0.9)]

    def first_styles(*seen: Label) -> set[str]:
        return {next(iter(take.styles)) for take in takes_for(seen, 0.7, 0.4, (), heard)}

    assert "christmas music" not in first_styles(concept("wedding", 0.7))
    assert "christmas music" in first_styles(concept("christmas", 0.7))


def test_what_is_clearly_seen_keeps_the_directions_written_for_it() -> None:
    takes = takes_for([concept("sailing boat", 1.0)], 0.7, 0.45, (), [style("yacht rock"), style("techno", 0.6)])
    assert all(take.concept == "sailing boat" for take in takes)
    assert takes[0].title == "Yacht rock cruise"


def test_choosing_a_take_moves_the_brief_and_keeps_what_was_asked_for() -> None:
    asked = Label(name="sad", score=1.0, kind="mood", source="“sad”")
    brief = MusicBrief(valence=0.5, arousal=0.5, moods=(asked,), takes=takes_for([concept("beach")], 0.8, 0.4))
    heard = choose_take(brief, 2)
    assert heard.take == 2
    assert heard.direction == brief.takes[1]
    assert heard.moods[0] == asked
    assert choose_take(brief, 9) == brief


def test_a_way_to_hear_a_mood_alone_stays_in_its_moment_and_keeps_what_was_read() -> None:
    evening = Shift(name="evening", words="for the evening", valence=0.0, arousal=-0.05)
    read = (Label(name="calm", score=0.7, kind="mood"),)
    brief = MusicBrief(valence=0.6, arousal=0.3, moods=read, moment=(evening,), takes=takes_for([], 0.6, 0.3))
    heard = choose_take(brief, 2)
    assert heard.arousal == pytest.approx(brief.takes[1].arousal - 0.05)
    assert heard.moods == read


def test_no_way_to_hear_says_a_mood_twice_or_a_name_nobody_uses() -> None:
    for valence, arousal in itertools.product(np.linspace(0, 1, 11), repeat=2):
        for take in takes_for([], float(valence), float(arousal)):
            words = take.title.lower().split()
            assert len(words) == len(set(words)), take.title
            assert "mpb" not in words


def test_a_photo_and_words_are_heard_together_and_a_refinement_keeps_the_takes() -> None:
    reading = ImageReading(valence=0.6, arousal=0.4, concepts=(concept("beach", 0.5),))
    words = WordsReading(text="for a wedding", concepts=(concept("wedding", 0.9),))
    brief = mapping.brief_for(reading, [words])
    assert {take.concept for take in brief.takes} >= {"wedding", "beach"}
    calmer = mapping.brief_for(None, [WordsReading(text="calmer", intent="refine")], previous=brief)
    assert calmer.takes == brief.takes


def test_the_same_facts_give_the_same_seed_and_other_facts_another() -> None:
    assert seed_of("a", 1) == seed_of("a", 1) != seed_of("a", 2)


def refined(text: str, *genres: str) -> MusicBrief:
    takes = takes_for([concept("party nightclub")], 0.8, 0.8)
    brief = with_takes(MusicBrief(valence=0.8, arousal=0.8), takes)
    words = WordsReading(text=text, intent="refine", wants=tuple(Want(feature=f"genre:{name}") for name in genres))
    return mapping.move(brief, words, {})


def test_a_style_wished_for_afterwards_is_what_the_list_is_made_of() -> None:
    before = takes_for([concept("party nightclub")], 0.8, 0.8)
    [take] = refined("i want reggaeton", "latin").takes
    assert next(iter(take.styles)) == "reggaeton" and take.concept == "party nightclub"
    own = {one.title for one in before if next(iter(one.styles)) == "reggaeton"}
    assert len(before) > 1 and ("reggaeton" in take.title.lower() or take.title in own)


def test_more_of_a_style_stands_before_the_takes_own() -> None:
    before = takes_for([concept("party nightclub")], 0.8, 0.8)[0]
    take = refined("more country", "country").takes[0]
    first, *others = take.styles
    assert first in meant_by("country") and set(before.styles) & set(others)
    assert all(take.styles[name] < take.styles[first] for name in before.styles)


def test_words_without_a_style_leave_the_takes() -> None:
    takes = takes_for([concept("party nightclub")], 0.8, 0.8)
    assert refined("a bit slower").takes == tuple(takes)
