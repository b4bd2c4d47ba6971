"""Valence and arousal as listeners felt them: cues of a sound, the ridge on them, and what it is judged on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.stats.agreement import spearman
from lab.training import felt_music
from lab.training.felt_music import FeltClips, fit_ridge
from recommender.perception.audio import felt_model
from recommender.perception.audio.cues import cues
from recommender.perception.audio.decode import RATE, Sound
from recommender.perception.audio.musicnn import TAGS
from recommender.perception.audio.reader import analyse_sound, heard
from tests.recommender.songs import chord_song


def sounding(samples: np.ndarray) -> Sound:
    return Sound(channels=np.stack([samples, samples]), duration=len(samples) / RATE)


def test_every_cue_that_the_model_knows_is_measured_and_finite() -> None:
    told = cues(heard(sounding(chord_song(seconds=8))))
    assert list(told) == felt_model.load().cues.names.tolist()
    assert all(np.isfinite(value) for value in told.values())


def test_cues_do_not_change_with_the_volume() -> None:
    song = chord_song(tempo=100, seconds=8)
    loud, soft = (cues(heard(sounding(np.float32(gain) * song))) for gain in (1.0, 0.2))
    assert soft == pytest.approx(loud, abs=0.05, rel=0.02)


def test_drums_alone_have_no_notes_and_are_still_read() -> None:
    rng = np.random.default_rng(0)
    seconds = np.arange(8 * RATE) / RATE
    beat = (rng.standard_normal(len(seconds)) * np.exp(-(seconds % 0.5) * 40)).astype(np.float32)
    reading = analyse_sound(sounding(beat))
    assert 0 < reading.valence < 1
    assert 0 < reading.arousal < 1


def test_a_relation_is_learned_and_the_unknown_counts_as_usual() -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200, 6))
    truth = np.stack([rows[:, 0] - rows[:, 1], rows[:, 2]], axis=1)
    model = fit_ridge(tuple("abcdef"), rows, truth, 0.05)
    assert np.corrcoef(model.read(rows).T, truth.T)[0, 2] > 0.97
    nothing = model.read(np.full((1, 6), np.nan))[0]
    assert nothing == pytest.approx(model.read(np.median(rows, axis=0)[None])[0])


def clips(pieces: int, copies: int) -> FeltClips:
    """Pieces in copies that sound alike; what was felt has nothing to do with how they sound."""
    rng = np.random.default_rng(1)
    own = np.repeat(rng.normal(size=(pieces, 8)), copies, axis=0)
    felt = np.repeat(rng.random((pieces, len(felt_music.EMOTIONS))), copies, axis=0)
    n = pieces * copies
    return FeltClips(
        names=tuple(f"cue {k}" for k in range(8)),
        cues=own + 0.01 * rng.normal(size=own.shape),
        tags=rng.normal(size=(n, len(TAGS))),
        before=rng.random((n, 2)),
        shares=felt,
        genres=np.repeat(["one", "other"], n // 2),
        files=np.array([f"{k}.ogg" for k in range(n)]),
    )


def test_a_copy_of_a_clip_does_not_help_to_judge_it() -> None:
    alike = clips(40, 3)
    groups = felt_music.alike(alike.cues)
    assert len(set(groups.tolist())) <= 40
    by_copies, _ = felt_music.left_out(alike, np.arange(120), 0)
    honest, _ = felt_music.left_out(alike, groups, 0)
    assert spearman(by_copies[:, 0], alike.felt[:, 0]) > 0.35
    assert spearman(honest[:, 0], alike.felt[:, 0]) < 0.3


def test_a_strange_sound_leans_on_the_tables() -> None:
    model = felt_model.load()
    usual = dict(zip(model.cues.names.tolist(), model.cues.centre.tolist(), strict=True))
    signs = np.where(np.arange(len(usual)) % 2, 3, -3)
    strange = dict(zip(usual, (model.cues.centre + signs * model.cues.scale).tolist(), strict=True))

    def swing(told: dict[str, float]) -> float:
        return model.read(told, (0.8, 0.5))[0] - model.read(told, (0.2, 0.5))[0]

    assert 0 < swing(usual) < swing(strange)


def test_cues_that_listeners_found_pleasant_raise_valence() -> None:
    model = felt_model.load()
    place = int(np.abs(model.cues.slopes[:, 0]).argmax())
    usual = dict(zip(model.cues.names.tolist(), model.cues.centre.tolist(), strict=True))
    name, step = str(model.cues.names[place]), model.cues.scale[place] * np.sign(model.cues.slopes[place, 0])
    point = (0.5, 0.5)
    assert model.read({**usual, name: usual[name] + step}, point)[0] > model.read(usual, point)[0]


@given(st.tuples(st.floats(0, 1), st.floats(0, 1)), st.floats(0, 1))
def test_whatever_the_tags_a_reading_stays_in_range(point: tuple[float, float], probability: float) -> None:
    moved = felt_model.load().moved(point, dict.fromkeys(TAGS, probability))
    assert all(0 <= value <= 1 for value in moved)


def test_copies_of_a_clip_make_no_figure_surer() -> None:
    few, told = clips(pieces=30, copies=1), np.random.default_rng(2).normal(size=(2, 30, 2))
    rows = ("cues", "tags", "before", "shares", "genres", "files")
    many, groups = replace(few, **{name: np.repeat(getattr(few, name), 6, axis=0) for name in rows}), np.arange(30)
    once = felt_music.judged(few, told, told, groups, 0)["spearman"]
    copies = np.repeat(told, 6, axis=1)
    often = felt_music.judged(many, copies, copies, np.repeat(groups, 6), 0)["spearman"]
    for way, axes in once.items():
        for axis, figure in axes.items():
            assert often[way][axis] == pytest.approx(figure, abs=0.01)
