"""What is learned of sound: people's feelings from features, genres from timbre; judged on artists left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lab.training import felt_affect
from lab.training import genres as genre_training
from recommender.perception.audio import feature_model
from recommender.perception.audio.timbre import ROW_NAMES


def songs(n: int = 200, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    features = {name: rng.random(n) for name in felt_affect.INPUTS}
    return features | {"loudness": rng.uniform(-30, 0, n)}


def test_a_known_relation_is_found_and_its_spread_restored() -> None:
    rows = felt_affect.as_rows(songs())
    truth = np.stack([0.3 + 0.4 * rows[:, 1], 0.6 - 0.3 * rows[:, 3]], axis=1)
    model = felt_affect.fit(rows, truth)
    predicted = model.read(rows)
    assert np.corrcoef(predicted.T, truth.T)[0, 2] > 0.99
    assert predicted.std(axis=0) == pytest.approx(truth.std(axis=0), rel=0.02)


def test_what_is_unknown_counts_as_average_and_answers_stay_in_range() -> None:
    rows = felt_affect.as_rows(songs())
    model = felt_affect.fit(rows, np.stack([rows[:, 1], rows[:, 3]], axis=1))
    nothing = felt_affect.as_rows({name: np.array([np.nan]) for name in felt_affect.INPUTS})
    assert model.read(nothing)[0] == pytest.approx(model.intercepts)
    extreme = {name: np.array([0.0, 1.0]) for name in felt_affect.INPUTS} | {"loudness": np.array([-90.0, 20.0])}
    answers = model.read(felt_affect.as_rows(extreme))
    assert np.all((answers >= 0) & (answers <= 1))


def test_no_song_is_judged_by_a_model_that_knew_its_artist(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = felt_affect.as_rows(songs(60))
    artists = np.array([f"artist {n // 3}" for n in range(60)])
    rows[:, 0] = np.arange(60)  # tells which song a row is
    original, seen = felt_affect.fit, []

    def fit(learned: np.ndarray, ratings: np.ndarray) -> felt_affect.FeltModel:
        seen.append({artists[int(row)] for row in learned[:, 0]})
        return original(learned, ratings)

    judged: list[set[str]] = []
    reading = felt_affect.FeltModel.read

    def read(self: felt_affect.FeltModel, inputs: np.ndarray) -> np.ndarray:
        judged.append({artists[int(row)] for row in inputs[:, 0]})
        return reading(self, inputs)

    monkeypatch.setattr(felt_affect, "fit", fit)
    monkeypatch.setattr(felt_affect.FeltModel, "read", read)
    felt_affect.cross_validated(rows, np.random.default_rng(0).random((60, 2)), artists, 0)
    assert set().union(*judged) == set(artists)
    assert all(not learned & asked for learned, asked in zip(seen, judged, strict=True))


def test_genres_that_differ_are_told_apart_and_those_of_one_artist_are_not_learned() -> None:
    rng = np.random.default_rng(0)
    genres = np.repeat(["jazz", "metal"], 60)
    rows = rng.normal(size=(120, 51)) + 0.8 * (genres == "metal")[:, None]
    names = np.array(["jazz", "metal"])
    votes = genre_training.cross_validated(rows, genres, np.arange(120), 0)
    assert (names[votes.argmax(axis=1)] == genres).mean() > 0.95
    # no difference between genres, but each artist has a sound of his own: only a memory of artists could name them
    artists = np.arange(120) // 6
    own = rng.normal(size=(20, 51))[artists] * 3 + rng.normal(size=(120, 51))
    remembered = genre_training.cross_validated(own, genres, np.arange(120), 0)
    honest = genre_training.cross_validated(own, genres, artists, 0)
    assert (names[remembered.argmax(axis=1)] == genres).mean() > 0.9
    assert (names[honest.argmax(axis=1)] == genres).mean() < 0.75


def test_the_shipped_votes_are_probabilities_over_ten_genres() -> None:
    _, genres, _ = feature_model.load().percentiles(np.zeros(len(ROW_NAMES)))
    assert len(genres) == 10
    assert sum(genres.values()) == pytest.approx(1)


@pytest.mark.slow
def test_people_are_predicted_better_than_by_spotifys_own_numbers(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(felt_affect, "CARD", tmp_path / "sound_affect.md")
    monkeypatch.setattr(felt_affect, "BOOTSTRAPS", 200)
    figures = felt_affect.train_sound_affect(shared_data.parent)["spearman"]
    assert figures["valence"]["gain"]["low"] > 0
    assert figures["arousal"]["gain"]["low"] > 0
    assert "artists left out" in (tmp_path / "sound_affect.md").read_text()
