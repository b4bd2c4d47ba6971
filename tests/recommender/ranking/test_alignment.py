"""A picture and a song: rare fits score high, clashes low, random pairs 50; and the reasons say which is which."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.schemas import AudioReading, ImageReading
from recommender.library.importers.editor_songs import Known, known_of
from recommender.ranking import alignment
from recommender.ranking.alignment import align
from tests.recommender.briefs import labels, lake, party, street


def song(valence: float, arousal: float, tempo: float, *genres: str, **fields: object) -> AudioReading:
    return AudioReading(
        **{
            "valence": valence,
            "arousal": arousal,
            "energy": arousal,
            "danceability": 0.5,
            "acousticness": 1 - arousal,
            "instrumentalness": None,
            "speechiness": None,
            "liveness": None,
            "tempo": tempo,
            "key": 0,
            "mode": 1,
            "loudness": -9.0,
            "genres": labels("genre", **dict.fromkeys(genres, 0.9)),
            **fields,
        }
    )


CALM = song(0.75, 0.28, 80, "ambient", "folk")
FURIOUS = song(0.12, 0.95, 165, "metal")
FESTIVE = song(0.82, 0.82, 126, "disco")
SORROW = song(0.22, 0.28, 76, "blues")


def test_each_picture_fits_its_own_song_best() -> None:
    songs = [CALM, SORROW, FESTIVE]
    for reading, own in ((lake(), CALM), (street(), SORROW), (party(), FESTIVE)):
        scores = [align(reading, one).score for one in songs]
        assert max(scores) == scores[songs.index(own)] and max(scores) > 75
    assert align(lake(), FURIOUS).score < 15


def test_the_score_is_a_percentile_and_rarity_its_rest() -> None:
    fit = align(lake(), CALM)
    assert fit.score / 100 + fit.rarity == pytest.approx(1.0, abs=0.001)
    assert "of 100 random pairs" in fit.reasons[0]


def wedding() -> ImageReading:
    return replace(party(), concepts=labels("concept", wedding=0.9))


def named(title: str, artist: str) -> Known:
    known = known_of(title, artist, "")
    assert known is not None
    return known


WEDDING_SONG, METAL = named("Chapel of Love", "The Dixie Cups"), named("Enter Sandman", "Metallica")


def test_a_song_known_by_name_is_judged_by_what_is_known_of_it() -> None:
    right, wrong = align(wedding(), None, WEDDING_SONG), align(wedding(), None, METAL)
    assert right.score > 90 and wrong.score < 50
    assert "a song for" in " ".join(right.reasons) and "wedding" in " ".join(right.reasons)
    assert "Heavy metal is not what an editor would play for" in " ".join(wrong.reasons)


def test_its_sound_and_its_name_are_judged_together() -> None:
    heard = align(wedding(), FESTIVE, WEDDING_SONG)
    assert {part.name for part in heard.parts} == set(alignment.WEIGHTS)
    assert heard.score > align(wedding(), FESTIVE, METAL).score


def test_of_an_artist_alone_the_styles_count() -> None:
    unheard = named("A song nobody wrote", "Metallica")
    assert unheard.song is None
    assert align(wedding(), None, unheard).score < 50


def test_a_song_of_which_nothing_is_known_is_not_judged() -> None:
    with pytest.raises(alignment.TooLittleKnown):
        align(wedding(), None, None)


def test_what_is_known_of_the_song_counts_only_where_something_is_seen() -> None:
    assert not {"style", "theme"} & {part.name for part in align(lake(), None, WEDDING_SONG).parts}


def test_all_parts_are_there_and_their_weights_make_one() -> None:
    fit = align(wedding(), FESTIVE, WEDDING_SONG)
    assert {part.name for part in fit.parts} == set(alignment.WEIGHTS)
    assert sum(part.weight for part in fit.parts) == pytest.approx(1.0, abs=0.001)


def test_what_was_not_measured_is_left_out() -> None:
    bare = ImageReading(valence=0.7, arousal=0.3)
    silent = replace(CALM, tempo=0.0, genres=(), moods=())
    assert {part.name for part in align(bare, silent).parts} == {"valence", "arousal", "mood"}


def test_reasons_tell_fits_clashes_and_what_would_fit_better() -> None:
    good, bad = " ".join(align(lake(), CALM).reasons), " ".join(align(lake(), FURIOUS).reasons)
    assert "equally calm" in good and "would fit better" not in good
    assert "livelier than the picture" in bad and "A calmer and brighter song would fit better" in bad


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 250))
def test_any_pair_gets_a_score_in_range(v: float, a: float, sv: float, sa: float, tempo: float) -> None:
    fit = align(ImageReading(valence=v, arousal=a, features={"brightness": v}), song(sv, sa, tempo))
    assert 0 <= fit.score <= 100 and all(0 <= part.value <= 1 for part in fit.parts)


def test_a_song_moved_away_from_the_picture_never_fits_better() -> None:
    scores = [align(lake(), song(0.74 - step, 0.3 + step, 80)).score for step in np.linspace(0, 0.6, 7)]
    assert all(one >= other for one, other in pairwise(scores))


@pytest.mark.parametrize("known", [tuple(alignment.WEIGHTS), ("valence", "arousal", "mood"), ("valence",)])
def test_a_random_pair_averages_fifty_whatever_is_known_of_it(known: tuple[str, ...]) -> None:
    pairs = alignment.reference()["pairs"].astype(float)
    values = [dict(zip(alignment.WEIGHTS, row, strict=True)) for row in pairs[:2000]]
    scores = [alignment.percentile({name: one[name] for name in known}) for one in values]
    assert np.mean(scores) == pytest.approx(0.5, abs=0.02)
    assert alignment.percentile(dict.fromkeys(known, -1.0)) == 0.0
    assert alignment.percentile(dict.fromkeys(known, 2.0)) == 1.0
