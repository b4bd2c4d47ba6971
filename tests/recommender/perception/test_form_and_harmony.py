"""How a piece unfolds and what theory says of its chords, on music made so that the answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.schemas import AudioReading, Form, Harmony, dump, load
from demo_music.recipes import recipes
from lab.benchmarks.hearing import as_written, f_measure
from recommender.library.audio_descriptions import sentences
from recommender.perception.audio.decode import RATE, Sound
from recommender.perception.audio.harmony import consonance, harmony, roughness
from recommender.perception.audio.key import tonality
from recommender.perception.audio.pitches import pitches
from recommender.perception.audio.reader import analyse_sound
from recommender.perception.audio.spectra import spectra
from recommender.perception.audio.structure import build_up, bursts, form, likeness, novelty
from tests.recommender.songs import Samples, chord_song

FAMILIAR = ((0, 4, 7), (5, 9, 12), (7, 11, 14), (0, 4, 7))
BORROWED = ((0, 4, 7), (5, 8, 12), (7, 11, 14), (0, 4, 7))
CHROMATIC = tuple((step, step + 4, step + 7) for step in range(8))
CLUSTERS = tuple((step, step + 1, step + 2, step + 6) for step in (0, 5, 7, 0))
FIFTHS = tuple((step, step + 7) for step in (0, 5, 7, 0))
DIMINISHED = tuple((step, step + 3, step + 6, step + 9) for step in (0, 1, 0, 2))


def chords(*progression: tuple[int, ...], seconds: float = 16, each: float = 2.0, partials: int = 4) -> Samples:
    """A chord each so many seconds, in semitones above middle C, with falling partials."""
    time = np.arange(int(seconds * RATE)) / RATE
    now = (time / each).astype(int) % len(progression)
    samples = np.zeros_like(time)
    for voice in range(max(map(len, progression))):
        steps = np.array([chord[voice % len(chord)] for chord in progression])[now]
        phase = 2 * np.pi * np.cumsum(440 * 2 ** ((steps - 9) / 12)) / RATE
        samples += 0.1 * sum(np.sin(n * phase) / n for n in range(1, partials + 1))
    return samples.astype(np.float32)


def formed(samples: Samples, start: float = 0.0) -> Form:
    return form(spectra(samples), pitches(samples).chroma(), start)


def harmonic(samples: Samples) -> Harmony:
    sounding = pitches(samples)
    heard = harmony(sounding, tonality(sounding))
    assert heard is not None
    return heard


def at_level(samples: Samples, decibels: NDArray[np.float64]) -> Samples:
    return np.asarray(samples * 10 ** (decibels / 20), dtype=np.float32)


def test_a_b_a_has_three_sections_where_they_begin() -> None:
    a, b = chord_song(seconds=16), chords((0, 3, 7, 12), (8, 12, 15), partials=1)
    heard = formed(np.concatenate([a, b, a]))
    assert heard.sections == pytest.approx((0.0, 16.0, 32.0), abs=2)
    assert heard.end == pytest.approx(48.0)


def test_a_quieter_middle_is_a_section_and_the_way_back_is_sudden() -> None:
    a = chord_song(seconds=16)
    heard = formed(np.concatenate([a, 0.2 * a, a]))
    assert heard.sections == pytest.approx((0.0, 16.0, 32.0), abs=2)
    assert heard.breaks == pytest.approx((16.0,), abs=1)
    assert heard.drops == pytest.approx((32.0,), abs=1)


@pytest.mark.parametrize("tempo", [90, 120, 132])
def test_what_goes_on_the_same_is_one_section_without_growth_or_climax(tempo: float) -> None:
    heard = formed(chord_song(seconds=40, tempo=tempo))
    assert heard.sections == (0.0,)
    assert (heard.build_up, heard.drops, heard.breaks, heard.climax) == (None, (), (), None)


def test_a_crescendo_is_a_build_up_and_no_drop() -> None:
    heard = formed(at_level(chord_song(seconds=30), np.linspace(-30, 0, 30 * RATE)))
    assert heard.build_up is not None
    assert heard.build_up[0] < 4 and heard.build_up[1] > 26
    assert heard.drops == ()
    assert heard.climax is not None and heard.climax > 25


def test_a_diminuendo_builds_nothing_up() -> None:
    heard = formed(at_level(chord_song(seconds=30), np.linspace(0, -30, 30 * RATE)))
    assert heard.build_up is None and heard.drops == ()
    assert heard.climax is not None and heard.climax < 6


def test_a_build_up_ends_at_the_drop() -> None:
    seconds = np.arange(40 * RATE) / RATE
    level = np.interp(seconds, [0, 10, 20, 20.001, 40], [-18, -18, -6, 0, 0])
    bass = np.where(seconds > 20, 0.3 * np.sin(2 * np.pi * 55 * seconds), 0)
    heard = formed((at_level(chord_song(seconds=40), level) + bass).astype(np.float32), start=100.0)
    assert heard.drops == pytest.approx((120.0,), abs=1)
    assert heard.build_up == pytest.approx((110.0, 120.0), abs=2.5)
    assert heard.climax is not None and heard.climax > 120


def test_music_that_begins_after_silence_does_not_drop() -> None:
    silence = np.zeros(10 * RATE, np.float32)
    assert formed(np.concatenate([silence, chord_song(seconds=20)])).drops == ()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-40, 40), min_size=2, max_size=120))
def test_growth_is_found_inside_and_no_build_up_goes_over_a_drop(curve: list[float]) -> None:
    loud = np.array(curve)
    drops = bursts(loud, loud)
    assert all(0 < at < len(loud) for at in drops)
    rise = build_up(loud, drops)
    if rise:
        assert 0 <= rise[0] < rise[1] <= len(loud)
        assert not [at for at in drops if rise[0] < at < rise[1]]


@settings(max_examples=25, deadline=None)
@given(st.integers(4, 100), st.integers(0, 10**6))
def test_novelty_is_bounded_and_nought_for_sameness(blocks: int, seed: int) -> None:
    places = np.random.default_rng(seed).standard_normal((blocks, 3))
    assert np.abs(novelty(likeness(places))).max() <= 1 + 1e-9
    assert np.abs(novelty(np.ones((blocks, blocks)))).max() < 1e-9


def test_chords_of_the_key_leave_nothing_outside_and_borrowed_ones_are_told_from_foreign_ones() -> None:
    familiar, borrowed, foreign = (harmonic(chords(*one)) for one in (FAMILIAR, BORROWED, CHROMATIC))
    assert familiar.outside < 0.02
    assert familiar.outside + 0.02 < borrowed.outside < foreign.outside
    assert borrowed.mixture == pytest.approx(borrowed.outside, abs=0.01)
    assert foreign.mixture < foreign.outside - 0.05


def test_consonance_falls_and_roughness_and_tension_rise_from_fifths_to_clusters() -> None:
    heard = [harmonic(chords(*one)) for one in (FIFTHS, FAMILIAR, DIMINISHED, CLUSTERS)]
    assert [one.consonance for one in heard] == sorted((one.consonance for one in heard), reverse=True)
    assert [one.roughness for one in heard] == sorted(one.roughness for one in heard)
    assert [one.tension for one in heard] == sorted(one.tension for one in heard)
    assert heard[0].consonance > heard[-1].consonance + 0.3


def test_chords_far_from_home_are_tense_though_each_is_consonant() -> None:
    familiar, foreign = harmonic(chords(*FAMILIAR)), harmonic(chords(*CHROMATIC))
    assert foreign.consonance == pytest.approx(familiar.consonance, abs=0.05)
    assert foreign.tension > familiar.tension + 0.05


@pytest.mark.parametrize("each", [1.0, 2.0, 4.0])
def test_changes_of_harmony_are_counted(each: float) -> None:
    """I IV V I: three changes in four chords, since the last and the next first are one."""
    assert harmonic(chords(*FAMILIAR, seconds=32, each=each)).changes == pytest.approx(60 / each * 3 / 4, rel=0.1)
    assert harmonic(chords((0, 4, 7))).changes == 0


@pytest.mark.parametrize("key", [1, 6, 10])
def test_another_key_changes_nothing_that_theory_says(key: int) -> None:
    home, there = harmonic(chord_song(drums=0)), harmonic(chord_song(key=key, drums=0))
    for name in ("outside", "mixture", "consonance", "tension"):
        assert getattr(there, name) == pytest.approx(getattr(home, name), abs=0.06), name


def test_a_pure_tone_beats_with_nothing_and_two_near_ones_do() -> None:
    time = np.arange(4 * RATE) / RATE
    one, near, far = np.sin(2 * np.pi * np.array([[440.0], [466.2], [660.0]]) * time) / 4
    assert roughness(pitches(one.astype(np.float32))) == 0
    close, apart = (roughness(pitches((one + other).astype(np.float32))) for other in (near, far))
    assert close > 5 * apart


@given(st.lists(st.floats(0, 1), min_size=12, max_size=12), st.integers(0, 11))
def test_consonance_is_a_share_and_the_same_in_every_key(one: list[float], steps: int) -> None:
    chroma = np.array([one])
    here = consonance(chroma)
    assert -1e-9 <= here <= 1 + 1e-9
    assert consonance(np.roll(chroma, steps, axis=1)) == pytest.approx(here)


def test_a_reading_tells_both_keeps_them_as_json_and_loads_those_of_before() -> None:
    samples = chord_song(seconds=12)
    heard = analyse_sound(Sound(channels=samples[None], duration=90.0, start=40.0))
    assert heard.form is not None and heard.harmony is not None
    assert (heard.form.start, heard.form.end) == (40.0, 52.0)
    assert load(AudioReading, dump(heard)) == heard
    older = {name: value for name, value in dump(heard).items() if name not in ("form", "harmony")}
    assert load(AudioReading, older).form is None


def test_drums_alone_have_a_form_but_no_borrowed_chords() -> None:
    noise = np.random.default_rng(0).standard_normal(6 * RATE).astype(np.float32) / 10
    heard = analyse_sound(Sound(channels=noise[None], duration=6.0))
    assert heard.form is not None and heard.form.sections == (0.0,)


@given(st.lists(st.integers(0, 300), max_size=8, unique=True), st.lists(st.integers(0, 300), max_size=8, unique=True))
def test_boundaries_are_matched_once_and_both_ways_alike(written: list[int], heard: list[int]) -> None:
    assert f_measure(written, written) == 1
    assert 0 <= f_measure(written, heard) <= 1
    assert f_measure(written, [at + 1000 for at in heard]) == (0 if written or heard else 1)


def test_the_form_of_a_demonstration_piece_is_known_from_its_recipe() -> None:
    edges, changes = as_written(recipes()[0])
    assert edges == sorted(edges) and len(edges) >= 3
    assert 5 < changes < 60


def test_what_was_heard_is_said_in_sentences_that_name_only_what_was_heard() -> None:
    full = Form(
        start=24.0,
        end=84.0,
        sections=(24.0, 41.0, 62.0),
        build_up=(30.0, 41.0),
        drops=(41.0,),
        breaks=(62.0,),
        climax=50.0,
    )
    plain = Harmony(outside=0.1, mixture=0.08, consonance=0.6, roughness=0.4, tension=0.3, changes=22.4)
    assert sentences(full, plain, 1) == (
        "Heard from 0:24 to 1:24: 3 sections, changing at 0:41 and 1:02, a build-up from 0:30 to 0:41, a drop at 0:41, "
        "it thins out at 1:02, fullest around 0:50.",
        "Borrows from minor; dissonant; tense; its chords change about 22 times a minute.",
    )
    even = sentences(Form(start=0.0, end=30.0, sections=(0.0,)), None, None)
    assert even == ("Heard from 0:00 to 0:30: one section, even throughout.",)
    assert sentences(None, None, 0) == ()
