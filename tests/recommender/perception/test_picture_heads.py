"""Heads trained on the image-text embedding: from rated photos and labelled sets to readings."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.training import clip_heads, concept_prompts
from lab.training.emotion_sets import read_emotion_sets
from lab.training.image_affect import train_picture_affect
from lab.training.picture_concept_data import Photo, Photos
from lab.training.picture_concept_figures import Scenes
from recommender.music.occasions import occasions
from recommender.perception.images import clip, concepts, reader
from recommender.perception.images.clip_heads import Prompts, figures_of, heads_of
from tests.recommender.tiny_models import plain

RATED = {"red": (0.2, 0.8), "green": (0.8, 0.2), "blue": (0.5, 0.4), "white": (0.9, 0.7)}


@pytest.fixture
def rated(tmp_path: Path) -> Path:
    """Rated photos in OASIS's layout and labelled ones in those of EmoSet, FI and AffectNet."""
    images = tmp_path / "oasis" / "images"
    images.mkdir(parents=True)
    rows = []
    for number in range(40):
        colour = list(RATED)[number % 4]
        plain(colour, number, 64).save(images / f"{number}.jpg")
        valence, arousal = RATED[colour]
        theme = "Beach" if colour == "white" else f"Theme {number % 8}"
        rows.append((f"{number}.jpg", theme, "Object", 1 + 6 * valence, 1 + 6 * arousal))
    with (tmp_path / "oasis" / "oasis.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "theme", "category", "valence_mean", "arousal_mean"))
        writer.writerows(rows)
    for number in range(6):
        for colour, emotion in (("red", "anger"), ("white", "awe")):
            for folder in ("EmoSet/image", "EmoSet/annotation", "FI"):
                (tmp_path / folder / emotion).mkdir(parents=True, exist_ok=True)
            plain(colour, 100 + number, 64).save(tmp_path / "EmoSet" / "image" / emotion / f"{number}.jpg")
            note = tmp_path / "EmoSet" / "annotation" / emotion / f"{number}.json"
            note.write_text(json.dumps({"emotion": emotion, "brightness": 0.5}))
            plain(colour, 200 + number, 64).save(tmp_path / "FI" / emotion / f"{number}.jpg")
    face = tmp_path / "val_set"
    (face / "images").mkdir(parents=True)
    (face / "annotations").mkdir()
    plain("blue", 7, 64).save(face / "images" / "7.jpg")
    for name, value in (("exp", 2), ("val", -0.5)):
        np.save(face / "annotations" / f"7_{name}.npy", value)
    return tmp_path


def test_sets_are_read_in_their_own_layouts(rated: Path) -> None:
    found = read_emotion_sets(rated)
    assert len(found) == 25
    assert {one.emotion for one in found} == {"anger", "awe", "sad"}
    (face,) = [one for one in found if one.emotion == "sad"]
    assert face.file.name == "7.jpg"


def test_training_heads_improves_readings_and_is_measured_on_left_out_themes(
    rated: Path, towers: clip.Towers, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        for name, value in (("LEAST_PHOTOS", 10), ("LEAST_THEMES", 5), ("BUILT_IN", (0.3, 0.3))):
            patch.setattr(clip_heads, name, value)
        figures = train_picture_affect(rated, tier="full")["full"]
    assert figures["trusted"] == (True, True)
    assert clip_heads.trusted(figures) == (False, False), "nine themes are too few to judge by"
    kept = figures_of(towers.space)
    assert kept is not None
    assert (kept["photos"], kept["trusted"]) == (40, [True, True])
    assert figures["valence"]["spearman"]["value"] > 0.5
    assert figures["emotion_accuracy"] > 0.7
    trained = heads_of(towers.space)
    assert trained is not None
    assert set(trained.curves) == {"scene", "place", "object", "mood"}
    calm, furious = (reader.read_picture(plain(colour, 999), tier="full") for colour in ("green", "red"))
    assert calm.valence > furious.valence
    assert calm.arousal < furious.arousal
    assert calm.confidence == furious.confidence


SHOWN = {"beach": "beach", "forest": "forest", "snow": "snow", "dog": "dog", "food": "food", "lake": "lake"}


def labelled() -> Photos:
    """Eight photos of each label, of as many sources."""
    photos = tuple(
        Photo(key=f"{label}/{source}", file=Path(label), source=str(source), names=(name,), label=label)
        for source in range(8)
        for label, name in SHOWN.items()
    )
    return Photos(photos=photos, views={})


@pytest.mark.parametrize("helpful", [True, False])
def test_a_second_opinion_is_taken_only_where_it_is_surely_better(helpful: bool) -> None:
    known, generator = concepts.heads(), np.random.default_rng(0)
    photos = labelled()
    scenes = Scenes(photos, known, 0)
    true = [known.names.index(photo.names[0]) for photo in photos.photos]
    odds = generator.dirichlet(np.full(len(known.names), 0.1), len(true)).astype(np.float32)
    odds[np.arange(len(true)), true] += generator.uniform(0, 0.5, len(true)).astype(np.float32)
    odds /= odds.sum(1, keepdims=True)
    words = generator.normal(size=(len(known.names), 16)).astype(np.float32)
    words /= np.linalg.norm(words, axis=1, keepdims=True)
    vectors = words[true] + generator.normal(scale=0.2 if helpful else 50, size=(len(true), 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    sources = photos.of_each("source")
    opinion, figures = concept_prompts.judge(scenes, odds, vectors, Prompts(words, 20.0, 1.0), sources)
    assert figures["taken"] == helpful == (opinion is not None)
    if opinion:
        assert figures["with prompts"]["top1"]["value"] > figures["built in"]["top1"]["value"]


def test_the_editor_has_words_for_every_concept(towers: clip.Towers) -> None:
    names = concepts.heads().names
    assert all(occasions()[name].prompt for name in names)
    assert concept_prompts.words_of(towers, names[:3]).shape == (3, 32)


@settings(max_examples=20, deadline=None)
@given(st.integers(40, 300), st.integers(0, 1000))
def test_conformal_widths_hold_their_share_of_the_errors(count: int, seed: int) -> None:
    errors = np.abs(np.random.default_rng(seed).normal(size=(count, 2))).astype(np.float32)
    widths = clip_heads.conformal(errors)
    for width, share in zip(widths, (0.8, 0.9), strict=True):
        assert ((errors <= width).mean(0) >= share).all()


def test_a_perceptron_becomes_layers_that_predict_the_same() -> None:
    from sklearn.neural_network import MLPRegressor

    generator = np.random.default_rng(0)
    x = (generator.normal(size=(80, 6)) * 3 + 1).astype(np.float32)
    y = np.column_stack([x[:, 0], x[:, 1] * 2]).astype(np.float32)
    layers = clip_heads.perceptron(x, y)
    net = MLPRegressor(
        hidden_layer_sizes=(clip_heads.HIDDEN,),
        alpha=1.0,
        learning_rate_init=2e-3,
        max_iter=60,
        random_state=0,
    )
    expected = net.fit((x - x.mean(0)) / x.std(0), y).predict((x - x.mean(0)) / x.std(0))
    np.testing.assert_allclose(layers(x), expected, atol=1e-3)
