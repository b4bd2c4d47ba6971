"""The learned bridge: trained, kept, used by the neural reasoning, fused and calibrated."""

from __future__ import annotations

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.schemas import MusicBrief
from core.stats.agreement import calibration_error, reliability
from lab.benchmarks.retrieval import gains, precision_and_ndcg
from lab.training import cross_modal, pairs
from recommender import mapping
from recommender.library.audio_profiles import PROFILE_DIMENSIONS, PROFILE_SPACE
from recommender.library.jobs import runner
from recommender.library.vectors import cross_modal as bridge_vectors
from recommender.library.vectors import store
from recommender.models import LibraryJob, TrackVector, VectorSpace
from recommender.perception import TRAINED
from recommender.perception.cross_modal import contrastive, model
from recommender.perception.images import affect_model, reader
from recommender.ranking import candidates, learned_weights, scoring
from tests.factories import TrackFactory, UserFactory
from tests.recommender.briefs import lake, pool_of
from tests.recommender.photos import seaside
from tests.recommender.songs import chord_song, encoded
from tests.recommender.tiny_models import COLOURS, plain

QUICK = contrastive.Settings(steps=80, hidden=16, dimensions=8, batch=64, dropout=0.0, memory=128)


def two_kinds(seed: int = 0, count: int = 120) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pictures and tracks that show the same two-dimensional places through different random maps."""
    generator = np.random.default_rng(seed)
    one, other = generator.normal(size=(2, count, 2)).astype(np.float32)
    maps = generator.normal(size=(2, 2, 10)).astype(np.float32)
    return one @ maps[0], other @ maps[1], one, other


def test_training_brings_like_places_together_across_kinds() -> None:
    pictures, tracks, one, other = two_kinds()
    heads = contrastive.train([pictures[:80]], [tracks[:80]], (one[:80], other[:80]), QUICK)
    near = contrastive.embed(heads[0], pictures[80:]) @ contrastive.embed(heads[1], tracks[80:]).T
    apart = ((one[80:, None] - other[None, 80:]) ** 2).sum(2)
    assert np.corrcoef(near.ravel(), -np.sqrt(apart).ravel())[0, 1] > 0.6


def test_pairs_that_match_are_found_again() -> None:
    generator = np.random.default_rng(1)
    hidden = generator.normal(size=(60, 5)).astype(np.float32)
    pictures, tracks = hidden @ generator.normal(size=(5, 12)), hidden @ generator.normal(size=(5, 9))
    heads = cross_modal.train_pairs(
        pictures.astype(np.float32),
        tracks.astype(np.float32),
        np.eye(60, dtype=np.float32),
        replace(QUICK, steps=150),
        seed=0,
    )
    near = (
        contrastive.embed(heads[0], pictures.astype(np.float32))
        @ contrastive.embed(heads[1], tracks.astype(np.float32)).T
    )
    assert (near.argmax(axis=1) == np.arange(60)).mean() > 0.5


def test_the_memory_is_first_in_first_out() -> None:
    import torch

    side = contrastive._Side.of([np.eye(6, dtype=np.float32)], np.zeros((6, 1), np.float32), QUICK)
    for value in range(5):
        side.remember(torch.full((3, 8), float(value)), torch.full((3, 1), float(value)), 7)
    assert side.remembered[:, 0].tolist() == [2, 3, 3, 3, 4, 4, 4]
    assert side.memory.shape == (7, 8)


def test_the_same_seed_trains_the_same_heads() -> None:
    pictures, tracks, one, other = two_kinds()
    first, again = (contrastive.train([pictures], [tracks], (one, other), replace(QUICK, steps=5)) for _ in range(2))
    np.testing.assert_array_equal(first[0].matrices[0], again[0].matrices[0])


def keep_trained_files_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYLUMO_MODEL_DIR", str(folder))
    monkeypatch.setattr(affect_model, "TRAINED", folder)
    monkeypatch.setattr(model, "TRAINED", folder)


@pytest.fixture(scope="module")
def trained_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What training on a table of pairs of plain pictures and sounds leaves, by the basic tier."""
    folder = tmp_path_factory.mktemp("bridge")
    with pytest.MonkeyPatch.context() as patch:
        keep_trained_files_in(folder, patch)
        patch.setattr(cross_modal, "SETTINGS", replace(cross_modal.SETTINGS, steps=60, memory=64))
        with (folder / "pairs.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, ["picture", "pair", "energy", "valence", "arousal", "tempo"])
            writer.writeheader()
            for number in range(24):
                colour = list(COLOURS)[number % 4]
                plain(colour, number, 64).save(folder / f"{number}.png")
                level = 0.1 + 0.25 * (number % 4)
                writer.writerow(
                    {"picture": f"{number}.png", "pair": colour, "tempo": 120}
                    | dict.fromkeys(("energy", "valence", "arousal"), level + 0.001 * number)
                )
        figures = cross_modal.train_bridge(folder / "pairs.csv", tier="basic")
    assert (figures["pairs"], figures["photos"], figures["songs"]) == (144, 24, 24)
    assert figures["recall_at_10"] > 1.5 * figures["by_chance"]
    return folder


@pytest.fixture
def trained(trained_files: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> model.Bridge:
    """A trained bridge whose files the test may do with as it likes."""
    shutil.copytree(trained_files, tmp_path, dirs_exist_ok=True)
    keep_trained_files_in(tmp_path, monkeypatch)
    found = model.bridge_of("basic")
    assert found is not None
    return found


def test_a_bridge_trained_on_pairs_is_taken_up_by_readings_and_the_neural_reasoning(
    trained: model.Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    model_of = affect_model.load_model.__wrapped__  # type: ignore[attr-defined]
    monkeypatch.setattr(affect_model, "TRAINED", TRAINED)
    monkeypatch.setattr(model, "TRAINED", TRAINED)
    shipped = model_of("basic")
    monkeypatch.setattr(reader, "load_model", lambda _tier: shipped)
    monkeypatch.setattr(reader, "bridge_of", lambda _tier: trained)
    monkeypatch.setattr(scoring, "bridge_in", lambda space: trained if space == trained.space else None)
    reading = reader.read_picture(seaside(), tier="basic")
    assert len(reading.vector) == trained.dimensions
    pool = pool_of(50)
    totals = {}
    for reasoning in mapping.REASONINGS:
        scores = scoring.score(pool, mapping.brief_for(reading, reasoning=reasoning))
        totals[reasoning] = scores.total
        assert ("bridge" in scores.names) == (reasoning == "neural")
        np.testing.assert_allclose(scores.weights.sum(axis=1), 1)
    assert not np.allclose(totals["neural"], totals["symbolic"])
    brief = mapping.brief_for(reading, reasoning="neural")
    assert mapping.adjust(brief, valence=0.95).crossing == ()
    stale = replace(brief, crossing_space="bridge-basic-00000000")
    assert np.isnan(scoring.bridged(pool, stale)).all()


def test_a_bridge_is_found_by_its_space_only_as_long_as_it_is_the_same(trained: model.Bridge) -> None:
    assert model.bridge_in(trained.space) is not None
    assert model.bridge_in("bridge-basic-00000000") is None
    assert model.bridge_in("minilm-l6-v2") is None
    assert scoring.score(pool_of(5), mapping.brief_for(lake(), reasoning="neural")).total.shape == (5,)


# --- fusion and figures


def test_fusion_finds_the_part_that_matters_and_never_a_negative_weight() -> None:
    generator = np.random.default_rng(0)
    parts = generator.uniform(size=(2000, 3))
    fits = generator.uniform(size=2000) < 1 / (1 + np.exp(-(6 * parts[:, 0] - 3 * parts[:, 2] - 2)))
    weights = learned_weights.learn_weights(parts, fits)
    assert weights.sum() == pytest.approx(1)
    assert (weights >= 0).all()
    assert weights[0] > 0.9


@settings(max_examples=20, deadline=None)
def held_out_recall(grades: np.ndarray, pictures: np.ndarray, tracks: np.ndarray, first: int = 10) -> float:
    """Trained on three quarters of the pictures, asked for the fitting tracks of the others."""
    old, new = slice(0, 90), slice(90, 120)
    heads = cross_modal.train_pairs(pictures[old], tracks, grades[old], QUICK, seed=0)
    near = contrastive.embed(heads[0], pictures[new]) @ contrastive.embed(heads[1], tracks).T
    found = np.take_along_axis(grades[new] == 1, np.argsort(-near, axis=1)[:, :first], axis=1)
    return float(found.mean())


def test_likes_teach_which_tracks_fit_pictures_never_seen_and_shuffled_ones_teach_nothing() -> None:
    pictures, tracks, one, other = two_kinds(3)
    apart = ((one[:, None] - other[None]) ** 2).sum(2)
    liked = apart <= np.quantile(apart, 0.1)
    generator = np.random.default_rng(3)
    grades = np.where(liked, 1.0, np.where(generator.uniform(size=apart.shape) < 0.1, 0.0, np.nan)).astype(np.float32)
    assert held_out_recall(grades, pictures, tracks) > 0.35
    assert held_out_recall(generator.permuted(grades, axis=1), pictures, tracks) < 0.25


def table(folder: Path, *rows: dict[str, object]) -> Path:
    plain("red", 0, 64).save(folder / "red.png")
    with (folder / "pairs.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, sorted({name for row in rows for name in row}))
        writer.writeheader()
        writer.writerows(rows)
    return folder / "pairs.csv"


@pytest.mark.django_db
def test_a_table_names_tracks_by_number_by_file_or_by_their_features(tmp_path: Path) -> None:
    track = TrackFactory(profile__valence=0.9)
    (tmp_path / "song.wav").write_bytes(encoded(chord_song(seconds=4)))
    file = table(
        tmp_path,
        {"picture": "red.png", "track": track.pk, "fit": 1},
        {"picture": "red.png", "track": track.pk, "fit": 0},
        {"picture": "red.png", "track": "song.wav", "fit": 0.25},
    )
    read = pairs.read_pairs(file)
    assert read.grades.tolist() == [[0.5, 0.25]]
    assert read.tracks.shape == (2, PROFILE_DIMENSIONS)
    with pytest.raises(pairs.TooFewPairs) as caught:
        cross_modal.train_bridge(file, tier="basic")
    assert caught.value.code == "too_few_pairs"
    assert "20 fitting pairs of 5 pictures; there are 1 of 1" in caught.value.message


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"picture": "away.png", "energy": 0.5}, "Line 2: there is no file"),
        ({"picture": "red.png", "fit": 2, "energy": 0.5}, "Line 2: a fit is 0 to 1"),
        ({"picture": "red.png", "fit": 1}, "Line 2: nothing is said of the track"),
        ({"picture": "red.png", "track": "999999999"}, "Line 2: the shared catalogue has no track"),
        ({"energy": 0.5}, "no rows with a column called picture"),
    ],
)
def test_a_table_that_does_not_hold_pairs_is_refused_by_line(tmp_path: Path, row: dict[str, object], says: str) -> None:
    with pytest.raises(pairs.BadPairs, match=says):
        pairs.read_pairs(table(tmp_path, row))


