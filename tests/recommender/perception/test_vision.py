"""A picture is read: colours, light, structure, mood, scenes and a phrase that says only what was seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageFilter

from core.errors import Unavailable
from core.schemas import ImageReading, dump, load
from recommender.perception.images import affect_model, captions, colour, faces, reader, scenes, texture
from recommender.perception.images import features as views
from recommender.perception.vocabulary import MOODS, SCENES
from tests.recommender.photos import OASIS, WEIGHTS, needs_photos, needs_weights, painted, seaside


@pytest.fixture
def no_networks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DYLUMO_MODEL_DIR", str(tmp_path))


@pytest.fixture
def networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYLUMO_MODEL_DIR", str(WEIGHTS))


def photo(name: str) -> Image.Image:
    return Image.open(OASIS / "images" / name).convert("RGB")


def lightness(image: Image.Image) -> texture.Floats:
    return colour.oklab(np.asarray(image))[..., 0]


# --- colour


def test_oklab_agrees_with_its_authors_values() -> None:
    white, red = colour.oklab(np.array([[[255, 255, 255], [255, 0, 0]]], np.uint8))[0]
    assert white == pytest.approx([1, 0, 0], abs=1e-3)
    assert red == pytest.approx([0.628, 0.225, 0.126], abs=1e-3)


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_a_colour_survives_the_way_there_and_back(rgb: tuple[int, int, int]) -> None:
    back = colour.srgb_hex(colour.oklab(np.array([[rgb]], np.uint8))[0, 0])
    assert [int(back[i : i + 2], 16) for i in (1, 3, 5)] == pytest.approx(list(rgb), abs=2)


def test_the_palette_has_the_pictures_colours_with_their_shares() -> None:
    pixels = np.zeros((60, 100, 3), np.uint8)
    pixels[:, :70] = (200, 30, 30)
    pixels[:, 70:] = (20, 40, 160)
    swatches = colour.palette(colour.oklab(pixels))
    assert [swatch.hex for swatch in swatches] == ["#c81e1e", "#1428a0"]
    assert [swatch.share for swatch in swatches] == pytest.approx([0.7, 0.3], abs=0.02)


@settings(max_examples=25, deadline=None)
@given(arrays.arrays(np.uint8, (24, 32, 3)))
def test_shares_of_any_palette_sum_to_one(pixels: np.ndarray) -> None:
    swatches = colour.palette(colour.oklab(pixels))
    assert sum(swatch.share for swatch in swatches) == pytest.approx(1, abs=0.01)
    assert [s.share for s in swatches] == sorted((s.share for s in swatches), reverse=True)


def test_warm_cool_and_grey_are_told_apart() -> None:
    orange, blue, grey = (colour.oklab(np.full((8, 8, 3), c, np.uint8)) for c in ((240, 150, 40), (40, 90, 220), 128))
    assert colour.warmth(orange) > 0.8 > colour.warmth(grey) > 0.2 > colour.warmth(blue)
    assert colour.colourfulness(np.full((8, 8, 3), 128, np.uint8)) == 0


# --- texture and composition


def test_blur_lowers_sharpness_and_complexity() -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (120, 160, 3), dtype=np.uint8))
    sharp = texture.describe_structure(lightness(noise))
    soft = texture.describe_structure(lightness(noise.filter(ImageFilter.GaussianBlur(6))))
    assert sharp["sharpness"] > soft["sharpness"]
    assert sharp["complexity"] > soft["complexity"]
    assert soft["emptiness"] > sharp["emptiness"]


def test_a_mirrored_picture_is_symmetric_and_a_shaded_one_is_not() -> None:
    shade = np.tile(np.linspace(0, 1, 160, dtype=np.float32), (120, 1))
    mirrored = np.concatenate([shade, shade[:, ::-1]], axis=1)
    assert texture.describe_structure(mirrored)["symmetry"] > 0.9
    assert texture.describe_structure(shade)["symmetry"] < 0.2


def test_a_level_line_is_a_horizon() -> None:
    assert texture.describe_structure(lightness(seaside()))["horizon"] > 0.8
    upright = texture.describe_structure(lightness(seaside()).T.copy())
    assert upright["horizon"] < 0.3


def test_smearing_along_one_direction_looks_like_motion() -> None:
    rng = np.random.default_rng(0)
    still = np.kron(rng.random((20, 30)), np.ones((8, 8))).astype(np.float32)
    still = np.mean([np.roll(still, (a, b), (0, 1)) for a in range(8) for b in range(8)], axis=0).astype(np.float32)
    smeared = np.mean([np.roll(still, shift, axis=1) for shift in range(25)], axis=0).astype(np.float32)
    assert texture.describe_structure(smeared)["motion"] > texture.describe_structure(still)["motion"] + 0.2


@pytest.mark.parametrize("size", [(16, 16), (384, 60), (60, 384), (384, 256)])
def test_measurements_have_one_length_for_every_shape(size: tuple[int, int]) -> None:
    light = lightness(painted(*size))
    assert len(texture.texture_vector(light)) == len(texture.texture_vector(lightness(seaside())))
    assert len(texture.gist(light)) == 192
    assert all(0 <= value <= 1 for value in texture.describe_structure(light).values())


def test_a_mirror_image_has_the_same_layout() -> None:
    light = lightness(seaside()) + np.linspace(0, 0.2, 360, dtype=np.float32)[None]
    assert texture.gist(light[:, ::-1].copy()) == pytest.approx(texture.gist(light), abs=0.05)


# --- reading


@pytest.mark.usefixtures("no_networks")
@pytest.mark.parametrize("size", [(16, 16), (2000, 20), (20, 2000), (1200, 800)])
@pytest.mark.parametrize("fill", ["black", "white", "#808080", None])
def test_any_picture_has_a_reading_in_range(size: tuple[int, int], fill: str | None) -> None:
    image = Image.new("RGB", size, fill) if fill else painted(*size)
    reading = reader.read_picture(image)
    assert reading.tier == "basic"
    assert 0 <= reading.valence <= 1
    assert 0 <= reading.arousal <= 1
    assert 0 < reading.valence_sd < 0.3
    assert 0 < reading.confidence < 1
    assert reading.moods
    assert reading.phrase
    assert all(0 <= value <= 1 for value in reading.features.values())
    assert {mood.name for mood in reading.moods} <= set(MOODS)
    assert {scene.name for scene in reading.scenes} <= set(SCENES)
    assert load(ImageReading, dump(reading)) == reading


@pytest.mark.usefixtures("no_networks")
def test_the_same_picture_is_read_the_same_twice() -> None:
    assert reader.read_picture(seaside()) == reader.read_picture(seaside())


@pytest.mark.usefixtures("no_networks")
def test_open_sky_is_seen_and_said() -> None:
    reading = reader.read_picture(seaside())
    assert "sky" in [scene.name for scene in reading.scenes]
    assert "open sky" in reading.phrase
    assert reading.faces == 0


@pytest.mark.usefixtures("no_networks")
def test_asking_for_a_tier_that_is_not_there_says_so() -> None:
    with pytest.raises(Unavailable) as caught:
        reader.read_picture(painted(), tier="lite")
    assert caught.value.code == "tier_unavailable"
    assert "basic" in caught.value.hint


def test_a_phrase_names_only_what_was_seen() -> None:
    features = {"brightness": 0.8, "warmth": 0.8, "colourfulness": 0.5, "contrast": 0.5, "emptiness": 0.8}
    features |= {"complexity": 0.1, "sharpness": 0.5}
    said = captions.caption(features, ["beach", "sky"], [], ())
    assert said == "bright, warm light over a beach and open sky, quiet and wide"
    smiling = faces.Face(x=0.5, y=0.5, size=0.1, smiles=True)
    assert captions.caption(features, [], [], (smiling,)) == "bright, warm light on a face and a smile, quiet and wide"
    assert "an elephant" in captions.caption(features, ["animal"], ["elephant"], ())


def test_every_scene_that_can_be_named_is_in_the_vocabulary_and_has_words() -> None:
    named = {*scenes.CLASS_SCENES, "sky", "sunset", "meadow", "portrait", "group", "animal"}
    for tier in views.TIERS:
        named |= set(affect_model.load_model(tier).outputs[2:])
    assert named <= set(SCENES)
    assert named <= set(captions.SCENE_WORDS)
    assert {mood for moods in reader.SCENE_MOODS.values() for mood in moods} <= set(MOODS)
    assert {mood for mood, _, _ in reader.MOOD_CUES} | set(reader.MOOD_RARITY) | reader.PEOPLE_ONLY <= set(MOODS)


@pytest.mark.parametrize("tier", views.TIERS)
def test_trained_coefficients_are_small_and_have_a_card(tier: str) -> None:
    file = affect_model.model_file(tier)
    assert file.stat().st_size < 1_500_000
    assert "Folds" in file.with_suffix(".md").read_text(encoding="utf-8")


@needs_photos
@needs_weights
@pytest.mark.usefixtures("networks")
def test_the_small_networks_name_what_people_would_name() -> None:
    dog, beach, war = (reader.read_picture(photo(name)) for name in ("Dog_2.jpg", "Beach_1.jpg", "War_7.jpg"))
    assert dog.tier == "lite"
    assert dog.scenes[0].name == "animal"
    assert [thing.name for thing in dog.objects] == ["dog"]
    assert dog.faces == 0
    assert beach.scenes[0].name == "beach"
    assert war.scenes[0].name == "danger"
    assert war.valence < 0.4
    assert min(dog.valence, beach.valence) > 0.6


@needs_photos
@pytest.mark.usefixtures("no_networks")
def test_the_basic_tier_sees_a_sunset_and_a_smile() -> None:
    assert "sunset" in [scene.name for scene in reader.read_picture(photo("Sunset_2.jpg")).scenes]
    smiling = reader.read_picture(photo("Excited_face_2.jpg"))
    assert smiling.faces >= 1
