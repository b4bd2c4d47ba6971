"""Weights of a match's parts, learned and measured against those set by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from lab.datasets import rated
from lab.training.score_weights import PARTS, JudgedParts, TooFewJudged, learned, rated_parts, train_fusion
from recommender.ranking import learned_weights, scoring


def judged(
    seed: int = 0, *, count: int = 60, each: int = 20, telling: str = "sound", noise: float = 0.1
) -> JudgedParts:
    """Lists whose fitting tracks are those with the most of one part."""
    generator = np.random.default_rng(seed)
    each, noise = 20, 0.1
    values = generator.uniform(size=(count * each, len(PARTS)))
    values[:, PARTS.index("genre")] = np.nan
    worth = values[:, PARTS.index(telling)] + noise * generator.normal(size=len(values))
    numbers = np.arange(count).repeat(each)
    return JudgedParts(values, worth > 0.7, numbers, numbers % 12)


def test_the_part_that_tells_gets_the_weight_and_beats_the_hand_on_people_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DYLUMO_MODEL_DIR", str(tmp_path))
    figures = train_fusion(judged())
    weights = figures["weights"]
    assert max(weights, key=weights.get) == "sound" and weights["sound"] > 0.8
    assert weights["genre"] == 0.0
    assert figures["clearly_better"] and figures["learned"]["low"] > figures["hand_set"]["high"]
    assert learned_weights.learned_weights() == weights == scoring.checked_weights(weights)


def test_shuffled_judgements_are_not_clearly_better(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DYLUMO_MODEL_DIR", str(tmp_path))
    true = judged()
    shuffled = np.random.default_rng(1).permutation(true.fits)
    figures = train_fusion(JudgedParts(true.values, shuffled, true.lists, true.groups))
    assert not figures["clearly_better"]
    assert figures["learned"]["low"] < 0.5 < figures["learned"]["high"] + 0.02


def test_too_little_is_refused_with_how_much_is_needed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DYLUMO_MODEL_DIR", str(tmp_path))
    with pytest.raises(TooFewJudged, match="need 60 fitting and 60 other tracks in lists of 5 people") as caught:
        train_fusion(judged(count=3))
    assert caught.value.code == "too_few_judged"
    assert learned_weights.learned_weights() is None


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([one for one in PARTS if one != "genre"]))
def test_learned_weights_are_a_blend_and_a_missing_part_leaves_its_weight(seed: int, telling: str) -> None:
    some = judged(seed, count=12, telling=telling)
    weights = learned(some)
    assert (weights >= 0).all() and weights.sum() == pytest.approx(1, abs=0.01)
    match = some.blended(weights)
    assert (match >= 0).all() and (match <= 1 + 1e-9).all()
    assert roc_auc_score(some.fits, match) > 0.8


@pytest.mark.slow
def test_rated_photos_and_songs_become_judged_parts(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rated, "QUICK_PHOTOS", 40)
    monkeypatch.setattr(rated.views, "best_tier", lambda: "basic")
    some = rated_parts(shared_data, 0, quick=True)
    photos = len(np.unique(some.lists))
    assert photos >= 40
    assert some.values.shape == (photos * 322, len(PARTS))
    assert some.fits.mean() == pytest.approx(0.1, abs=0.01)