@pytest.mark.django_db
def test_a_strangers_own_track_is_not_in_the_shared_catalogue(tmp_path: Path) -> None:
    private = TrackFactory(owner=UserFactory())
    with pytest.raises(pairs.BadPairs, match="no track"):
        pairs.read_pairs(table(tmp_path, {"picture": "red.png", "track": private.pk}))


@settings(deadline=None)  # the first example imports scikit-learn
@given(st.integers(0, 10_000))
def test_a_calibrated_match_means_what_it_says(seed: int) -> None:
    generator = np.random.default_rng(seed)
    match = generator.uniform(size=4000)
    fits = generator.uniform(size=4000) < match**3
    curve = learned_weights.calibrate(match[:2000], fits[:2000])
    said = curve(match[2000:])
    assert (np.diff(curve.share) >= 0).all()
    raw = calibration_error(match[2000:], fits[2000:])
    assert calibration_error(said, fits[2000:]) < min(0.06, raw)
    diagram = reliability(said, fits[2000:])
    assert sum(one.count for one in diagram) == 2000


def test_retrieval_figures_of_a_perfect_and_of_a_reversed_ranking() -> None:
    generator = np.random.default_rng(0)
    gain = gains(generator.normal(size=(20, 2)), generator.normal(size=(100, 2)))
    precision, ndcg = precision_and_ndcg(gain, gain)
    assert precision.mean() == pytest.approx(1)
    assert ndcg.mean() == pytest.approx(1)
    precision, ndcg = precision_and_ndcg(-gain, gain)
    assert precision.mean() == 0
    assert ndcg.mean() < 0.1


