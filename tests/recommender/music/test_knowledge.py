"""The editor's tables hold together: names, ranges, how much of what there is."""

from __future__ import annotations

from collections import Counter

import numpy as np

from recommender.music.occasions import occasions
from recommender.music.songs import artists, by_key, song_key, songs
from recommender.music.styles import affinity, meant_by, places, spoken, styles, together
from recommender.perception.vocabulary import GENRES, MOODS


def test_every_song_names_only_styles_themes_and_moods_that_exist_and_stays_in_range() -> None:
    for song in songs():
        assert 1 <= len(song.styles) <= 3
        assert set(song.styles) <= styles().keys(), song
        assert set(song.themes) <= occasions().keys(), song
        assert song.moods and set(song.moods) <= MOODS.keys(), song
        assert song.vocals in {"none", "female", "male", "mixed", "choir"}
        assert all(0 <= getattr(song, name) <= 1 for name in ("valence", "arousal", "energy", "acousticness"))
        assert song.tempo is None or 30 <= song.tempo <= 230
        assert song.year is None or 1000 <= song.year <= 2026
        assert 1 <= song.fame <= 5


def test_no_song_stands_twice() -> None:
    assert len(by_key()) == len(songs())


def test_there_is_enough_of_everything() -> None:
    assert len(songs()) >= 4000
    assert len(artists()) >= 2500
    assert len(styles()) >= 160
    assert len(occasions()) >= 120
    assert len({song.language for song in songs() if song.language}) >= 40
    themes = Counter(theme for song in songs() for theme in song.themes)
    assert [name for name in occasions() if themes[name] < 40] == []
    quadrants = Counter((song.valence >= 0.5, song.arousal >= 0.5) for song in songs())
    assert min(quadrants.values()) >= 0.12 * len(songs())


def test_every_occasion_has_directions_of_known_styles_that_an_editor_would_choose_between() -> None:
    for occasion in occasions().values():
        assert occasion.prompt
        assert occasion.thing
        assert 4 <= len(occasion.directions) <= 6
        assert abs(sum(one.weight for one in occasion.directions) - 1) < 0.05
        for one in occasion.directions:
            assert one.styles and set(one.styles) <= styles().keys()
            assert set(one.themes) <= occasions().keys()
            assert set(one.moods) <= MOODS.keys()
            assert 0 <= one.energy <= 1
    titles = [one.title for occasion in occasions().values() for one in occasion.directions]
    assert len(set(titles)) == len(titles)


def test_styles_stand_best_with_themselves_and_alike_both_ways() -> None:
    matrix = together()
    assert np.allclose(np.diag(matrix), 1)
    assert np.allclose(matrix, matrix.T)
    assert matrix.min() >= 0
    assert matrix.max() <= 1
    place = places()
    assert matrix[place["reggae"], place["rocksteady"]] > matrix[place["reggae"], place["black metal"]]


def test_what_is_wanted_reaches_its_neighbours_but_not_strangers() -> None:
    near = affinity({"bossa nova": 1.0})
    place = places()
    assert near[place["bossa nova"]] == 1
    assert near[place["mpb"]] > 0.5 > near[place["hardstyle"]]
    assert not affinity({"no such style": 1.0}).any()


def test_a_family_means_its_styles_and_people_have_their_own_names_for_some() -> None:
    assert "bebop" in meant_by("jazz")
    assert meant_by("hip hop") == meant_by("hiphop") >= {"hip-hop"}
    assert meant_by("soundtrack") == {one.name for one in styles().values() if one.family == "screen"}
    assert not meant_by("no such music")


def test_every_genre_that_words_may_ask_for_means_styles_that_songs_have() -> None:
    assert all(meant_by(name) for name in GENRES)


def test_a_style_is_called_what_people_call_it() -> None:
    assert spoken("mpb") == "Brazilian song"
    assert spoken("bossa nova") == "bossa nova"


def test_versions_accents_and_guests_hide_no_song() -> None:
    plain = song_key("Águas de Março", "Elis Regina & Antônio Carlos Jobim")
    assert plain == song_key("Aguas de Marco (Remastered 2004)", "Elis Regina")
    assert song_key("Hurt - 2002 Remaster", "Johnny Cash") == song_key("Hurt", "The Johnny Cash")
