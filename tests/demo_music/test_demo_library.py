"""The demonstration library: composed by rule, played by synthesis, kept as whole and labelled files."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutagen.easyid3 import EasyID3

from demo_music import encode, recipes, render_library, synth, theory, write
from demo_music.arrange import arrange
from demo_music.instruments import BACKGROUNDS, INSTRUMENTS
from demo_music.recipes import Recipe
from demo_music.render import perform
from demo_music.rhythm import METRES, Groove, strokes
from demo_music.score import Score
from demo_music.styles import STYLES
from recommender.perception.vocabulary import GENRES


def named(slug: str) -> Recipe:
    return next(recipe for recipe in recipes() if recipe.slug == slug)


def excerpt(recipe: Recipe, seconds: float = 8.0) -> Score:
    """The beginning of a piece, which renders in a fraction of the time."""
    score = arrange(recipe)
    parts = (replace(part, notes=tuple(n for n in part.notes if n.start < seconds - 1)) for part in score.parts)
    return replace(
        score,
        seconds=seconds,
        parts=tuple(part for part in parts if part.notes),
        strikes=tuple(strike for strike in score.strikes if strike.start < seconds - 1),
    )


# The programme


def test_every_piece_is_its_own() -> None:
    for attribute in ("slug", "title", "seed"):
        values = [getattr(recipe, attribute) for recipe in recipes()]
        assert len(values) >= 84
        assert len(set(values)) == len(values), attribute


def test_the_programme_covers_styles_metres_keys_modes_and_tempi() -> None:
    programme = recipes()
    assert {recipe.style for recipe in programme} <= set(GENRES)
    assert len({recipe.style for recipe in programme}) >= 10
    assert {recipe.manner for recipe in programme} == set(STYLES)
    assert {recipe.metre for recipe in programme} == set(METRES)
    assert {recipe.mode for recipe in programme} == set(theory.MODES)
    assert len({recipe.key for recipe in programme}) >= 10
    assert min(recipe.tempo for recipe in programme) <= 60
    assert max(recipe.tempo for recipe in programme) >= 165


def test_the_programme_covers_the_affect_plane() -> None:
    for happy, excited in itertools.product((True, False), repeat=2):
        there = [r for r in recipes() if (r.valence > 0.5) == happy and (r.arousal > 0.5) == excited]
        assert len(there) >= 12, (happy, excited)


def test_no_ensemble_plays_so_much_that_a_cap_per_artist_empties_a_list() -> None:
    artists = [recipe.artist for recipe in recipes()]
    assert len(set(artists)) >= 16
    assert max(artists.count(artist) for artist in set(artists)) <= 4


# What is written


@pytest.mark.parametrize("recipe", recipes(), ids=lambda recipe: recipe.slug)
def test_a_piece_lasts_about_a_minute_and_ends_on_its_tonic(recipe: Recipe) -> None:
    score = arrange(recipe)
    assert 44 < score.seconds < 76
    last_bar = score.seconds - 2.6 - METRES[recipe.metre].steps / METRES[recipe.metre].beat * score.beat
    bass = [n for part in score.parts if part.layer.role == "bass" for n in part.notes if n.start > last_bar - 0.05]
    assert bass and {note.pitch % 12 for note in bass} == {recipe.key}
    for part in score.parts:
        assert all(note.start + 0.01 < score.seconds and 0 < note.velocity <= 1 for note in part.notes)
        assert all(20 < note.pitch < 112 for note in part.notes), part.instrument


def test_the_same_recipe_gives_the_same_score_and_another_seed_another() -> None:
    recipe = named("wild-strawberry-road")
    assert arrange(recipe) == arrange(recipe)
    assert arrange(recipe) != arrange(replace(recipe, seed=1))


def test_a_tune_comes_back() -> None:
    score = arrange(named("the-goose-at-the-gate"))
    lead = next(part for part in score.parts if part.layer.role == "lead")
    pitches = [note.pitch for note in lead.notes]
    phrase = tuple(pitches[:10])
    assert sum(tuple(pitches[i : i + 10]) == phrase for i in range(len(pitches))) >= 2


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_every_grid_fills_whole_bars(style) -> None:
    grids = [grid for layer in style.layers for grid in layer.grids.split()]
    grids += [grid for choice in (*style.beat.values(), *style.fill.values()) for grid in choice.split()]
    assert all(len(grid) % style.metre.steps == 0 for grid in grids)
    names = {name for layer in style.layers for name in layer.instruments.split()}
    assert names <= set(INSTRUMENTS)


# Theory and rhythm


def test_numerals_name_chords_in_any_key() -> None:
    assert theory.chord("V7", 9).pitch_classes == (4, 8, 11, 2)
    assert theory.chord("bVImaj7", 0).pitch_classes == (8, 0, 3, 7)
    assert theory.chord("ii7b5", 0).pitch_classes == (2, 5, 8, 0)
    with pytest.raises(ValueError):
        theory.chord("H", 0)


def test_a_dominant_brings_its_leading_note_into_a_minor_scale() -> None:
    scale = theory.scale_over(theory.chord("V", 9), 9, "minor")
    assert 8 in scale and 7 not in scale


@given(st.floats(30, 90), st.sets(st.integers(0, 11), min_size=1))
def test_the_nearest_pitch_has_a_wanted_name_and_none_is_nearer(target: float, classes: set[int]) -> None:
    pitch = theory.nearest(target, classes)
    assert pitch % 12 in classes
    assert all(abs(other - target) >= abs(pitch - target) for other in range(20, 104) if other % 12 in classes)


@given(st.sampled_from(["I", "vi7", "IVmaj7", "V", "ii7", "bVII"]), st.integers(0, 11))
def test_voices_move_little_from_chord_to_chord(numeral: str, tonic: int) -> None:
    first = theory.voice(theory.chord("I", tonic), (), 60, 3)
    then = theory.voice(theory.chord(numeral, tonic), first, 60, 3)
    assert {pitch % 12 for pitch in then} <= set(theory.chord(numeral, tonic).pitch_classes)
    assert max(abs(a - b) for a, b in zip(first, then, strict=True)) <= 5


def test_strokes_hold_as_long_as_they_are_drawn() -> None:
    assert [(s.step, s.length, s.symbol) for s in strokes("x--.X.o-")] == [(0, 3, "x"), (4, 1, "X"), (6, 2, "o")]


@given(st.floats(0.5, 0.7), st.integers(0, 200))
def test_swing_moves_the_second_of_a_pair_and_never_the_beat(swing: float, beat: int) -> None:
    groove = Groove(120, METRES["4/4"], swing, 4)
    assert groove.seconds(4 * beat) == pytest.approx(beat * 0.5)
    assert groove.seconds(4 * beat + 2) == pytest.approx((beat + swing) * 0.5)


# Sound


def test_modes_are_a_sum_of_damped_sines() -> None:
    frequencies, amplitudes, decays = (220.0, 447.0, 30_000.0), (1.0, 0.5, 9.0), (3.0, 8.0, 1.0)
    time = synth.clock(5000)
    plain = sum(
        a * np.exp(-d * time) * np.sin(2 * np.pi * f * time)
        for f, a, d in zip(frequencies[:2], amplitudes, decays, strict=False)
    )
    np.testing.assert_allclose(synth.modes(5000, frequencies, amplitudes, decays), plain, atol=1e-5)


@pytest.mark.parametrize("name", sorted(set(INSTRUMENTS) - BACKGROUNDS - {"bell", "timpani"}))
def test_instruments_are_in_tune_and_fall_silent(name: str) -> None:
    frequency = theory.frequency(57)
    sound = INSTRUMENTS[name](frequency, 1.0, 0.8)
    assert np.isfinite(sound).all() and np.abs(sound[-20:]).max() < 0.02 * np.abs(sound).max()
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 1 << 19))
    low, high = (round(frequency * 2 ** (cents / 1200) * (1 << 19) / synth.RATE) for cents in (-60, 60))
    peak = (low + int(np.argmax(spectrum[low:high]))) * synth.RATE / (1 << 19)
    # Some have several oscillators, detuned by up to 17 cents, any of which may be the loudest.
    assert abs(1200 * np.log2(peak / frequency)) < 18


@pytest.mark.parametrize("slug", ["gravel-and-gasoline", "snow-on-a-sleeping-harbour", "velvet-hour"])
def test_a_recording_is_clean_stereo_at_its_loudness(slug: str) -> None:
    import pyloudnorm

    score = excerpt(named(slug))
    sound = perform(score)
    assert sound.dtype == np.float32 and sound.shape == (round(score.seconds * 44_100), 2)
    assert np.isfinite(sound).all() and np.abs(sound).max() < 0.9
    assert pyloudnorm.Meter(44_100).integrated_loudness(sound.astype(float)) == pytest.approx(score.loudness, abs=1.5)
    assert np.abs(sound[:, 0] - sound[:, 1]).max() > 0.01


def test_the_same_score_gives_the_same_samples() -> None:
    score = excerpt(named("paper-boats"), 4.0)
    assert perform(score).tobytes() == perform(score).tobytes()


def test_calm_pieces_are_quieter_than_wild_ones() -> None:
    assert arrange(named("moth-and-moon")).loudness < arrange(named("oath-of-rust")).loudness - 6


# Files


def test_a_file_says_what_it_is(tmp_path: Path) -> None:
    recipe = named("paper-boats")
    path = tmp_path / "x.mp3"
    encode.encode(np.zeros((44_100 * 2, 2), dtype=np.float32), path, encode.tags(recipe))
    tags = EasyID3(path)
    assert tags["title"] == [recipe.title]
    assert tags["artist"] == [f"{recipe.artist} (Dylumo demo)"]
    assert tags["album"] == [encode.ALBUM]
    assert tags["genre"] == [recipe.style]
    assert render_library.duration_of(path) == pytest.approx(2.0, abs=0.1)


def test_a_library_is_made_once_and_mended_where_it_is_damaged(tmp_path: Path) -> None:
    programme = (named("mums-garage"),)
    seen: list[tuple[int, int, str]] = []

    def render() -> render_library.RenderedTrack:
        (track,) = render_library.render_library(
            tmp_path, processes=1, programme=programme, progress=lambda *step: seen.append(step)
        )
        return track

    first = render()
    whole = first.path.read_bytes()
    assert first.path.parent == render_library.library_folder(tmp_path)
    assert 44 < first.duration < 76
    assert seen == [(1, 1, "Mum's Garage")]

    stamp = first.path.stat().st_mtime_ns
    assert render() == first
    assert first.path.stat().st_mtime_ns == stamp

    first.path.write_bytes(whole[: len(whole) // 2])
    assert render_library.duration_of(first.path) is None
    assert render().path.read_bytes() == whole
    assert [path.name for path in first.path.parent.iterdir()] == [first.path.name]


def test_what_a_killed_process_left_is_swept_away_but_not_what_is_being_written(tmp_path: Path) -> None:
    import os

    home = render_library.library_folder(tmp_path)
    home.mkdir()
    old, fresh = home / ".a.1.partial", home / ".b.2.partial"
    for partial in (old, fresh):
        partial.write_bytes(b"half")
    os.utime(old, (0, 0))
    assert render_library.render_library(tmp_path, programme=()) == []
    assert not old.exists() and fresh.exists()


def test_a_piece_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(sound: object, path: Path, metadata: object) -> None:
        path.write_bytes(b"half a file")
        raise OSError("disk full")

    monkeypatch.setattr(encode, "render", lambda recipe: None)
    monkeypatch.setattr(encode, "encode", broken)
    with pytest.raises(OSError, match="disk full"):
        write(named("paper-boats"), tmp_path)
    assert list(tmp_path.iterdir()) == []