def profiled(count: int) -> list[int]:
    """That many tracks with a vector of their sound."""
    tracks = [TrackFactory().pk for _ in range(count)]
    matrix = np.random.default_rng(count).normal(size=(count, PROFILE_DIMENSIONS)).astype(np.float32)
    store.write_vectors(store.space(PROFILE_SPACE, PROFILE_DIMENSIONS), tracks, matrix)
    return tracks


@pytest.mark.django_db(transaction=True)
def test_a_new_training_gets_a_space_of_its_own_and_the_old_one_serves_until_it_is_whole(
    trained: model.Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "INDEX_FROM", 3)
    tracks = profiled(7)
    assert bridge_vectors.wanting() == ["basic"]
    assert runner.run_here(LibraryJob.Kind.VECTORS, "basic").counts["added"] == 7
    assert bridge_vectors.wanting() == []
    first = VectorSpace.objects.get(name=trained.space)
    assert first.active and store.ensure_index(first)
    newer = replace(trained, mark="fresh")
    monkeypatch.setattr(bridge_vectors, "bridge_of", lambda tier: newer if tier == "basic" else None)
    monkeypatch.setattr(runner, "bridge_of", lambda tier: newer if tier == "basic" else None)
    monkeypatch.setattr(bridge_vectors, "BATCH", 3)
    seen = []

    def between(done: int, total: int) -> None:
        seen.append((done, total, VectorSpace.objects.get(active=True, name__startswith="bridge").pk))

    assert bridge_vectors.wanting() == ["basic"]
    assert bridge_vectors.build(newer, between) == 7
    assert seen == [(3, 7, first.pk), (6, 7, first.pk), (7, 7, first.pk)]
    (space,) = VectorSpace.objects.filter(name__startswith="bridge")
    assert (space.name, space.active) == (newer.space, True)
    assert not TrackVector.objects.filter(space_id=first.pk).exists()
    added = profiled(1)
    assert bridge_vectors.build(newer, lambda done, total: None) == 1
    stored = TrackVector.objects.filter(space=space)
    assert set(stored.values_list("track", flat=True)) == {*tracks, *added}
    np.testing.assert_allclose(np.linalg.norm(stored[0].vector), 1.0, atol=1e-4)


@pytest.mark.django_db(transaction=True)
def test_only_the_neural_reasoning_looks_for_candidates_across_the_bridge(trained: model.Bridge) -> None:
    profiled(3)
    bridge_vectors.build(trained, lambda done, total: None)
    across = (1.0,) * trained.dimensions
    brief = MusicBrief(valence=0.5, arousal=0.5, crossing=across, crossing_space=trained.space)
    assert candidates.crossing_space(replace(brief, reasoning="hybrid")) is None
    found = candidates.crossing_space(replace(brief, reasoning="neural"))
    assert found is not None and found.name == trained.space
    assert candidates.crossing_space(replace(brief, reasoning="neural", crossing_space="bridge-basic-old")) is None
